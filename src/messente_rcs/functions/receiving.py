"""Parts of the function for inbound messages."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from messente_rcs.aws.bus import Bus
from messente_rcs.aws.queues import Queue
from messente_rcs.functions.wiring import MessenteParts, RecordParts
from messente_rcs.inbound.inbox import Inbox, Options, Seen
from messente_rcs.inbound.opt_outs import OptOuts
from messente_rcs.inbound.stop_words import StopWords
from messente_rcs.messente.credentials import SecretCache, secret_reader, shared_secrets
from messente_rcs.messente.signature import Signatures
from messente_rcs.settings import InboundSettings, Settings

if TYPE_CHECKING:
    from messente_rcs.messente.credentials import SharedSecrets


class InboundParts(RecordParts, MessenteParts):
    """Parts of the function for inbound messages."""

    reads: ClassVar[type[Settings]] = InboundSettings
    settings: InboundSettings

    @cached_property
    def shared_secrets(self) -> Signatures[SharedSecrets]:
        """The check of inbound messages."""
        current, previous = (
            SecretCache(secret_reader(self.secrets, self.settings.secret_arn, stage), shared_secrets, self.clock)
            for stage in ("AWSCURRENT", "AWSPREVIOUS")
        )
        return Signatures(current, previous)

    @cached_property
    def opt_outs(self) -> OptOuts:
        """The list of recipients who opted out."""
        return OptOuts(self.dynamodb, self.settings.opt_out_table_name, self.sleep)

    @cached_property
    def inbox(self) -> Inbox:
        """The handling of an inbound message."""
        settings = self.settings
        return Inbox(
            StopWords(settings.stop_words),
            self.opt_outs,
            Seen(self.dynamodb, settings.table_name, self.clock),
            Bus(self.aws("events"), settings.event_bus_name, self.sleep),
            Options(
                self.indexes.last_sent_to if settings.track_conversations else None,
                Queue(self.aws("sqs"), settings.queue_url).put,
                settings.opt_out_confirmation,
            ),
        )

    @cached_property
    def inbound_queue(self) -> Queue:
        """The queue of inbound messages that could not be handled at once."""
        return Queue(self.aws("sqs"), self.settings.inbound_queue_url)
