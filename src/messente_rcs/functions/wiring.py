"""What the functions are made of, put together once for each execution environment.

Each part is imported where it is put together: the start of a function pays for the parts of this function only.
"""

# ruff: noqa: PLC0415 - see above

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from messente_rcs.aws.clients import clients
from messente_rcs.functions import ready
from messente_rcs.messente.connections import Connections

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from messente_rcs import settings as of
    from messente_rcs.inbound.opt_outs import OptOuts
    from messente_rcs.messente.api import Http, Messente
    from messente_rcs.messente.signature import Signatures, Signer
    from messente_rcs.records.indexes import Indexes
    from messente_rcs.records.table import Table
    from messente_rcs.tracking.reconcile import Reconciler
    from messente_rcs.triggers.direct import Dispatch
    from messente_rcs.triggers.inbound import InboundMessages
    from messente_rcs.triggers.reports import Reports
    from messente_rcs.triggers.stream import Changes


@dataclass(frozen=True)
class Outside:
    """All that is outside of the process: AWS, Messente and the time."""

    aws: Callable[[str], Any]  # the boto3 client of a service
    http: Http  # the connections to Messente
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


def start[S: of.Settings, T](settings: type[S], put_together: Callable[[S, Outside], T]) -> T:
    """Put a function together as the environment says; raises InvalidSettings.

    Functions do so at import, on purpose: Lambda lends a full CPU to the init phase, and wrong settings fail the start,
    not a message.
    """
    given = settings.from_environment(os.environ)
    outside = Outside(cache(clients(given.concurrency)), Connections(given.concurrency))
    function = put_together(given, outside)
    ready()
    return function


def sending(settings: of.SendSettings, outside: Outside, threads: Executor | None = None) -> Dispatch:
    """Put the sending function together, which alone imports pydantic; `threads` work on a batch."""
    from concurrent.futures import ThreadPoolExecutor

    from messente_rcs.aws.queues import Queues
    from messente_rcs.payload.submission import parse as parse_payload
    from messente_rcs.sending.cancel import Canceller
    from messente_rcs.sending.dry_run import DryRun
    from messente_rcs.sending.outgoing import Rules
    from messente_rcs.sending.resolve import Resolver
    from messente_rcs.sending.send import Sender
    from messente_rcs.tracking.track import Tracker
    from messente_rcs.triggers.direct import Dispatch, Events
    from messente_rcs.triggers.http_api import HttpApi
    from messente_rcs.triggers.sqs import Sqs

    records, listed, api = table(settings, outside), indexes(settings, outside), messente(settings, outside)
    rules = Rules(settings.callback_url, opt_outs(settings, outside) if settings.opt_out_table_name else None)
    parse = partial(parse_payload, default_sender=settings.default_sender)
    sender = Sender(records, api, rules, outside.clock, outside.sleep)
    dry_run = DryRun(records, rules, outside.clock)
    queues = Queues(outside.aws("sqs"), settings.queue_url, settings.dead_letter_queue_url)
    http_api = HttpApi(
        parse=parse,
        sender=sender,
        dry_run=dry_run,
        canceller=Canceller(records, api),
        resolver=Resolver(records, Tracker(records, listed), api, outside.clock),
        table=records,
        indexes=listed,
        clock=outside.clock,
        api_id=settings.api_id,
    )
    sqs = Sqs(parse, sender, queues, threads or ThreadPoolExecutor(settings.concurrency))
    return Dispatch(sqs, http_api, Events(parse, sender, dry_run, queues))


def reports(settings: of.ReportSettings, outside: Outside) -> Reports:
    """Put the function for delivery reports together."""
    from messente_rcs.messente.credentials import credentials
    from messente_rcs.tracking.track import Tracker
    from messente_rcs.triggers.reports import Reports

    tracker = Tracker(table(settings, outside), indexes(settings, outside))
    return Reports(signatures(settings, outside, credentials), tracker)


