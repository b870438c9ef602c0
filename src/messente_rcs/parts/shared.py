"""The parts that several functions have."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from messente_rcs.aws.clients import clients
from messente_rcs.aws.queues import Queues
from messente_rcs.messente.api import Messente
from messente_rcs.messente.connections import Connections
from messente_rcs.messente.credentials import CredentialCache, secret_reader
from messente_rcs.records.indexes import Indexes
from messente_rcs.records.table import Keeping, Table
from messente_rcs.settings import Settings
from messente_rcs.tracking.track import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.messente.api import Http


class Parts:
    """The parts. `aws` makes a boto3 client by service name, `http` holds the connections to Messente."""

    def __init__(  # noqa: PLR0913, PLR0917 - what they are made of
        self,
        settings: Settings,
        aws: Callable[[str], Any],
        http: Http,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.aws = aws
        self.clock = clock
        self.sleep = sleep
        self.http = http
        self.monotonic = monotonic

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Connect to AWS and Messente as the environment says; raises InvalidSettings."""
        settings = Settings.from_environment(environ)
        return cls(settings, clients(settings.concurrency), Connections(settings.concurrency))

    @cached_property
    def table(self) -> Table:
        """The records."""
        settings = self.settings
        keeping = Keeping(settings.record_ttl_days, settings.reconcile_after, settings.track_conversations)
        return Table(self.dynamodb, settings.table_name, keeping, self.clock)

    @cached_property
    def indexes(self) -> Indexes:
        """Finds records by something else than their id."""
        return Indexes(self.dynamodb, self.settings.table_name, self.clock)

    @cached_property
    def queues(self) -> Queues:
        """The queue and the dead-letter queue."""
        return Queues(self.aws("sqs"), self.settings.queue_url, self.settings.dead_letter_queue_url)

    @cached_property
    def tracker(self) -> Tracker:
        """Keeps delivery reports."""
        return Tracker(self.table, self.indexes)

    @cached_property
    def credentials(self) -> CredentialCache:
        """Messente's user and password."""
        return CredentialCache(secret_reader(self.secrets, self.settings.secret_arn), self.clock)

    @cached_property
    def secrets(self) -> Any:
        """The client of Secrets Manager."""
        return self.aws("secretsmanager")

    @cached_property
    def messente(self) -> Messente:
        """Messente's API."""
        timeouts = self.settings.connect_timeout, self.settings.read_timeout
        return Messente(self.http, self.settings.messente_url, timeouts, self.credentials, self.monotonic)

    @cached_property
    def dynamodb(self) -> Any:
        """The client of DynamoDB."""
        return self.aws("dynamodb")
