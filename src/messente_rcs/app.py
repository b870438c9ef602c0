"""The wiring: everything that a trigger needs, put together once for each execution environment."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import boto3
import urllib3
from botocore.config import Config

from messente_rcs import payload
from messente_rcs.credentials import CredentialCache, secret_reader
from messente_rcs.messente import Messente, connect
from messente_rcs.queues import Queues
from messente_rcs.send import Sender
from messente_rcs.settings import Settings
from messente_rcs.table import Table
from messente_rcs.telemetry import metrics, observe
from messente_rcs.triggers import api, events, sqs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from messente_rcs.payload import Submission
    from messente_rcs.send import Outcome

# AWS answers in milliseconds; a call that hangs is better repeated than waited for.
AWS_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 4})


class App:
    """One function, four triggers. `table` and `queues` are open to them; sending goes through `send`."""

    def __init__(self, settings: Settings, sender: Sender, table: Table, queues: Queues) -> None:
        self.table = table
        self.queues = queues
        self._settings = settings
        self._sender = sender
        self._threads = ThreadPoolExecutor(settings.concurrency)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Connect to AWS and Messente as the environment says; raises InvalidSettings."""
        settings = Settings.from_environment(environ)
        session = boto3.Session()
        table = Table(
            session.client("dynamodb", config=AWS_CONFIG), settings.table_name, settings.record_ttl_days, time.time
        )
        read_secret = secret_reader(session.client("secretsmanager", config=AWS_CONFIG), settings.secret_arn)
        timeout = urllib3.Timeout(connect=settings.connect_timeout, read=settings.read_timeout)
        base_path = urlsplit(settings.messente_url).path
        messente = Messente(connect(settings.messente_url, settings.concurrency), base_path, timeout)
        post_time = settings.connect_timeout + settings.read_timeout
        sender = Sender(CredentialCache(read_secret, time.time), table, messente, post_time)
        sqs_client = session.client("sqs", config=AWS_CONFIG)
        return cls(settings, sender, table, Queues(sqs_client, settings.queue_url, settings.dead_letter_queue_url))

    def handle(self, event: Any, remaining: Callable[[], float]) -> Any:
        """Hand an event to its trigger; `remaining` tells the seconds left of the invocation."""
        try:
            match event:
                case {"Records": [{"eventSource": "aws:sqs"}, *_] as records}:
                    return sqs.handle(records, self, remaining)
                case {"requestContext": {}}:
                    return api.handle(event, self, remaining)
                case {"detail-type": str(), "detail": _, "id": str()}:
                    return events.handle_event(event, self, remaining)
                case _:
                    return events.handle_invocation(event, self, remaining)
        finally:
            if metrics.metric_set:
                metrics.flush_metrics()

    def parse(self, given: object) -> Submission:
        """Validate a payload; raises InvalidPayload."""
        return payload.parse(given, self._settings.default_sender)

    def send(self, message_id: str, submission: Submission, remaining: Callable[[], float]) -> Outcome:
        """Send one submission and say so in the log and the metrics."""
        outcome = self._sender.send(message_id, submission, remaining)
        observe(message_id, outcome)
        return outcome

    def side_by_side[T, R](self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """Work on the items concurrently; the results come in their order."""
        if len(items) == 1:
            return [work(items[0])]
        return list(self._threads.map(work, items))
