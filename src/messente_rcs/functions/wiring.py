"""What the functions are made of, put together once for each execution environment.

Each part is imported where it is put together: the start of a function pays for the parts of this function only.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from messente_rcs import settings as of
from messente_rcs.aws.clients import clients
from messente_rcs.messente.connections import Connections
from messente_rcs.telemetry import flush, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from messente_rcs.aws.queues import Queues
    from messente_rcs.messente.api import Messente
    from messente_rcs.messente.credentials import SecretCache
    from messente_rcs.messente.signature import Signatures
    from messente_rcs.records.indexes import Indexes
    from messente_rcs.records.table import Table
    from messente_rcs.tracking.reconcile import Reconciler
    from messente_rcs.triggers.direct import Invocations
    from messente_rcs.triggers.inbound import InboundMessages
    from messente_rcs.triggers.reports import Reports
    from messente_rcs.triggers.stream import Changes


@dataclass(frozen=True)
class Outside:
    """All that is outside of the process: AWS, Messente and the time."""

    aws: Callable[[str], Any]  # the boto3 client of a service
    http: Connections  # to Messente
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


def entry_point[S: of.Settings, T](
    settings: type[S],
    put_together: Callable[[S, Outside], T],
    handle: Callable[[T, Any, Callable[[], float], str], Any],  # of an event, with the seconds left and the id
) -> Callable[[Any, LambdaContext], Any]:
    """Put a function together as the environment says, and return what Lambda calls; raises InvalidSettings.

    Functions do this at import: Lambda lends the init phase a full CPU, and wrong settings fail no message.
    """
    given = settings.from_environment(os.environ)
    outside = Outside(cache(clients(given.concurrency)), Connections(given.concurrency))
    function = put_together(given, outside)

    def lambda_handler(event: Any, context: LambdaContext) -> Any:
        request_id = context.aws_request_id
        logger.append_keys(function_request_id=request_id)
        with flush():
            return handle(function, event, lambda: context.get_remaining_time_in_millis() / 1000, request_id)

    gc.freeze()  # what is there by now lives as long as the process
    gc.enable()
    return lambda_handler


def sending(settings: of.SendSettings, outside: Outside, threads: Executor | None = None) -> Invocations:
    """Put the sending function together, whose start alone imports pydantic; `threads` work on a batch."""
    from concurrent.futures import ThreadPoolExecutor

    from messente_rcs.inbound.opt_outs import OptOuts
    from messente_rcs.payload.submission import parse as parse_payload
    from messente_rcs.phone import Prefixes
    from messente_rcs.sending.outgoing import Rules
    from messente_rcs.sending.send import Sender
    from messente_rcs.triggers.direct import Invocations
    from messente_rcs.triggers.http_api import HttpApi
    from messente_rcs.triggers.sqs import Sqs

    (table, indexes), messente, clock = _records(settings, outside), _messente(settings, outside), outside.clock
    opt_outs = OptOuts(outside.aws("dynamodb"), settings.opt_out_table_name, outside.sleep)
    rules = Rules(settings.callback_url, opt_outs if settings.opt_out_table_name else None)
    parse = partial(parse_payload, default_sender=settings.default_sender, prefixes=Prefixes(settings.allowed_prefixes))
    sender = Sender(table, messente, rules, clock, outside.sleep)
    queues = _queues(settings, outside)
    http_api = HttpApi(parse, sender, table, indexes, settings.api_id)
    sqs = Sqs(parse, sender, queues, threads or ThreadPoolExecutor(settings.concurrency))
    return Invocations(sqs, http_api, parse, sender, queues)


def reports(settings: of.ReportSettings, outside: Outside) -> Reports:
    """Put the function for delivery reports together."""
    from messente_rcs.messente.credentials import report_keys
    from messente_rcs.tracking.track import Tracker
    from messente_rcs.triggers.reports import Reports

    return Reports(_signatures(settings, outside, report_keys), Tracker(*_records(settings, outside)))


def inbound(settings: of.InboundSettings, outside: Outside) -> InboundMessages:
    """Put the function for inbound messages together."""
    from messente_rcs.aws.bus import Bus
    from messente_rcs.aws.queues import put
    from messente_rcs.inbound.inbox import Inbox, Options
    from messente_rcs.inbound.opt_outs import OptOuts
    from messente_rcs.inbound.stop_words import StopWords
    from messente_rcs.messente.credentials import inbound_keys
    from messente_rcs.triggers.inbound import InboundMessages

    sqs = outside.aws("sqs")
    opt_outs = OptOuts(outside.aws("dynamodb"), settings.opt_out_table_name, outside.sleep)
    bus = Bus(outside.aws("events"), settings.event_bus_name, outside.sleep)
    table, indexes = _records(settings, outside)
    conversation_of = indexes.last_sent_to if settings.track_conversations else None
    options = Options(conversation_of, partial(put, sqs, settings.queue_url), settings.opt_out_confirmation)
    inbox = Inbox(StopWords(settings.stop_words), opt_outs, table, bus, options)
    signatures, defer = _signatures(settings, outside, inbound_keys), partial(put, sqs, settings.inbound_queue_url)
    return InboundMessages(signatures, inbox, defer, outside.clock)


def reconciler(settings: of.ReconcileSettings, outside: Outside) -> Reconciler:
    """Put the reconciling function together."""
    from messente_rcs.tracking.reconcile import Reconciler

    messente = _messente(settings, outside)
    return Reconciler(*_records(settings, outside), messente, settings.reconcile_requests)


def changes(settings: of.PublishSettings, outside: Outside) -> Changes:
    """Put the publishing function together."""
    from messente_rcs.aws.bus import Bus
    from messente_rcs.triggers.stream import Changes

    bus = Bus(outside.aws("events"), settings.event_bus_name, outside.sleep)
    return Changes(bus, _queues(settings, outside), settings.publish_recipient)


def _records(settings: of.RecordSettings, outside: Outside) -> tuple[Table, Indexes]:
    from messente_rcs.records.indexes import Indexes
    from messente_rcs.records.table import Table

    table = Table(outside.aws("dynamodb"), settings, outside.clock, outside.sleep)
    return table, Indexes(table)


def _secret[T](
    settings: of.SecretSettings, outside: Outside, parse: Callable[[str], T], stage: str = "AWSCURRENT"
) -> SecretCache[T]:
    from messente_rcs.messente.credentials import SecretCache, secret_reader

    return SecretCache(secret_reader(outside.aws("secretsmanager"), settings.secret_arn, stage), parse, outside.clock)


def _signatures(settings: of.SecretSettings, outside: Outside, parse: Callable[[str], tuple[str, ...]]) -> Signatures:
    from messente_rcs.messente.signature import Signatures

    return Signatures(_secret(settings, outside, parse), _secret(settings, outside, parse, "AWSPREVIOUS"))


def _messente(settings: of.MessenteSettings, outside: Outside) -> Messente:
    from messente_rcs.messente.api import Messente
    from messente_rcs.messente.credentials import credentials

    timeouts = settings.connect_timeout, settings.read_timeout
    return Messente(
        outside.http, settings.messente_url, timeouts, _secret(settings, outside, credentials), outside.monotonic
    )


def _queues(settings: of.QueueSettings, outside: Outside) -> Queues:
    from messente_rcs.aws.queues import Queues

    return Queues(outside.aws("sqs"), settings.queue_url, settings.dead_letter_queue_url)
