"""Parts of the functions, put together on first use, once for each execution environment.

What only one function uses and the others need not import is put together beside it: `dispatch` of the sending
function, `receiving` of the one for inbound messages.
"""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

from messente_rcs import settings as of
from messente_rcs.aws.clients import clients
from messente_rcs.aws.queues import Queues
from messente_rcs.messente.api import Messente
from messente_rcs.messente.connections import Connections
from messente_rcs.messente.credentials import CredentialCache, secret_reader
from messente_rcs.messente.signature import Signatures
from messente_rcs.records.indexes import Indexes
from messente_rcs.records.table import Keeping, Table
from messente_rcs.tracking.track import Tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from messente_rcs.messente.api import Http
    from messente_rcs.messente.credentials import Credentials


class Parts:
    """Parts of every function. `aws` makes a boto3 client by service name, `http` holds the connections to Messente."""

    reads: ClassVar[type[of.Settings]] = of.Settings
    settings: of.Settings

    def __init__(  # noqa: PLR0913, PLR0917 - all that leaves the process
        self,
        settings: Any,  # of the class `reads`
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
        settings = cls.reads.from_environment(environ)
        return cls(settings, clients(settings.concurrency), Connections(settings.concurrency))

    @cached_property
    def dynamodb(self) -> Any:
        """The client of DynamoDB."""
        return self.aws("dynamodb")


class RecordParts(Parts):
    """Parts that keep records."""

    settings: of.RecordSettings

    @cached_property
    def table(self) -> Table:
        """The records."""
        settings = self.settings
        keeping = Keeping(settings.record_ttl_days, settings.reconcile_after, settings.track_conversations)
        keeping = Keeping(settings.record_ttl_days, settings.reconcile_after, settings.track_conversations)
        return Table(self.dynamodb, settings.table_name, keeping, self.clock)

    @cached_property
    def indexes(self) -> Indexes:
        """The indexes, which find records by something else than their id."""
        return Indexes(self.dynamodb, self.settings.table_name, self.clock)

    @cached_property
    def tracker(self) -> Tracker:
        """The keeper of delivery reports."""
        return Tracker(self.table, self.indexes)


class SecretParts(Parts):
    """Parts that read Messente's credentials."""

    settings: of.SecretSettings

    @cached_property
    def secrets(self) -> Any:
        """The client of Secrets Manager."""
        return self.aws("secretsmanager")

    @cached_property
    def credentials(self) -> CredentialCache:
        """Messente's user and password."""
        return CredentialCache(secret_reader(self.secrets, self.settings.secret_arn), self.clock)


class MessenteParts(SecretParts):
    """Parts that call Messente."""

    settings: of.MessenteSettings

    @cached_property
    def messente(self) -> Messente:
        """Messente's API."""
        timeouts = self.settings.connect_timeout, self.settings.read_timeout
        return Messente(self.http, self.settings.messente_url, timeouts, self.credentials, self.monotonic)


class QueueParts(Parts):
    """Parts that put messages into queues."""

    settings: of.QueueSettings

    @cached_property
    def queues(self) -> Queues:
        """The queue and the dead-letter queue."""
        return Queues(self.aws("sqs"), self.settings.queue_url, self.settings.dead_letter_queue_url)


class ReportParts(RecordParts, SecretParts):
    """Parts of the function for delivery reports."""

    reads: ClassVar[type[of.Settings]] = of.ReportSettings
    settings: of.ReportSettings

    @cached_property
    def signatures(self) -> Signatures[Credentials]:
        """The check of delivery reports."""
        previous = secret_reader(self.secrets, self.settings.secret_arn, "AWSPREVIOUS")
        return Signatures(self.credentials, CredentialCache(previous, self.clock))


class ReconcileParts(RecordParts, MessenteParts):
    """Parts of the reconciling function."""

    reads: ClassVar[type[of.Settings]] = of.ReconcileSettings
    settings: of.ReconcileSettings


class PublishParts(QueueParts):
    """Parts of the publishing function."""

    reads: ClassVar[type[of.Settings]] = of.PublishSettings
    settings: of.PublishSettings
