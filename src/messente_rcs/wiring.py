"""What the functions are made of, put together on first use, once for each execution environment."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config

from messente_rcs.cancel import Canceller
from messente_rcs.credentials import CredentialCache, secret_reader
from messente_rcs.messente import Messente, connect
from messente_rcs.queues import Queues
from messente_rcs.reconcile import Reconciler
from messente_rcs.send import Sender
from messente_rcs.settings import Settings
from messente_rcs.signature import Signatures
from messente_rcs.table import Table
from messente_rcs.track import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.messente import Pool


def aws_config(connections: int) -> Config:
    """Say how AWS is called. It answers in milliseconds: a call that hangs is better repeated than waited for."""
    return Config(
        connect_timeout=1,
        read_timeout=2,
        retries={"mode": "standard", "total_max_attempts": 4},
        # One for each thread: a connection beyond these would be thrown away after its call, TLS and all.
        max_pool_connections=connections,
        # Each costs a tenth of a call's CPU. The arguments are our own, and tried against the emulator.
        parameter_validation=False,
        user_agent="messente-rcs",
    )


class Wiring:
    """The parts. `aws` makes a boto3 client by service name, `pool` holds the connections to Messente."""

    def __init__(
        self,
        settings: Settings,
        aws: Callable[[str], Any],
        pool: Pool,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self._aws = aws
        self._pool = pool
        self._clock = clock
        self._sleep = sleep

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Connect to AWS and Messente as the environment says; raises InvalidSettings."""
        settings = Settings.from_environment(environ)
        # boto3's core without its resources, which nobody here uses: 80 million instructions less at each cold start.
        session = botocore.session.Session()
        pool = connect(settings.messente_url, settings.concurrency)
        config = aws_config(settings.concurrency)
        return cls(settings, lambda service: session.create_client(service, config=config), pool)

    @cached_property
    def table(self) -> Table:
        """The records."""
        client, settings = self._aws("dynamodb"), self.settings
        return Table(client, settings.table_name, settings.record_ttl_days, self._clock, settings.reconcile_after)

    @cached_property
    def queues(self) -> Queues:
        """The queue and the dead-letter queue."""
        return Queues(self._aws("sqs"), self.settings.queue_url, self.settings.dead_letter_queue_url)

    @cached_property
    def _secrets(self) -> Any:
        return self._aws("secretsmanager")

    @cached_property
    def _credentials(self) -> CredentialCache:
        return CredentialCache(secret_reader(self._secrets, self.settings.secret_arn), self._clock)

    @cached_property
    def _messente(self) -> Messente:
        timeouts = self.settings.connect_timeout, self.settings.read_timeout
        return Messente(self._pool, urlsplit(self.settings.messente_url).path, timeouts, self._clock)

    @cached_property
    def sender(self) -> Sender:
        """Sends."""
        url = self.settings.callback_url
        return Sender(self._credentials, self.table, self._messente, url, self._clock, self._sleep)

    @cached_property
    def canceller(self) -> Canceller:
        """Cancels."""
        return Canceller(self._credentials, self.table, self._messente)

    @cached_property
    def tracker(self) -> Tracker:
        """Keeps delivery reports."""
        return Tracker(self.table)

    @cached_property
    def signatures(self) -> Signatures:
        """Checks delivery reports."""
        previous = secret_reader(self._secrets, self.settings.secret_arn, "AWSPREVIOUS")
        return Signatures(self._credentials, CredentialCache(previous, self._clock))

    @cached_property
    def reconciler(self) -> Reconciler:
        """Looks after open records."""
        requests = self.settings.reconcile_requests
        return Reconciler(self._credentials, self.table, self._messente, self.tracker, requests)
