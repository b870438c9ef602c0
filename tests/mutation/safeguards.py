"""Every safeguard of the protocol: what the code would be without it, below the tests that should miss it.

The name of a mutation says what goes wrong; the change says what is taken away, in the words of operators.py.
"""

from typing import NamedTuple

from tests.mutation.operators import (
    also_where,
    always,
    answered,
    argument,
    assigned,
    called,
    constant,
    ignoring,
    never,
    returned,
    together,
    without,
    without_argument,
)
from tests.mutation.search import Change


class Mutation(NamedTuple):
    """The absence of a safeguard, and the tests that should notice it."""

    change: Change
    noticed_by: str


RETRIES = "urllib3.Retry(3, allowed_methods=None)"
REDIRECTS = "urllib3.Retry(total=3, connect=0, read=0, status=0, other=0)"

# By a file, or by one test of it where the tests before take long.
NOTICED_BY: dict[str, dict[str, Change]] = {
    "tests/integration/test_connections.py": {
        "a connection that sat through a freeze": assigned(
            "messente.connections:_Connection.is_connected", "IDLE_LIMIT", instead="True"
        ),
        "a connection that was closed": always("messente.connections:_Connection.is_connected", "_is_silent"),
        "a connection whose answer is not over": always("messente.connections:_Connection.is_connected", "is_over"),
    },
    "tests/integration/test_not_sent.py::test_a_proxy_that_does_not_let_us_through": {
        "a proxy's TLS with times of its own": without("messente.connections:_Connection._tunnel", "left"),
    },
    "tests/unit/cli/test_files.py": {
        "what SQS refuses handed to it": returned(
            "rcs_cli.batches:body", instead="json.dumps(payload, ensure_ascii=False)"
        ),
        "a line that is too large for SQS": never("rcs_cli.batches:body", "LARGEST"),
    },
    "tests/unit/cli/test_keys.py": {
        "two campaigns with the same keys": answered("rcs_cli.files:run_name", "hexdigest", instead="'00000000'"),
        "two pipes with the same keys": returned("rcs_cli.files:is_pipe", instead="False"),
    },
    "tests/unit/cli/test_opt_outs.py": {
        "a person's word that an older one undoes": answered(
            "inbound.opt_outs:OptOuts.overrule", "max", instead="change.since"
        ),
        "a person's word over what came meanwhile": assigned(
            "inbound.opt_outs:_is_still", "state", instead="(Attr('state').ne(''), Attr('state').ne(''))"
        ),
    },
    "tests/unit/cli/test_sending.py": {
        "a queued message taken for refused": never("rcs_cli.commands.sending:_put", "unknown"),
        "a call cut off by Ctrl-C taken for one that did not begin": answered(
            "rcs_cli.side_by_side:side_by_side", "fromkeys", instead="{}"
        ),
        "a function that died taken for a refusal": never("rcs_cli.commands.sending:_posted", "_TIMEOUT", "_SERVERS"),
        "another program taken for the API": never("rcs_cli.api:Api._call", "gives"),
    },
    "tests/unit/inbound/test_inbound.py": {
        "an older word that wins": assigned(
            "inbound.opt_outs:_counts", "lt", instead="Attr('state').ne(Wish.OPTED_IN)"
        ),
        "a start word that wins within a second": never("inbound.opt_outs:_counts", "OPTED_OUT"),
        "a stop word that is not said again": without("inbound.opt_outs:OptOuts.change", "_update", "eq"),
        "a start word taken again": assigned("inbound.opt_outs:_counts", "contains", instead="Attr('to').not_exists()"),
        "a start word that changes nothing forgotten": never("inbound.opt_outs:OptOuts.change", "is_timed"),
        "a start word without a time that outdoes a stop word": always("inbound.opt_outs:_written", "is_timed"),
        "a start word from ahead believed": returned(
            "inbound.message:Inbound.is_timed", instead="self.sent_at is not None"
        ),
        "inbound messages of anybody": never("triggers.http:Callback._check", "match"),
        "200 for what nobody has": without("triggers.inbound:InboundMessages.take", "put"),
        "an event that the bus did not take": never("inbound.inbox:Inbox._tell", "TAKEN"),
        "an inbound message told of each time": without("inbound.inbox:Inbox.take", "_mark"),
        "an id taken for a repeat": assigned(
            "inbound.message:read_inbound",
            "sha256",
            instead="sha256(repr(_own_id(json.loads(body))).encode()).hexdigest()",
        ),
        "words without a time taken for a repeat": returned(
            "inbound.inbox:Inbox._was_seen",
            "sent_at",
            instead="self.table.item(f'#inbound:{inbound.mark}') is not None",
        ),
        "a stop word left out because it was seen": never("inbound.inbox:Inbox.take", ".wish", "OPTED_OUT"),
        "one confirmation of two opt-outs": assigned(
            "inbound.inbox:Inbox._tell_of", "sha256", instead="change.origin.partition('#')[0]"
        ),
        "a stop word without a phone number that is not counted": without(
            "inbound.inbox:Inbox.take", "OPT_OUT_NOT_KEPT"
        ),
        "a byte order mark that costs a message": constant("payload.decode:BYTE_ORDER_MARK", ""),
        "a blank key": never("messente.credentials:_checked", "strip"),
        "a change that nobody tells of": without("inbound.inbox:Inbox.take", "_tell_of"),
    },
    "tests/unit/inbound/test_message.py": {
        "any digits taken for a number": always("phone:e164", "_SURELY_INTERNATIONAL"),
        "two numbers taken for one": argument("phone:_compact", "sub", "written", instead="written.replace('/', '')"),
        "an empty text that hides another": returned(
            "inbound.message:_text", instead="value if isinstance(value, str) else None"
        ),
        "a time of the future believed": always("inbound.message:_sent_at", "_AHEAD"),
    },
    "tests/unit/inbound/test_stop_words.py": {
        "words with a dash that nobody knows": assigned("inbound.stop_words:_plain", "_BETWEEN", instead="text"),
        "any text taken for a stop word": always("inbound.stop_words:StopWords.wish", "_stop"),
    },
    "tests/unit/sending/test_cancel.py": {
        "a cancellation overwritten": assigned(
            "records.table:Table.record_sent", "cancelled_ids", instead="Attr('id').exists()"
        ),
        "a cancellation undone by a report": assigned("tracking.track:apply", "cancelled_ids", instead="False"),
        "a lost answer to a cancellation": never("sending.cancel:Canceller._see", "DELETED"),
        "one attempt cancelled for all": answered("sending.cancel:Canceller._call_back", "sorted", instead="it[:1]"),
        "a claim cancelled while it is sent": returned(
            "sending.cancel:Canceller._cancel", "NOT_YET", instead="self._record(record)"
        ),
        "a cancellation that a report overtakes": returned(
            "sending.cancel:Canceller._record", "_record", "confirmed", instead="(None, record)"
        ),
    },
    "tests/unit/sending/test_changes.py": {
        "a change that the bus did not take": always("triggers.stream:Changes._not_done", "TAKEN"),
        "a failure that the stream goes on behind": returned(
            "triggers.stream:Changes.handle", "sequence", instead="{'batchItemFailures': []}"
        ),
        "a call that outlasts the invocation": never("triggers.stream:Changes.handle", "CALL_TIME"),
        "events that are put there once": constant("aws.bus:PAUSES", ()),
        "events that are put there again without need": always("aws.bus:Bus.put", ".kind", "NOT_NOW"),
        "an event given up that a person can help": always("aws.bus:_read", "_EVENT_TO_BLAME"),
        "more events than a call takes": constant("aws.bus:MOST", 100),
        "the recipient told to everybody": never("publishing:detail", "with_recipient"),
        "the recipient told as the sender": never("publishing:_entry", "is_named_in"),
        "Messente's words for an error": called("publishing:detail", "_in_terms", instead="list"),
        "Messente's words for anything": returned("payload.decode:has_form", "form", instead="isinstance(value, str)"),
        "a channel that is any words": never("publishing:detail", "fullmatch"),
        "nothing of the state before": returned("publishing:detail", "_before", instead="it | {'previous': {}}"),
    },
    "tests/unit/sending/test_changes.py::test_an_event_that_the_bus_will_never_take_holds_nothing_up": {
        "an event that holds up all others": never("aws.bus:_read", "_EVENT_TO_BLAME"),
    },
    "tests/unit/sending/test_changes.py::test_large_events_share_a_call_as_far_as_it_takes_them": {
        "a call that is too large": never("aws.bus:_calls", "LARGEST"),
    },
    "tests/unit/sending/test_changes.py::test_the_largest_record_fits": {
        "an event that is too large": always("publishing:written", "limit"),
    },
    "tests/unit/sending/test_crash.py": {
        "a dead claim sent again": returned("records.table:_is_free", instead="it | Attr('state').eq(State.CLAIMED)"),
        "a lease that never ends": always("records.table:Table.end_claim", "lease_until"),
    },
    "tests/unit/sending/test_crash.py::test_a_claim_that_was_written_but_reported_as_failed_is_released": {
        "a claim that is not released": without("sending.send:Sender._take", "record_not_sent"),
    },
    "tests/unit/sending/test_crash.py::test_the_claims_answer_is_lost_and_the_sdk_repeats_it": {
        "not finding our own claim": always("sending.send:Sender._take", "owner"),
    },
    "tests/unit/sending/test_credentials.py": {
        "no second try after a refused password": never("sending.send:Sender._post", "UNAUTHORIZED"),
        "a password read without a pause": never("messente.credentials:SecretCache._refresh", "_paused_until"),
        "pauses that do not grow": without("messente.credentials:SecretCache._refresh", "_pause", "LONGEST_PAUSE"),
        "pauses that never shrink again": without("messente.credentials:SecretCache._refresh", "_pause", "PAUSE"),
    },
    "tests/unit/sending/test_dry_run.py": {
        "a dry run by HTTP that sends": answered(
            "triggers.http_api:HttpApi._post", "read_dry_run", instead="it and False"
        ),
        "a dry run by invocation that sends": answered(
            "triggers.direct:Invocations._send", "without_dry_run", instead="(it[0], False)"
        ),
        "a dry run that sends as well": returned(
            "triggers.direct:Invocations._send",
            "forecast",
            instead=(
                "(it, self.sender.send(Attempt(request_id,"
                " self.parse({'to': '+372555123', 'text': 'a'}), remaining)))[0]"
            ),
        ),
        "a dry run by nearly its name that sends": never("triggers.http_api:read_dry_run", "startswith"),
        "a dry run by nearly true that sends": returned(
            "triggers.http_api:read_dry_run", "DRY_RUN_VALUES", instead="query.get(DRY_RUN) == 'true'"
        ),
        "a dry run of a batch that sends": never("triggers.direct:Invocations.handle", "dry_run"),
        "a dry run in the queue that sends": never("triggers.envelopes:_inside", "dry_run"),
        "a dry run that knows no deadline": never("sending.dry_run:_forecast", "is_over"),
        "a dry run that knows no refusal": never("sending.dry_run:_forecast", "look_up"),
        "a dry run that knows no conflict": never("sending.dry_run:_forecast", "payload_hash"),
    },
    "tests/unit/sending/test_indexes.py": {
        "a time to look that moves when a message is sent": answered(
            "records.table:Table.record_sent", "_change", instead="it.set(due='2999-01-01T00:00:00.000Z')"
        ),
        "a claim of the queue that is paid for twice": never("records.table:Table.claim", "delivered_again"),
        "a lost answer that no listing shows": without_argument(
            "records.table:Table._unknown", "set_if_absent", "BY_UNKNOWN"
        ),
        "a sent message listed as unknown": without_argument("records.table:Table.record_sent", "remove", "BY_UNKNOWN"),
        "a sent message among the claims": without_argument("records.table:Table.record_sent", "remove", "BY_LEASE"),
        "a refused message among the claims": without_argument(
            "records.table:Table.record_not_sent", "remove", "BY_LEASE"
        ),
        "a lost answer among the claims": without_argument("records.table:Table._unknown", "remove", "BY_LEASE"),
        "a refused message that stays open": without_argument(
            "records.table:Table.record_not_sent", "remove", "BY_DUE"
        ),
        "a settled record that stays open": always("tracking.track:summed_up", "PENDING", "CANCELLED"),
        "a settled record left in the index": without_argument("records.record:Record.settled", "replace", "BY_DUE"),
        "a message sent again, and listed as unknown": without_argument(
            "records.table:Table.claim", "remove", "BY_UNKNOWN"
        ),
        "no order among what is unknown since the same time": called(
            "records.indexes:Indexes._in_order", "sorted", instead="list"
        ),
    },
    "tests/unit/sending/test_opt_outs.py": {
        "no look at the list after a pause": without("sending.send:Sender._post_at_its_pace", "listing"),
        "a look that holds for ever": never("sending.send:Sender._is_opted_out", "LOOK_HOLDS"),
        "no look at the list before the POST": never("sending.send:Sender._post_once", "_is_opted_out"),
        "an opt-out after the claim that nobody counts": without("sending.send:Sender._post_once", "OPT_OUT_BLOCKED"),
        "no look at the list": never("sending.send:Sender._take_through", "_is_opted_out"),
        "a list that cannot be read taken for empty": returned(
            "inbound.opt_outs:look_up", "failure", instead="Listing()"
        ),
        "codes held back by the list": never("inbound.opt_outs:Listing.stops", "ignore_opt_out"),
        "an unknown message that waits for its resend": argument(
            "sending.send:Sender._end_unsent", "_answer_from", "resend", instead="True"
        ),
        "a batch of which a part is looked up": always("records.table:read_batch", "keys"),
        "a number in two forms taken for two recipients": constant("phone:_SHORTER", ()),
        "start words that fill the item": constant("inbound.opt_outs:MOST_STARTS", 1000),
    },
    "tests/unit/sending/test_outcome.py": {
        "a body without limit": never("messente.api:_read", "BODY_LIMIT", "len"),
        "a POST without a timeout": argument(
            "messente.api:Messente._exchange", "urlopen", "timeout", instead="urllib3.Timeout(connect=None, read=None)"
        ),
        "redirects followed": together(
            argument("messente.connections:Connections.urlopen", "urlopen", "retries", instead=REDIRECTS),
            argument("messente.connections:Connections.urlopen", "urlopen", "redirect", instead="True"),
        ),
        "retries left to urllib3": argument(
            "messente.connections:Connections.urlopen", "urlopen", "retries", instead=RETRIES
        ),
        "a failed look-up that is waited for": without("messente.connections:_look_up", "set_exception"),
        "a lost answer taken for not sent": returned(
            "messente.answers:_kind_of", "EXCEPTIONS", instead="AnswerKind.NOT_ACCEPTED"
        ),
        "a server error taken for not sent": assigned(
            "messente.answers:understand", "CLASSES", instead="AnswerKind.NOT_ACCEPTED if status >= 500 else it"
        ),
    },
    "tests/unit/sending/test_pacing.py": {
        "a ttl that no caller could give": returned("sending.outgoing:_ttl", "min", instead="{'ttl': seconds}"),
        "no deadline for a repeat": never("sending.send:Sender._post_once", "is_over"),
        "a deadline that Messente does not know": assigned(
            "sending.outgoing:outgoing", "_seconds_left", instead="None"
        ),
        "an acceptance without a trace": never("sending.send:Sender._record", "SENT"),
        "no patience with a rate limit": always("sending.pacing:pause", "THROTTLED"),
        "patience with a lost answer": never("sending.pacing:pause", "THROTTLED"),
        "patience without end": never("sending.send:Sender._post_at_its_pace", "_has_time"),
        "a batch held up by a Retry-After": never("sending.pacing:pause", "FIRST_RECEIVES"),
        "a refused message put off for long": never("sending.pacing:queue_delay", "FIRST_RECEIVES"),
        "a Retry-After that is not waited for": argument("sending.pacing:pause", "max", "retry_after", instead="0"),
    },
    "tests/unit/sending/test_record.py": {
        "an id that is no key": constant("messente.answers:LONGEST_ID", 10**6),
        "ids that differ in what is cut off": returned("messente.answers:read_id", "sha256", instead="value[:100]"),
        "more messages than an expression takes": constant("messente.answers:MOST_MESSAGES", 1000),
        "texts that no item holds": constant("messente.answers:LONGEST_TEXT", 10**6),
        "another recipient's answer": never("messente.answers:_accepted", "is_same_number"),
        "tags that are sent": assigned("payload.omnimessage:STEERING", "Omnimessage", instead="it - {'tags'}"),
        "tags of the payload before": argument("records.table:Table._taken", "remove", "tags", instead="'nothing'"),
        "tags that nobody sees": without_argument("sending.send:_as_told", "Record", "tags"),
    },
    "tests/unit/sending/test_resolve.py": {
        "an acceptance that a person's word keeps out": assigned(
            "records.table:Table.record_sent", "cancelled_ids", instead="~Attr('state').eq('cancelled')"
        ),
        "an attempt that comes up while the others are cancelled": never(
            "sending.cancel:Canceller._record", "omnimessages"
        ),
        "a cancelled message whose delivery is pending": assigned(
            "tracking.track:summed_up", "DELETED", instead="False"
        ),
        "a message of somebody else cancelled by a slip": answered(
            "sending.cancel:Canceller._delete_said", "may_be_to", instead="True"
        ),
        "a message freed while its owner may send": never(
            "sending.resolve:Resolver._obstacle", "lease_until", "CLOCK_TOLERANCE"
        ),
        "a person whom anybody names": never("triggers.http:Request.caller", "apiId"),
        "a person's word over what is known": never("sending.resolve:Resolver._obstacle", "UNKNOWN"),
        "an owner's moment too early": constant("sending.pacing:CLOCK_TOLERANCE", 0.0),
        "our own word taken for another's": never("sending.resolve:Resolver.resolve", "resolved_at"),
        "a word that no report outdates": assigned(
            "tracking.track:apply", "cancelled_ids", instead="record.state is State.CANCELLED"
        ),
        "a report rejected after a person's word": always("tracking.track:_match", "closed"),
        "a word that the next attempt takes back": without_argument(
            "sending.resolve:Resolver._resolved", "replace", "closed"
        ),
        "a word on another attempt": never("sending.resolve:Resolver._obstacle", "record", "unknown_since"),
        "a word on no attempt": assigned(
            "triggers.http_api:_problems", "NOT_SENT", "unknown_since", instead="'unknown_since' in given"
        ),
        "an id freed while its report may be on its way": returned(
            "sending.resolve:Resolver._obstacle", "REPORT_TIME", instead="None"
        ),
        "a made-up omnimessage believed": never("sending.resolve:Resolver._doubt", "NO_SUCH_MESSAGE"),
        "an omnimessage of another recipient believed": returned(
            "sending.resolve:Resolver._doubt", "may_be_to", instead="None"
        ),
        "a typed omnimessage that outlives the true one": assigned(
            "tracking.track:apply", "without_said_id", instead="record"
        ),
        "a stranger's report believed": assigned("tracking.track:_match", "said_id", instead="record.omnimessages"),
        "a typed omnimessage that keeps its owner's report out": always("tracking.track:Tracker._lets_go", "said_id"),
        "an old word beside a new attempt": without_argument("records.table:Table.claim", "remove", "NO_WORD"),
        "an old word beside an acceptance": without_argument("records.table:Table.record_sent", "remove", "NO_WORD"),
        "an old word beside a report": assigned(
            "tracking.track:_OUTDATED", "NO_WORD", instead="BY_LEASE.no_entry | BY_UNKNOWN.no_entry | {'errors': None}"
        ),
        "resends that a word does not end": without_argument(
            "sending.resolve:Resolver._resolved", "replace", "resends"
        ),
    },
    "tests/unit/sending/test_prefixes.py": {
        "a number outside of AllowedPrefixes": never("payload.submission:_check", "deny"),
        "a denied range behind a 0": argument("phone:Prefixes.deny", "_decide", "key_of", instead="''"),
    },
    "tests/unit/sending/test_send.py": {
        "no deadline": never("sending.send:Sender._take_through", "is_over"),
        "a rejected id that stays taken": assigned(
            "records.table:FREE", "REJECTED", instead="[State.RETRYABLE, State.EXPIRED]"
        ),
        "a lost answer sent again": returned("records.table:_is_free", instead="it | Attr('state').eq(State.UNKNOWN)"),
        "no look at the payload's hash": never("sending.send:Sender._answer_from", "payload_hash"),
        "a lease that ends at once": never("records.table:Table.end_claim", "lease_until"),
        "a lease without its margin": constant("sending.pacing:LEASE_MARGIN", 0.0),
        "no look at the time left": never("sending.send:Sender._take_through", "CLAIM_TIME"),
        "no limit to resends": always("sending.outcome:may_resend", "MAX_RESENDS"),
        "a POST without time to end": never("sending.send:Sender._post_once", "_has_time"),
        "an ambiguity forgotten": never("records.table:Table.record_not_sent", "ambiguous"),
    },
    "tests/unit/sending/test_table.py": {
        "a claim whatever is there": returned(
            "records.table:_is_free", instead="Attr('id').exists() | Attr('id').not_exists()"
        ),
        "a reclaim whatever the state": ignoring("records.table:Table.claim", "state"),
        "a reclaim whoever was the owner": assigned(
            "records.table:Table.claim", "UNKNOWN", instead="Attr('state').eq(State.UNKNOWN)"
        ),
        "a claim that is written late": assigned("records.table:Table.claim", "_is_free", instead="_is_free()"),
        "a recorded claim called unknown": ignoring("records.table:Table.end_claim", "state"),
        "another's claim called unknown": ignoring("records.table:Table.end_claim", "owner"),
        "a record that has gone taken for an answer": assigned(
            "sending.outcome:Outcome.stored",
            "_KIND_OF",
            "NOT_SENT",
            instead="_KIND_OF[record.state] if record else OutcomeKind.SENT",
        ),
        "recording without being the owner": ignoring("records.table:_is_ours", "owner"),
        "recording over what is sent": ignoring("records.table:_is_ours", "state"),
        "an acceptance without a record": ignoring("records.table:Table.record_sent", "id"),
        "a record put back where it stood before": argument(
            "records.table:Table.put_off", "update_item", "position", instead="Attr('id').exists()"
        ),
        "a cancellation of what is not there any more": returned(
            "sending.cancel:Canceller._record", "_cancel", instead="(Obstacle.NOT_YET, record)"
        ),
    },
    "tests/unit/sending/test_unrecorded.py": {
        "an outcome that is not recorded taken for done": never("triggers.sqs:Sqs._is_done", "recorded"),
        "a caller who is not told that nothing was recorded": argument(
            "sending.outcome:Outcome.posted", "cls", "_UNRECORDED", instead="errors_of(answer)"
        ),
        "a dead claim that is shown": called("triggers.http_api:HttpApi._get", "current", instead="self.table.get"),
        "a dead claim that cannot be cancelled": called(
            "sending.cancel:Canceller.cancel", "current", instead="self.table.get"
        ),
        "a dead claim that cannot be resolved": called(
            "sending.resolve:Resolver.resolve", "current", instead="self.table.get"
        ),
    },
    "tests/unit/test_telemetry.py": {
        "a line with more values than CloudWatch takes": constant("telemetry:MOST_VALUES", 1000),
    },
    "tests/unit/tracking/test_attempts.py": {
        "a healed record listed as unknown": assigned(
            "tracking.track:_OUTDATED", "BY_UNKNOWN", instead="{**BY_LEASE.no_entry, 'errors': None}"
        ),
        "a healed record among the claims": assigned(
            "tracking.track:_OUTDATED", "BY_LEASE", instead="{**BY_UNKNOWN.no_entry, 'errors': None}"
        ),
        "a mark taken for a record": always("records.indexes:Indexes.with_omnimessage_id", "is_message_id"),
    },
    "tests/unit/tracking/test_callback.py": {
        "any signature": always("messente.signature:_signed", "compare_digest"),
        "the password before refused": without("messente.signature:Signatures._both", "_previous", "get"),
        "a signature refused unread": without("messente.signature:Signatures._candidates", "_previous", "check"),
        "a newer key refused unread": without("messente.signature:Signatures._candidates", "_current", "check"),
        "no second look at the password": never("messente.signature:Signatures._candidates", "replace"),
        "no second look at the password before": without("messente.signature:Signatures._both", "outdate"),
        "guesses that put the next look off": also_where(
            "messente.credentials:SecretCache._refresh",
            "_paused_until",
            do="self._paused_until = self._clock() + PAUSE",
        ),
        "another record's omnimessage": never("tracking.track:Tracker._check_owner", "id"),
        "a lost report answered with 200": argument("triggers.http:Callback.handle", "reject", 503, instead="200"),
        "a body of any size": never("triggers.http:Callback._check", "LARGEST"),
    },
    "tests/unit/tracking/test_orders.py": {
        "a save over what came between": ignoring("records.table:Table.save", "revision"),
        "a report that gives up at once": constant("tracking.track:_TRIES", 1),
    },
    "tests/unit/tracking/test_reconcile.py": {
        "a claim that the reconciler never looks at": without_argument("records.table:Table.claim", "set", "BY_DUE"),
        "a claim of the API that nobody finds dead": always("records.table:Table.claim", "delivered_again"),
        "a claim called unknown that no listing shows": without_argument(
            "records.table:Table.end_claim", "set", "BY_UNKNOWN"
        ),
        "a dead claim among the claims": without_argument("records.table:Table.end_claim", "remove", "BY_LEASE"),
        "scheduled messages asked for at once": argument("records.table:Table.later", "max", "since", instead="0"),
        "a healed record that nobody looks after": never("tracking.track:Tracker.save", "due_shard"),
        "a live claim called unknown": never("records.table:Table.end_claim", "lease_until"),
        "asking before the time has come": returned(
            "tracking.reconcile:Reconciler._is_due", "due", instead="record.due is not None"
        ),
        "one attempt asked for in place of all": assigned(
            "tracking.reconcile:Reconciler._ask", "omnimessages", instead="[str(record.omnimessage_id)]"
        ),
        "asking without end": constant("tracking.reconcile:MOST_REQUESTS", 1000),
        "intervals that do not grow": argument("tracking.reconcile:Reconciler._ask", "later", "times", instead="1"),
        "requests without bound": argument(
            "functions.wiring:reconciler", "Reconciler", "reconcile_requests", instead="10**6"
        ),
        "asking on without an answer": assigned(
            "tracking.reconcile:Reconciler._ask_for",
            "MOST_SILENCES",
            instead="run.remaining() >= self.messente.longest",
        ),
        "an answer called none": assigned(
            "tracking.reconcile:Reconciler._answered", "status", "no answer", instead="'no answer'"
        ),
        "a run without end": assigned(
            "tracking.reconcile:Reconciler._ask_for", "longest", instead="run.silences < MOST_SILENCES"
        ),
        "no order among what is due": called("records.indexes:Indexes._first", "merge", instead="itertools.chain"),
    },
    "tests/unit/tracking/test_reconcile.py::test_an_index_that_is_away_costs_its_own_gauge": {
        "an index that is away and nobody hears of it": without(
            "tracking.reconcile:Reconciler._tell_what_is_unknown", "failures"
        ),
    },
    "tests/unit/tracking/test_reconcile.py::test_how_long_the_oldest_unknown_message_waits_is_told": {
        "an unknown message that nobody hears of": without(
            "tracking.reconcile:Reconciler._tell_what_is_unknown", "observe"
        ),
    },
    "tests/unit/tracking/test_report.py": {
        "no second omnimessage under resend": always("tracking.track:_match", "resends"),
    },
    "tests/unit/tracking/test_track.py": {
        "a report of another recipient": never("tracking.track:_match", ".to"),
        "a report of another omnimessage": never("tracking.track:_match", ".omnimessage_id"),
        "a message that falls back": never("tracking.track:_moved", "_place"),
        "a rank that does not matter": returned("tracking.track:_place", "rank", instead="(0, it[1])"),
        "arrival decides among new statuses": returned("tracking.track:_place", "rank", instead="(it[0], '')"),
        "a failure's error on a delivery": returned("tracking.track:_moved", "details", instead="{**message, **it}"),
        "a report that leaves the record unknown": without_argument("tracking.track:apply", "replace", "state"),
        "a delivery counted at each report": always("tracking.track:_count_moves", "before", "_ARRIVED"),
        "a price counted at each report": assigned("tracking.track:_count_moves", "before", "messages", instead="0"),
        "a price that a later report takes away": never("tracking.track:_moved", "price_info"),
        "a price that is no number": always("tracking.track:_price", "_HIGHEST_PRICE"),
    },
    "tests/unit/triggers/test_gateway_limit.py": {
        "a cancellation that outlasts the gateway": always("messente.api:Messente._ask_once", "remaining"),
    },
    "tests/unit/triggers/test_http.py": {
        "a parameter that is ignored": never("triggers.http_api:check_query", "startswith"),
        "a cancellation with a parameter": without("triggers.http_api:HttpApi._route", "check_query"),
        "a signature that is no parameter": constant("triggers.http_api:_SIGNATURE", "\0"),
    },
    "tests/unit/triggers/test_other_events.py": {
        "a schedule that holds a message taken for empty": always("triggers.http:warm_up", "{}"),
    },
    "tests/unit/triggers/test_refusals.py": {
        "a redrive that overtakes everybody": assigned("aws.queues:Queues.dead_letter", "MessageGroupId", instead="{}"),
        "a dead letter of escapes": without_argument("triggers.direct:Invocations._reject", "dumps", "ensure_ascii"),
        "a dead letter with more errors than fit": always("aws.queues:DeadLetter.attributes", "room"),
        "a dead letter with what SQS does not take": called("aws.queues:Queues.dead_letter", "escaped", instead="str"),
    },
}

MUTATIONS = {name: Mutation(change, by) for by, changes in NOTICED_BY.items() for name, change in changes.items()}