def inbound(settings: of.InboundSettings, outside: Outside) -> InboundMessages:
    """Put the function for inbound messages together."""
    from messente_rcs.aws.bus import Bus
    from messente_rcs.aws.queues import Queue
    from messente_rcs.inbound.inbox import Inbox, Options
    from messente_rcs.inbound.seen import Seen
    from messente_rcs.inbound.stop_words import StopWords
    from messente_rcs.messente.credentials import shared_secrets
    from messente_rcs.triggers.inbound import InboundMessages

    options = Options(
        indexes(settings, outside).last_sent_to if settings.track_conversations else None,
        Queue(outside.aws("sqs"), settings.queue_url).put,
        settings.opt_out_confirmation,
    )
    words, bus = StopWords(settings.stop_words), Bus(outside.aws("events"), settings.event_bus_name, outside.sleep)
    seen = Seen(outside.aws("dynamodb"), settings.table_name, outside.clock)
    inbox = Inbox(words, opt_outs(settings, outside), seen, bus, options)
    queue = Queue(outside.aws("sqs"), settings.inbound_queue_url)
    return InboundMessages(signatures(settings, outside, shared_secrets), inbox, queue, outside.clock)


def reconciler(settings: of.ReconcileSettings, outside: Outside) -> Reconciler:
    """Put the reconciling function together."""
    from messente_rcs.tracking.reconcile import Reconciler

    records, listed, api = table(settings, outside), indexes(settings, outside), messente(settings, outside)
    return Reconciler(records, listed, api, outside.clock, settings.reconcile_requests)


def changes(settings: of.PublishSettings, outside: Outside) -> Changes:
    """Put the publishing function together."""
    from messente_rcs.aws.bus import Bus
    from messente_rcs.aws.queues import Queues
    from messente_rcs.triggers.stream import Changes

    bus = Bus(outside.aws("events"), settings.event_bus_name, outside.sleep)
    queues = Queues(outside.aws("sqs"), settings.queue_url, settings.dead_letter_queue_url)
    return Changes(bus, queues, with_recipient=settings.publish_recipient)


# --- Parts of several functions ---------------------------------------------------------------------------------------


def table(settings: of.RecordSettings, outside: Outside) -> Table:
    """Make the records."""
    from messente_rcs.records.table import Keeping, Table

    keeping = Keeping(settings.record_ttl_days, settings.reconcile_after, settings.track_conversations)
    return Table(outside.aws("dynamodb"), settings.table_name, keeping, outside.clock)


def indexes(settings: of.RecordSettings, outside: Outside) -> Indexes:
    """Make the indexes, which find records by something else than their id."""
    from messente_rcs.records.indexes import Indexes

    return Indexes(outside.aws("dynamodb"), settings.table_name, outside.clock)


def opt_outs(settings: of.OptOutSettings, outside: Outside) -> OptOuts:
    """Make the list of recipients who opted out."""
    from messente_rcs.inbound.opt_outs import OptOuts

    return OptOuts(outside.aws("dynamodb"), settings.opt_out_table_name, outside.sleep)


def signatures[S: Signer](settings: of.SecretSettings, outside: Outside, parse: Callable[[str], S]) -> Signatures[S]:
    """Make the check of signatures, by the current version of the secret and the one before."""
    from messente_rcs.messente.credentials import SecretCache, secret_reader
    from messente_rcs.messente.signature import Signatures

    client, clock = outside.aws("secretsmanager"), outside.clock
    current, previous = (
        SecretCache(secret_reader(client, settings.secret_arn, stage), parse, clock)
        for stage in ("AWSCURRENT", "AWSPREVIOUS")
    )
    return Signatures(current, previous)


def messente(settings: of.MessenteSettings, outside: Outside) -> Messente:
    """Make Messente's API."""
    from messente_rcs.messente.api import Messente
    from messente_rcs.messente.credentials import CredentialCache, secret_reader

    read = secret_reader(outside.aws("secretsmanager"), settings.secret_arn)
    timeouts = settings.connect_timeout, settings.read_timeout
    return Messente(
        outside.http, settings.messente_url, timeouts, CredentialCache(read, outside.clock), outside.monotonic
    )
