"""Every safeguard of the protocol, what the code would be without it, and the tests that should miss it.

The name of a mutation says what goes wrong; the change says what is taken away, in the words of operators.py.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, NamedTuple

from tests.mutation.operators import (
    also_where,
    always,
    answered,
    argument,
    assigned,
    called,
    compared,
    constant,
    entry,
    ignoring,
    never,
    returned,
    taken_for,
    together,
    with_argument,
    without,
    without_argument,
    without_member,
)

if TYPE_CHECKING:
    from tests.mutation.search import Change


class Mutation(NamedTuple):
    """The absence of a safeguard, and the tests that should notice it."""

    change: Change
    noticed_by: str


# What notices a mutation is a file, or one test of it where the tests before take long.
TABLE = "tests/unit/sending/test_table.py"
SEND = "tests/unit/sending/test_send.py"
PACING = "tests/unit/sending/test_pacing.py"
RECORDS = "tests/unit/sending/test_record.py"
CRASH = "tests/unit/sending/test_crash.py"
CREDENTIALS = "tests/unit/sending/test_credentials.py"
INDEXES = "tests/unit/sending/test_indexes.py"
CHANGES = "tests/unit/sending/test_changes.py"
DRY_RUN = "tests/unit/sending/test_dry_run.py"
BODY = "tests/unit/test_body_limit.py"
OUTCOMES = "tests/unit/sending/test_outcome.py"
NOT_SENT = "tests/integration/test_not_sent.py"
CONNECTIONS = "tests/integration/test_connections.py"
CALLBACK = "tests/unit/tracking/test_callback.py"
TRACK = "tests/unit/tracking/test_track.py"
ATTEMPTS = "tests/unit/tracking/test_attempts.py"
ORDERS = "tests/unit/tracking/test_orders.py"
RECONCILE = "tests/unit/tracking/test_reconcile.py"
RESOLVE = "tests/unit/sending/test_resolve.py"
UNRECORDED = "tests/unit/sending/test_unrecorded.py"
CANCEL = "tests/unit/sending/test_cancel.py"
GATEWAY_LIMIT = "tests/unit/triggers/test_gateway_limit.py"
HTTP = "tests/unit/triggers/test_http.py"
REFUSALS = "tests/unit/triggers/test_refusals.py"
TELEMETRY = "tests/unit/test_telemetry.py"
PREFIXES = "tests/unit/sending/test_prefixes.py"
OPT_OUTS = "tests/unit/sending/test_opt_outs.py"
INBOUND = "tests/unit/inbound/test_inbound.py"
INBOUND_MESSAGE = "tests/unit/inbound/test_message.py"
STOP_WORDS = "tests/unit/inbound/test_stop_words.py"
BY_HAND = "tests/unit/cli/test_opt_outs.py"
FILES = "tests/unit/cli/test_files.py"
CLI_KEYS = "tests/unit/cli/test_keys.py"
CLI_SENDING = "tests/unit/cli/test_sending.py"

RETRIES = "urllib3.Retry(3, allowed_methods=None)"
REDIRECTS = "urllib3.Retry(total=3, connect=0, read=0, status=0, other=0)"

CLAIM = {
    "a claim whatever is there": Mutation(
        returned("records.table:_is_free", instead="Attr('id').exists() | Attr('id').not_exists()"), TABLE
    ),
    "a rejected id that stays taken": Mutation(without_member("records.table:FREE", "REJECTED"), SEND),
    "a lost answer sent again": Mutation(
        returned("records.table:_is_free", instead="it | Attr('state').eq(State.UNKNOWN)"), SEND
    ),
    "a dead claim sent again": Mutation(
        returned("records.table:_is_free", instead="it | Attr('state').eq(State.CLAIMED)"), CRASH
    ),
    "a reclaim whatever the state": Mutation(ignoring("records.table:Table.reclaim", "state"), TABLE),
    "a reclaim whoever was the owner": Mutation(ignoring("records.table:Table.reclaim", "owner"), TABLE),
    "a recorded claim called unknown": Mutation(ignoring("records.table:Table.mark_unknown", "state"), TABLE),
    "another's claim called unknown": Mutation(ignoring("records.table:Table.mark_unknown", "owner"), TABLE),
    "not finding our own claim": Mutation(
        always("sending.send:Sender._take", "owner"), CRASH + "::test_the_claims_answer_is_lost_and_the_sdk_repeats_it"
    ),
    "a claim that is not released": Mutation(
        without("sending.send:Sender._take", "record_not_sent"),
        CRASH + "::test_a_claim_that_was_written_but_reported_as_failed_is_released",
    ),
    "no look at the payload's hash": Mutation(never("sending.send:Sender._found", "payload_hash"), SEND),
    "a lease that never ends": Mutation(always("records.table:Table.end_claim", "lease_until"), CRASH),
    "a lease that ends at once": Mutation(never("records.table:Table.end_claim", "lease_until"), SEND),
    "a record that has gone taken for an answer": Mutation(
        assigned(
            "sending.outcome:stored",
            "_KIND_OF",
            "NOT_SENT",
            instead="_KIND_OF[record.state] if record else OutcomeKind.SENT",
        ),
        TABLE,
    ),
    "a lease without its margin": Mutation(constant("sending.pacing:LEASE_MARGIN", 0.0), SEND),
    "no look at the time left": Mutation(never("sending.send:Sender._take_through", "CLAIM_TIME"), SEND),
    "no deadline": Mutation(never("sending.send:Sender._take_through", "is_over"), PACING),
    "a ttl that no caller could give": Mutation(
        returned("sending.outgoing:_ttl", "min", instead="{'ttl': seconds}"), PACING
    ),
    "no limit to resends": Mutation(always("sending.outcome:may_resend", "MAX_RESENDS"), SEND),
}

POST = {
    "a POST without time to end": Mutation(never("sending.send:Sender._post_once", "_has_time"), SEND),
    "a POST without a timeout": Mutation(
        argument(
            "messente.api:Messente._exchange", "urlopen", "timeout", instead="urllib3.Timeout(connect=None, read=None)"
        ),
        OUTCOMES,
    ),
    "redirects followed": Mutation(
        together(
            argument("messente.api:Messente._exchange", "urlopen", "retries", instead=REDIRECTS),
            argument("messente.api:Messente._exchange", "urlopen", "redirect", instead="True"),
        ),
        OUTCOMES,
    ),
    "retries left to urllib3": Mutation(
        argument("messente.api:Messente._exchange", "urlopen", "retries", instead=RETRIES), OUTCOMES
    ),
    "an id that is no key": Mutation(constant("messente.answers:LONGEST_ID", 10**6), RECORDS),
    "ids that differ in what is cut off": Mutation(
        returned("messente.answers:read_id", "sha256", instead="value[:100]"), RECORDS
    ),
    "more messages than an expression takes": Mutation(constant("messente.answers:MOST_MESSAGES", 1000), RECORDS),
    "texts that no item holds": Mutation(constant("messente.answers:LONGEST_TEXT", 10**6), RECORDS),
    "another recipient's answer": Mutation(never("messente.answers:_accepted", "is_same_number"), RECORDS),
    "a failed look-up that is waited for": Mutation(
        without("messente.connections:_look_up", "set_exception"), OUTCOMES
    ),
    "a lost answer taken for not sent": Mutation(
        returned("messente.answers:_kind_of", "EXCEPTIONS", instead="AnswerKind.NOT_ACCEPTED"), OUTCOMES
    ),
    "a server error taken for not sent": Mutation(
        entry("messente.answers:CLASSES", 5, "AnswerKind.NOT_ACCEPTED"), OUTCOMES
    ),
    "a proxy's TLS with times of its own": Mutation(
        without("messente.connections:_Connection._tunnel", "left"),
        NOT_SENT + "::test_a_proxy_that_speaks_tls_and_does_not_let_us_through",
    ),
    "a body without limit": Mutation(never("messente.api:_read", "BODY_LIMIT", "len"), BODY),
    "no second try after a refused password": Mutation(never("sending.send:Sender._post", "UNAUTHORIZED"), CREDENTIALS),
    "a password read without a pause": Mutation(
        never("messente.credentials:SecretCache._refresh", "_paused_until"), CREDENTIALS
    ),
    "pauses that do not grow": Mutation(
        without("messente.credentials:SecretCache._refresh", "_pause", "LONGEST_PAUSE"), CREDENTIALS
    ),
    "pauses that never shrink again": Mutation(
        without("messente.credentials:SecretCache._refresh", "_pause", "PAUSE"), CREDENTIALS
    ),
    "a connection that sat through a freeze": Mutation(
        assigned("messente.connections:_Connection.is_connected", "IDLE_LIMIT", instead="True"), CONNECTIONS
    ),
    "a connection that was closed": Mutation(
        always("messente.connections:_Connection.is_connected", "_is_silent"), CONNECTIONS
    ),
    "a connection whose answer is not over": Mutation(
        always("messente.connections:_Connection.is_connected", "is_over"), CONNECTIONS
    ),
    "no deadline for a repeat": Mutation(never("sending.send:Sender._post_once", "is_over"), PACING),
    "a deadline that Messente does not know": Mutation(
        assigned("sending.outgoing:outgoing", "_seconds_left", instead="None"), PACING
    ),
    "an acceptance without a trace": Mutation(never("sending.send:Sender._record", "SENT"), PACING),
    "no patience with a rate limit": Mutation(always("sending.pacing:pause", "THROTTLED"), PACING),
    "patience with a lost answer": Mutation(taken_for("sending.pacing:pause", "UNKNOWN", "THROTTLED"), PACING),
    "patience without end": Mutation(never("sending.send:Sender._post_at_its_pace", "_has_time"), PACING),
    "a batch held up by a Retry-After": Mutation(never("sending.pacing:pause", "FIRST_RECEIVES"), PACING),
    "a refused message put off for long": Mutation(never("sending.pacing:queue_delay", "FIRST_RECEIVES"), PACING),
    "a Retry-After that is not waited for": Mutation(
        argument("sending.pacing:pause", "max", "retry_after", instead="0"), PACING
    ),
}

RECORD = {
    "recording without being the owner": Mutation(ignoring("records.table:_is_ours", "owner"), TABLE),
    "recording over what is sent": Mutation(ignoring("records.table:_is_ours", "state"), TABLE),
    "an acceptance without a record": Mutation(ignoring("records.table:Table.record_sent", "id"), TABLE),
    "a cancellation overwritten": Mutation(
        assigned("records.table:Table.record_sent", "cancelled_ids", instead="Attr('id').exists()"), CANCEL
    ),
    "an acceptance that a person's word keeps out": Mutation(
        assigned("records.table:Table.record_sent", "cancelled_ids", instead="~Attr('state').eq('cancelled')"), RESOLVE
    ),
    "an outcome that is not recorded taken for done": Mutation(
        never("triggers.sqs:Sqs._is_done", "recorded"), UNRECORDED
    ),
    "a caller who is not told that nothing was recorded": Mutation(
        argument("sending.outcome:posted", "Outcome", "UNRECORDED", instead="errors_of(answer)"), UNRECORDED
    ),
    "an ambiguity forgotten": Mutation(never("records.table:Table.record_not_sent", "ambiguous"), SEND),
    "a save over what came between": Mutation(ignoring("records.table:Table.save", "revision"), ORDERS),
}

INDEXED = {
    "a claim that the reconciler never looks at": Mutation(
        without_argument("records.table:Table._claimed", "set", "BY_DUE"), RECONCILE
    ),
    "a time to look that moves when a message is sent": Mutation(
        with_argument("records.table:Table.record_sent", "set", "due", "'2999-01-01T00:00:00.000Z'"), INDEXES
    ),
    "a claim of the API that nobody finds dead": Mutation(
        never("records.table:Table._claimed", "delivered_again"), RECONCILE
    ),
    "a claim of the queue that is paid for twice": Mutation(
        always("records.table:Table._claimed", "delivered_again"), INDEXES
    ),
    "a claim called unknown that no listing shows": Mutation(
        without_argument("records.table:Table.mark_unknown", "set", "BY_UNKNOWN"), RECONCILE
    ),
    "a lost answer that no listing shows": Mutation(
        without_argument("records.table:Table._unknown", "set_if_absent", "BY_UNKNOWN"), INDEXES
    ),
    "a sent message listed as unknown": Mutation(
        without_argument("records.table:Table.record_sent", "remove", "BY_UNKNOWN"), INDEXES
    ),
    "a sent message among the claims": Mutation(
        without_argument("records.table:Table.record_sent", "remove", "BY_LEASE"), INDEXES
    ),
    "a refused message among the claims": Mutation(
        without_argument("records.table:Table.record_not_sent", "remove", "BY_LEASE"), INDEXES
    ),
    "a lost answer among the claims": Mutation(
        without_argument("records.table:Table._unknown", "remove", "BY_LEASE"), INDEXES
    ),
    "a dead claim among the claims": Mutation(
        without_argument("records.table:Table.mark_unknown", "remove", "BY_LEASE"), RECONCILE
    ),
    "a refused message that stays open": Mutation(
        without_argument("records.table:Table.record_not_sent", "remove", "BY_DUE"), INDEXES
    ),
    "a settled record that stays open": Mutation(always("tracking.track:_summed_up", "PENDING", "CANCELLED"), INDEXES),
    "a settled record left in the index": Mutation(
        without_argument("records.record:Record.settled", "replace", "BY_DUE"), INDEXES
    ),
    "a message sent again, and listed as unknown": Mutation(
        without_argument("records.table:Table._claimed", "remove", "BY_UNKNOWN"), INDEXES
    ),
    "a healed record listed as unknown": Mutation(
        assigned("tracking.track:_OUTDATED", "BY_UNKNOWN", instead="{**BY_LEASE.no_entry, 'errors': None}"), ATTEMPTS
    ),
    "a healed record among the claims": Mutation(
        assigned("tracking.track:_OUTDATED", "BY_LEASE", instead="{**BY_UNKNOWN.no_entry, 'errors': None}"), ATTEMPTS
    ),
    "scheduled messages asked for at once": Mutation(
        argument("records.table:Table.later", "max", "since", instead="0"), RECONCILE
    ),
}

ENDED = {
    "a dead claim that is shown": Mutation(
        called("triggers.http_api:HttpApi._get", "current", instead="self.table.get"), UNRECORDED
    ),
    "a dead claim that cannot be cancelled": Mutation(
        called("sending.cancel:Canceller.cancel", "current", instead="self._table.get"), UNRECORDED
    ),
    "a dead claim that cannot be resolved": Mutation(
        called("sending.resolve:Resolver.resolve", "current", instead="self._table.get"), UNRECORDED
    ),
    "a record put back where it stood before": Mutation(
        argument("records.table:Table.put_off", "arguments", "position", instead="Attr('id').exists()"), TABLE
    ),
}

LISTED = {
    "no look at the list after a pause": Mutation(
        without("sending.send:Sender._post_at_its_pace", "listing"), OPT_OUTS
    ),
    "a look that holds for ever": Mutation(never("sending.send:Sender._is_opted_out", "LOOK_HOLDS"), OPT_OUTS),
    "no look at the list before the POST": Mutation(never("sending.send:Sender._post_once", "_is_opted_out"), OPT_OUTS),
    "an opt-out after the claim that nobody counts": Mutation(
        without("sending.send:Sender._post_once", "OPT_OUT_BLOCKED"), OPT_OUTS
    ),
    "no look at the list": Mutation(never("sending.send:Sender._take_through", "_is_opted_out"), OPT_OUTS),
    "a list that cannot be read taken for empty": Mutation(
        returned("inbound.opt_outs:look_up", "failure", instead="Listing()"), OPT_OUTS
    ),
    "a number outside of AllowedPrefixes": Mutation(never("payload.submission:_check", "deny"), PREFIXES),
    "a denied range behind a 0": Mutation(argument("phone:Prefixes.deny", "_decide", "key_of", instead="''"), PREFIXES),
    "codes held back by the list": Mutation(never("inbound.opt_outs:Listing.stops", "ignore_opt_out"), OPT_OUTS),
    "an unknown message that waits for its resend": Mutation(
        argument("sending.send:Sender._end_unsent", "_answer_from", "resend", instead="True"), OPT_OUTS
    ),
    "a batch of which a part is looked up": Mutation(always("records.table:read_batch", "keys"), OPT_OUTS),
    "a number in two forms taken for two recipients": Mutation(constant("phone:_SHORTER", ()), OPT_OUTS),
    "an older word that wins": Mutation(
        assigned("inbound.opt_outs:_counts", "lt", instead="Attr('state').ne(Wish.OPTED_IN)"), OPT_OUTS
    ),
    "a start word that wins within a second": Mutation(never("inbound.opt_outs:_counts", "OPTED_OUT"), OPT_OUTS),
    "a stop word that is not said again": Mutation(without("inbound.opt_outs:OptOuts.change", "_confirm"), INBOUND),
    "a start word taken again": Mutation(
        assigned("inbound.opt_outs:_counts", "contains", instead="Attr('to').not_exists()"), INBOUND
    ),
    "a start word that changes nothing forgotten": Mutation(
        never("inbound.opt_outs:OptOuts.change", "is_timed"), INBOUND
    ),
    "a start word without a time that outdoes a stop word": Mutation(
        always("inbound.opt_outs:_written", "is_timed"), INBOUND
    ),
    "a start word from ahead believed": Mutation(
        returned("inbound.message:Inbound.is_timed", instead="self.sent_at is not None"), INBOUND
    ),
    "start words that fill the item": Mutation(constant("inbound.opt_outs:MOST_STARTS", 1000), OPT_OUTS),
    "a person's word that an older one undoes": Mutation(
        answered("inbound.opt_outs:OptOuts.overrule", "max", instead="change.since"), BY_HAND
    ),
    "a person's word over what came meanwhile": Mutation(
        assigned("inbound.opt_outs:_is_still", "state", instead="(Attr('state').ne(''), Attr('state').ne(''))"), BY_HAND
    ),
    "any digits taken for a number": Mutation(always("phone:e164", "_SURELY_INTERNATIONAL"), INBOUND_MESSAGE),
    "two numbers taken for one": Mutation(
        argument("phone:_compact", "sub", "written", instead="written.replace('/', '')"), INBOUND_MESSAGE
    ),
}

RECEIVED = {
    "inbound messages of anybody": Mutation(never("triggers.http:Callback._check", "match"), INBOUND),
    "an inbound message of any size": Mutation(never("triggers.http:Callback._check", "LARGEST"), INBOUND),
    "200 for what nobody has": Mutation(without("triggers.inbound:InboundMessages.take", "put"), INBOUND),
    "an event that the bus did not take": Mutation(never("inbound.inbox:Inbox._tell", "TAKEN"), INBOUND),
    "an inbound message told of each time": Mutation(without("inbound.inbox:Inbox.take", "_mark"), INBOUND),
    "an id taken for a repeat": Mutation(
        assigned(
            "inbound.message:read_inbound",
            "sha256",
            instead="sha256(repr(_own_id(json.loads(body))).encode()).hexdigest()",
        ),
        INBOUND,
    ),
    "words without a time taken for a repeat": Mutation(
        returned("inbound.inbox:Inbox._was_seen", "sent_at", instead="self._seen.has(inbound.mark)"), INBOUND
    ),
    "a stop word left out because it was seen": Mutation(
        never("inbound.inbox:Inbox.take", ".wish", "OPTED_OUT"), INBOUND
    ),
    "one confirmation of two opt-outs": Mutation(
        assigned("inbound.inbox:Inbox._tell_of", "sha256", instead="change.id"), INBOUND
    ),
    "a stop word without a phone number that is not counted": Mutation(
        without("inbound.inbox:Inbox.take", "OPT_OUT_NOT_KEPT"), INBOUND
    ),
    "an empty text that hides another": Mutation(
        returned("inbound.message:_text", instead="value if isinstance(value, str) else None"), INBOUND_MESSAGE
    ),
    "words with a dash that nobody knows": Mutation(returned("inbound.stop_words:_counts", instead="True"), STOP_WORDS),
    "a byte order mark that costs a message": Mutation(constant("payload.decode:BYTE_ORDER_MARK", ""), INBOUND),
    "a blank key": Mutation(never("messente.credentials:_checked", "strip"), INBOUND),
    "a time of the future believed": Mutation(always("inbound.message:_sent_at", "_AHEAD"), INBOUND_MESSAGE),
    "any text taken for a stop word": Mutation(always("inbound.stop_words:StopWords.wish", "_stop"), STOP_WORDS),
    "a change that nobody tells of": Mutation(without("inbound.inbox:Inbox.take", "_tell_of"), INBOUND),
}

REPORTS = {
    "any signature": Mutation(always("messente.signature:_signed", "compare_digest"), CALLBACK),
    "the password before refused": Mutation(
        without("messente.signature:Signatures._both", "_previous", "get"), CALLBACK
    ),
    "no second look at the password": Mutation(never("messente.signature:Signatures._candidates", "replace"), CALLBACK),
    "no second look at the password before": Mutation(
        without("messente.signature:Signatures._both", "outdate"), CALLBACK
    ),
    "guesses that put the next look off": Mutation(
        also_where(
            "messente.credentials:SecretCache._refresh",
            "_paused_until",
            do="self._paused_until = self._clock() + PAUSE",
        ),
        CALLBACK,
    ),
    "a report of another recipient": Mutation(never("tracking.track:_match", ".to"), TRACK),
    "a report of another omnimessage": Mutation(never("tracking.track:_match", ".omnimessage_id"), TRACK),
    "no second omnimessage under resend": Mutation(always("tracking.track:_match", "resends"), TRACK),
    "a mark taken for a record": Mutation(always("records.indexes:Indexes._pointed_at_by", "is_message_id"), ATTEMPTS),
    "another record's omnimessage": Mutation(never("tracking.track:Tracker._check_owner", "id"), CALLBACK),
    "a message that falls back": Mutation(compared("tracking.track:_moved", "_place", by=ast.GtE), TRACK),
    "a rank that does not matter": Mutation(compared("tracking.track:_moved", "_place", by=ast.Eq), TRACK),
    "arrival decides among new statuses": Mutation(
        returned("tracking.track:_place", "rank", instead="(it[0], '')"), TRACK
    ),
    "a failure's error on a delivery": Mutation(
        returned("tracking.track:_moved", "details", instead="{**message, **it}"), TRACK
    ),
    "a cancellation undone by a report": Mutation(never("tracking.track:_is_cancelled_for_good", "CANCELLED"), CANCEL),
    "a report that leaves the record unknown": Mutation(
        without_argument("tracking.track:apply", "replace", "state"), TRACK
    ),
    "a report that gives up at once": Mutation(constant("tracking.track:_TRIES", 1), ORDERS),
    "a healed record that nobody looks after": Mutation(never("tracking.track:Tracker.save", "due_shard"), RECONCILE),
    "a lost report answered with 200": Mutation(
        argument("triggers.http:Callback.handle", "reject", 503, instead="200"), CALLBACK
    ),
    "a body of any size": Mutation(never("triggers.http:Callback._check", "LARGEST"), CALLBACK),
}

RECONCILER = {
    "a live claim called unknown": Mutation(
        never("tracking.reconcile:Reconciler._mark_unknown", "lease_until"), RECONCILE
    ),
    "asking before the time has come": Mutation(
        returned("tracking.reconcile:Reconciler._is_due", "due", instead="record.due is not None"), RECONCILE
    ),
    "asking without end": Mutation(constant("tracking.reconcile:MOST_REQUESTS", 1000), RECONCILE),
    "intervals that do not grow": Mutation(
        argument("tracking.reconcile:Reconciler._ask", "later", "times", instead="1"), RECONCILE
    ),
    "requests without bound": Mutation(
        assigned("tracking.reconcile:Reconciler.__init__", "requests", instead="10**6"), RECONCILE
    ),
    "asking on without an answer": Mutation(
        assigned(
            "tracking.reconcile:Reconciler._ask_for",
            "MOST_SILENCES",
            instead="run.remaining() >= self._messente.longest",
        ),
        RECONCILE,
    ),
    "an answer called none": Mutation(
        assigned("tracking.reconcile:Reconciler._answered", "status", "no answer", instead="'no answer'"), RECONCILE
    ),
    "a run without end": Mutation(
        assigned("tracking.reconcile:Reconciler._ask_for", "longest", instead="run.silences < MOST_SILENCES"), RECONCILE
    ),
    "no order among what is due": Mutation(
        called("records.indexes:Indexes._first", "merge", instead="itertools.chain"),
        RECONCILE,
    ),
    "no order among what is unknown since the same time": Mutation(
        called("records.indexes:Indexes._in_order", "sorted", instead="list"), INDEXES
    ),
}

CANCELLING = {
    "a lost answer to a cancellation": Mutation(never("sending.cancel:Canceller._see", "DELETED"), CANCEL),
    "a cancellation that outlasts the gateway": Mutation(
        never("messente.api:Messente._ask_once", "_remaining"), GATEWAY_LIMIT
    ),
    "one attempt cancelled for all": Mutation(
        answered("sending.cancel:Canceller._call_back", "sorted", instead="it[:1]"), CANCEL
    ),
    "a claim cancelled while it is sent": Mutation(
        taken_for("sending.cancel:Canceller._cancel", "CLAIMED", "RETRYABLE"), CANCEL
    ),
    "a cancellation that a report overtakes": Mutation(
        returned("sending.cancel:Canceller._record", "_record", "confirmed", instead="(None, record)"),
        CANCEL,
    ),
    "an attempt that comes up while the others are cancelled": Mutation(
        never("sending.cancel:Canceller._record", "omnimessages"), RESOLVE
    ),
    "a cancellation of what is not there any more": Mutation(
        returned(
            "sending.cancel:Canceller._keep_from_being_sent",
            "_cancel",
            instead="(Obstacle.NOT_YET, record)",
        ),
        TABLE,
    ),
    "a cancelled message whose delivery is pending": Mutation(
        argument("sending.cancel:_cancelled", "replace", "delivery", instead="record.delivery"), RESOLVE
    ),
    "a message of somebody else cancelled by a slip": Mutation(
        answered("sending.cancel:Canceller._delete_said", "may_be_to", instead="True"), RESOLVE
    ),
}

RESOLVING = {
    "a message freed while its owner may send": Mutation(
        never("sending.resolve:Resolver._obstacle", "lease_until", "CLOCK_TOLERANCE"), RESOLVE
    ),
    "a person whom anybody names": Mutation(never("triggers.http:Request.caller", "apiId"), RESOLVE),
    "a person's word over what is known": Mutation(never("sending.resolve:Resolver._obstacle", "UNKNOWN"), RESOLVE),
    "an owner's moment too early": Mutation(constant("sending.pacing:CLOCK_TOLERANCE", 0.0), RESOLVE),
    "our own word taken for another's": Mutation(never("sending.resolve:Resolver.resolve", "resolved_at"), RESOLVE),
    "a word that no report outdates": Mutation(
        returned("tracking.track:_is_cancelled_for_good", "cancelled_ids", instead="record.state is State.CANCELLED"),
        RESOLVE,
    ),
    "a report rejected after a person's word": Mutation(always("tracking.track:_match", "closed"), RESOLVE),
    "a word that the next attempt takes back": Mutation(
        without_argument("sending.resolve:Resolver._resolved", "replace", "closed"), RESOLVE
    ),
    "a word on another attempt": Mutation(
        never("sending.resolve:Resolver._obstacle", "record", "unknown_since"), RESOLVE
    ),
    "a word on no attempt": Mutation(
        assigned("triggers.http_api:_problems", "NOT_SENT", "unknown_since", instead="'unknown_since' in given"),
        RESOLVE,
    ),
    "an id freed while its report may be on its way": Mutation(
        returned("sending.resolve:Resolver._obstacle", "REPORT_TIME", instead="None"), RESOLVE
    ),
    "a made-up omnimessage believed": Mutation(never("sending.resolve:Resolver._doubt", "_NO_SUCH_MESSAGE"), RESOLVE),
    "an omnimessage of another recipient believed": Mutation(
        returned("sending.resolve:Resolver._doubt", "may_be_to", instead="None"), RESOLVE
    ),
    "a typed omnimessage that outlives the true one": Mutation(
        assigned("tracking.track:apply", "without_said_id", instead="record"), RESOLVE
    ),
    "a typed omnimessage that keeps its owner's report out": Mutation(
        always("tracking.track:Tracker._lets_go", "said_id"), RESOLVE
    ),
    "an old word beside a new attempt": Mutation(
        without_argument("records.table:Table._claimed", "remove", "NO_WORD"), RESOLVE
    ),
    "an old word beside an acceptance": Mutation(
        without_argument("records.table:Table.record_sent", "remove", "NO_WORD"), RESOLVE
    ),
    "an old word beside a report": Mutation(
        assigned(
            "tracking.track:_OUTDATED",
            "NO_WORD",
            instead="BY_LEASE.no_entry | BY_UNKNOWN.no_entry | {'errors': None}",
        ),
        RESOLVE,
    ),
    "resends that a word does not end": Mutation(
        without_argument("sending.resolve:Resolver._resolved", "replace", "resends"), RESOLVE
    ),
}

WATCHED = {
    "a redrive that overtakes everybody": Mutation(
        assigned("aws.queues:Queues.dead_letter", "MessageGroupId", instead="{}"), REFUSALS
    ),
    "a dead letter of escapes": Mutation(
        without_argument("triggers.direct:Invocations._reject", "dumps", "ensure_ascii"), REFUSALS
    ),
    "a dead letter with more errors than fit": Mutation(always("aws.queues:DeadLetter.attributes", "room"), REFUSALS),
    "a dead letter with what SQS does not take": Mutation(
        called("aws.queues:Queues.dead_letter", "escaped", instead="str"), REFUSALS
    ),
    "an unknown message that nobody hears of": Mutation(
        without("tracking.reconcile:Reconciler._tell_what_is_unknown", "gauge"),
        RECONCILE + "::test_how_long_the_oldest_unknown_message_waits_is_told",
    ),
    "an index that is away and nobody hears of it": Mutation(
        without("tracking.reconcile:Reconciler._tell_what_is_unknown", "failures"),
        RECONCILE + "::test_an_index_that_is_away_costs_its_own_gauge",
    ),
    "a delivery counted at each report": Mutation(always("tracking.track:_count_moves", "before", "_ARRIVED"), TRACK),
    "a price counted at each report": Mutation(always("tracking.track:_count_moves", "before", "messages"), TRACK),
    "a price that is no number": Mutation(always("tracking.track:_price", "_HIGHEST_PRICE"), TRACK),
    "a line with more values than CloudWatch takes": Mutation(constant("telemetry:MOST_VALUES", 1000), TELEMETRY),
}

PUBLISHING = {
    "a change that the bus did not take": Mutation(always("triggers.stream:Changes._not_done", "TAKEN"), CHANGES),
    "a failure that the stream goes on behind": Mutation(
        returned("triggers.stream:Changes.handle", "sequence", instead="{'batchItemFailures': []}"), CHANGES
    ),
    "a call that outlasts the invocation": Mutation(never("triggers.stream:Changes.handle", "CALL_TIME"), CHANGES),
    "events that are put there once": Mutation(constant("aws.bus:PAUSES", ()), CHANGES),
    "events that are put there again without need": Mutation(always("aws.bus:Bus.put", ".kind", "NOT_NOW"), CHANGES),
    "an event that holds up all others": Mutation(
        never("aws.bus:_read", "_EVENT_TO_BLAME"),
        CHANGES + "::test_an_event_that_the_bus_will_never_take_holds_nothing_up",
    ),
    "an event given up that a person can help": Mutation(always("aws.bus:_read", "_EVENT_TO_BLAME"), CHANGES),
    "more events than a call takes": Mutation(constant("aws.bus:MOST", 100), CHANGES),
    "a call that is too large": Mutation(
        never("aws.bus:_calls", "LARGEST"), CHANGES + "::test_large_events_share_a_call_as_far_as_it_takes_them"
    ),
    "an event that is too large": Mutation(
        always("publishing:written", "limit"), CHANGES + "::test_the_largest_record_fits"
    ),
    "the recipient told to everybody": Mutation(never("publishing:detail", "with_recipient"), CHANGES),
    "the recipient told as the sender": Mutation(never("publishing:_entry", "is_named_in"), CHANGES),
    "Messente's words for an error": Mutation(called("publishing:detail", "_in_terms", instead="list"), CHANGES),
    "Messente's words for anything": Mutation(
        returned("publishing:_has_form", "form", instead="isinstance(value, str)"), CHANGES
    ),
    "a channel that is any words": Mutation(never("publishing:detail", "fullmatch"), CHANGES),
    "nothing of the state before": Mutation(
        returned("publishing:detail", "_before", instead="it | {'previous': {}}"), CHANGES
    ),
}

TRYING = {
    "a dry run by HTTP that sends": Mutation(
        answered("triggers.http_api:HttpApi._post", "read_dry_run", instead="it and False"), DRY_RUN
    ),
    "a dry run by invocation that sends": Mutation(
        answered("triggers.direct:Invocations._send", "without_dry_run", instead="(it[0], False)"), DRY_RUN
    ),
    "a dry run that sends as well": Mutation(
        returned(
            "triggers.direct:Invocations._send",
            "forecast",
            instead=(
                "(it, self.sender.send(request_id, self.parse({'to': '+372555123', 'text': 'a'}),"
                " Budget(remaining)))[0]"
            ),
        ),
        DRY_RUN,
    ),
    "a dry run by nearly its name that sends": Mutation(never("triggers.http_api:read_dry_run", "startswith"), DRY_RUN),
    "a parameter that is ignored": Mutation(never("triggers.http_api:check_query", "startswith"), HTTP),
    "a cancellation with a parameter": Mutation(without("triggers.http_api:HttpApi._route", "check_query"), HTTP),
    "a signature that is no parameter": Mutation(constant("triggers.http_api:_SIGNATURE", "\0"), HTTP),
    "a dry run by nearly true that sends": Mutation(
        returned("triggers.http_api:read_dry_run", "DRY_RUN_VALUES", instead="query.get(DRY_RUN) == 'true'"), DRY_RUN
    ),
    "a dry run of a batch that sends": Mutation(never("triggers.direct:Invocations.handle", "dry_run"), DRY_RUN),
    "a dry run in the queue that sends": Mutation(never("triggers.envelopes:_inside", "dry_run"), DRY_RUN),
    "a dry run that knows no deadline": Mutation(never("sending.dry_run:DryRun._of_free", "is_over"), DRY_RUN),
    "a dry run that knows no refusal": Mutation(never("sending.dry_run:DryRun._of_free", "look_up"), DRY_RUN),
    "a dry run that knows no conflict": Mutation(never("sending.dry_run:DryRun._forecast", "payload_hash"), DRY_RUN),
}

TAGGED = {
    "tags that are sent": Mutation(
        assigned(
            "payload.omnimessage:STEERING",
            "Omnimessage",
            instead="it - {'tags'}",
        ),
        RECORDS,
    ),
    "tags of the payload before": Mutation(
        argument("records.table:Table._taken", "remove", "tags", instead="'nothing'"), RECORDS
    ),
    "tags that nobody sees": Mutation(without_argument("sending.send:_as_told", "Record", "tags"), RECORDS),
}

COMMANDED = {
    "two campaigns with the same keys": Mutation(
        answered("rcs_cli.files:run_name", "hexdigest", instead="'00000000'"), CLI_KEYS
    ),
    "two pipes with the same keys": Mutation(returned("rcs_cli.files:is_pipe", instead="False"), CLI_KEYS),
    "what SQS refuses handed to it": Mutation(
        returned("rcs_cli.batches:body", instead="json.dumps(payload, ensure_ascii=False)"), FILES
    ),
    "a line that is too large for SQS": Mutation(returned("rcs_cli.batches:is_too_large", instead="False"), FILES),
    "a queued message taken for refused": Mutation(never("rcs_cli.commands.sending:_put", "unknown"), CLI_SENDING),
    "a call cut off by Ctrl-C taken for one that did not begin": Mutation(
        answered("rcs_cli.side_by_side:side_by_side", "fromkeys", instead="{}"), CLI_SENDING
    ),
    "a function that died taken for a refusal": Mutation(
        never("rcs_cli.commands.sending:_posted", "_TIMEOUT", "_SERVERS"), CLI_SENDING
    ),
    "another program taken for the API": Mutation(never("rcs_cli.api:Api._call", "_OURS"), CLI_SENDING),
}

MUTATIONS = CLAIM | POST | RECORD | INDEXED | REPORTS | RECONCILER | CANCELLING | RESOLVING | WATCHED | PUBLISHING
MUTATIONS |= LISTED | RECEIVED | TRYING | TAGGED | ENDED | COMMANDED
