"""What the functions are made of: the parts, put together on first use, once for each execution environment."""

from __future__ import annotations

import time
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self

from messente_rcs.aws import clients
from messente_rcs.bus import Bus
from messente_rcs.connections import Connections
from messente_rcs.credentials import CredentialCache, secret_reader
from messente_rcs.indexes import Indexes
from messente_rcs.messente import Messente
from messente_rcs.payload.submission import parse
from messente_rcs.queues import Queues
from messente_rcs.sending.cancel import Canceller
from messente_rcs.sending.send import Sender
from messente_rcs.settings import Settings
from messente_rcs.table import Table
from messente_rcs.tracking.reconcile import Reconciler
from messente_rcs.tracking.resolve import Resolver
from messente_rcs.tracking.signature import Signatures
from messente_rcs.tracking.track import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.messente import Http
    from messente_rcs.payload.submission import Submission


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
        self.clock = clock
        self._aws = aws
        self._http = http
        self._sleep = sleep
        self._monotonic = monotonic

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Connect to AWS and Messente as the environment says; raises InvalidSettings."""
        settings = Settings.from_environment(environ)
        return cls(settings, clients(settings.concurrency), Connections(settings.concurrency))

    @cached_property
    def parse(self) -> Callable[[object], Submission]:
        """Makes a Submission of what a caller sent."""
        return partial(parse, default_sender=self.settings.default_sender)

    @cached_property
    def table(self) -> Table:
        """The records."""
        settings = self.settings
        return Table(
            self._dynamodb, settings.table_name, settings.record_ttl_days, self.clock, settings.reconcile_after
        )

    @cached_property
    def indexes(self) -> Indexes:
        """Finds records by something else than their id."""
        return Indexes(self._dynamodb, self.settings.table_name, self.clock)

    @cached_property
    def queues(self) -> Queues:
        """The queue and the dead-letter queue."""
        return Queues(self._aws("sqs"), self.settings.queue_url, self.settings.dead_letter_queue_url)

    @cached_property
    def bus(self) -> Bus:
        """The event bus."""
        return Bus(self._aws("events"), self.settings.event_bus_name, self._sleep)

    @cached_property
    def sender(self) -> Sender:
        """Sends."""
        url = self.settings.callback_url
        return Sender(self._credentials, self.table, self._messente, url, self.clock, self._sleep)

    @cached_property
    def canceller(self) -> Canceller:
        """Cancels."""
        return Canceller(self.table, self._messente)

    @cached_property
    def tracker(self) -> Tracker:
        """Keeps delivery reports."""
        return Tracker(self.table, self.indexes)

    @cached_property
    def resolver(self) -> Resolver:
        """Writes what a person says of a message."""
        return Resolver(self.table, self.tracker, self.clock)

    @cached_property
    def signatures(self) -> Signatures:
        """Checks delivery reports."""
        previous = secret_reader(self._secrets, self.settings.secret_arn, "AWSPREVIOUS")
        return Signatures(self._credentials, CredentialCache(previous, self.clock))

    @cached_property
    def reconciler(self) -> Reconciler:
        """Looks after open records."""
        requests = self.settings.reconcile_requests
        return Reconciler(self.table, self.indexes, self._messente, self.tracker, self.clock, requests)

    @cached_property
    def _dynamodb(self) -> Any:
        return self._aws("dynamodb")

    @cached_property
    def _secrets(self) -> Any:
        return self._aws("secretsmanager")

    @cached_property
    def _credentials(self) -> CredentialCache:
        return CredentialCache(secret_reader(self._secrets, self.settings.secret_arn), self.clock)

    @cached_property
    def _messente(self) -> Messente:
        timeouts = self.settings.connect_timeout, self.settings.read_timeout
        return Messente(self._http, self.settings.messente_url, timeouts, self._credentials, self._monotonic)
