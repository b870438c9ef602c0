"""The checks of `rcs doctor`: each looks at one thing, sends no message and changes nothing, and says what mends it."""

import json
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from itertools import islice

from messente_rcs import __version__
from messente_rcs.errors import Unavailable
from messente_rcs.messente.api import Messente, Response
from messente_rcs.messente.credentials import SecretCache, credentials, inbound_keys, secret_reader
from rcs_cli.letters import DeadLetters, Of, queue_of
from rcs_cli.site import Finding, Site, fail, made_again, ok, warn
from rcs_cli.stack import Stack

_URL = "https://api.messente.com/v1"  # the default of MessenteUrl
_TIMES = 5.0, 10.0  # seconds to connect to Messente, and to wait for its answer
_SOMEBODY = "+37255500000"  # to whom nothing is sent
_SET_SECRET, _ADD_INBOUND_SECRET = "rcs secret set", "rcs secret set --inbound-secret"
_UNKNOWN = 50  # unknown messages that are counted
_DAY = 86_400
_WORKS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})


# --- What sends ------------------------------------------------------------------------------------------------------


def _read_secret(stack: Stack, stage: str = "AWSCURRENT") -> Callable[[], str]:
    """Make the function that reads the secret; it raises Unavailable."""
    return secret_reader(stack.client("secretsmanager"), stack.output("SecretArn"), stage)


def _secret(site: Site) -> Iterator[Finding]:
    try:
        credentials(_read_secret(site.stack)())
    except Unavailable as why:
        next_ = _SET_SECRET
        if "InvalidRequestException" in str(why):  # it is to be deleted
            next_ = site.stack.aws("secretsmanager restore-secret", secret_id=site.stack.output("SecretArn"))
        yield fail(str(why), next_)
    yield ok("has a username and a password")


def _messente(site: Site) -> Iterator[Finding]:
    """Ask for the status of a message that does not exist, with the password of the stack and with a made-up one."""
    stack, mend = site.stack, site.stack.deploy(MessenteUrl=_URL)
    message_id = str(uuid.uuid4())
    try:
        answer = _ask(site, message_id, _read_secret(stack))
    except Unavailable:
        yield fail("was not asked, as there is no password", _SET_SECRET)
        return
    match answer.status:
        case 404 if _is_messentes(answer):
            # A path that Messente does not have may be answered in the same way: only this question has both answers.
            nobody = json.dumps({"username": "rcs-doctor", "password": message_id})
            if _ask(site, message_id, lambda: nobody).status not in (401, 403):
                yield fail("does not have the path of MessenteUrl: a wrong password is answered with 404 too", mend)
        case 401:
            yield fail("refuses the password (401)", _SET_SECRET)
        case 403:
            allow = "If the function sends, nothing; else allow its address in the IP list of the API key."
            yield warn("refuses the address of this machine (403)", allow)
        case None:
            yield fail("gave no answer to this machine", mend)
        case 429 | 500 | 502 | 503 | 504 as status:
            yield warn(f"answered {status}", "Wait a minute and run rcs doctor again; if it stays, ask Messente.")
        case status:
            yield fail(f"answered {status}, as only something else than Messente's API does", mend)
    yield from site.ringing("MisconfiguredAlarm", "does not know the requests of the function", mend)
    allow = "Allow the address of the function in the IP list of the API key, at Messente."
    yield from site.ringing("UnauthorizedAlarm", "rejected the address or the password of the function", allow)
    yield ok("reachable from this machine, and knows the password")


def _ask(site: Site, message_id: str, read: Callable[[], str]) -> Response:
    url = site.stack.parameter("MessenteUrl")
    return Messente(site.http, url, _TIMES, SecretCache(read, credentials, site.clock)).status(message_id)


def _is_messentes(answer: Response) -> bool:
    match answer.body.get("errors"):
        case [{"code": _}, *_]:
            return True
    return False


def _function(site: Site) -> Iterator[Finding]:
    yield from site.runs("SendFunction")
    yield from site.ringing("UnrecordedAlarm", "outcomes could not be written to the table", "rcs unknown")
    yield ok("SendFunction runs")


def _queue(site: Site) -> Iterator[Finding]:
    stack = site.stack
    most = stack.parameter("MaximumConcurrency")
    yield from site.takes("SendFunction", "SendFunctionQueued")
    ages = site.alarms.values("OldestMessageAlarm")
    waiting = DeadLetters(stack.client("sqs"), stack.output("QueueUrl")).count()
    told = f"{waiting} wait or are being sent" + (f", the oldest for {ages[0]:.0f} s" if ages else "")
    if ages and ages[0] > site.alarms.there["OldestMessageAlarm"]["Threshold"]:
        yield fail(told, stack.deploy(MaximumConcurrency=min(1000, 2 * int(most))))
    yield ok(told)


def _dead_letters(site: Site) -> Iterator[Finding]:
    if number := queue_of(site.stack, Of.MESSAGES).count():
        yield warn(f"{number}", "rcs dead-letters")
    yield ok("none")


def _table(site: Site) -> Iterator[Finding]:
    """Look at the table of messages, and let the function read it, in a dry run."""
    name = site.stack.output("TableName")
    yield from _state(site, name)
    if not _can_read(site, ignore_opt_out=True):
        grant = _grant(site, name, "dynamodb:GetItem", "dynamodb:UpdateItem")
        yield fail("SendFunction cannot read the table, so nothing is sent", grant)
    show = site.log("SendLogGroup", "record unreadable")
    yield from site.ringing("UnreadableAlarm", "items cannot be read as records", show)
    yield ok("SendFunction can read it")


def _opt_outs(site: Site) -> Iterator[Finding]:
    """Look at the list of opt-outs, and let the function read it, in a dry run."""
    if site.stack.parameter("OptOuts") != "Enabled":
        yield ok("are not looked at, as OptOuts says")
        return
    name = site.stack.output("OptOutTableName")
    yield from _state(site, name)
    if not _can_read(site) and _can_read(site, ignore_opt_out=True):
        grant = _grant(site, name, "dynamodb:BatchGetItem")
        yield fail("SendFunction cannot read the list, so nothing is sent", grant)
    yield ok("SendFunction can read the list")


def _can_read(site: Site, **fields: bool) -> bool:
    payload = {"to": _SOMEBODY, "text": "rcs doctor", "idempotency_key": f"rcs-doctor-{uuid.uuid4()}", **fields}
    return site.stack.api.send(payload, dry_run=True).json.get("outcome") != "not_sent"


def _state(site: Site, name: str) -> Iterator[Finding]:
    """Find a table that is gone, or whose key of KMS cannot be used."""
    described = site.described("dynamodb", "describe_table", TableName=name)
    if described is None:
        backups = site.stack.aws("dynamodb list-backups", table_name=name, backup_type="SYSTEM")
        yield fail(f"the table {name} is gone", backups)
    elif described["Table"]["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS":
        key = described["Table"]["SSEDescription"]["KMSMasterKeyArn"]
        yield fail("the key of KMS cannot be used", site.stack.aws("kms enable-key", key_id=key))


def _grant(site: Site, table_name: str, *actions: str) -> str:
    """Write the command that gives the function what its role had."""
    arn = site.stack.client("dynamodb").describe_table(TableName=table_name)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": arn}
    return site.stack.aws(
        "iam put-role-policy",
        role_name=site.stack.resource("SendRole"),
        policy_name="rcs-doctor",
        policy_document={"Version": "2012-10-17", "Statement": [statement]},
    )


# --- What tracks -----------------------------------------------------------------------------------------------------


def _status(site: Site) -> Iterator[Finding]:
    now = site.stack.status
    events = site.stack.aws("cloudformation describe-stack-events", stack_name=site.stack.name)
    if now in _WORKS:
        yield check_version(site.stack)
        yield ok(f"{now}, version {site.stack.version}")
    elif now == "UPDATE_ROLLBACK_COMPLETE":
        yield warn(f"{now}: the last deployment failed, and the one before runs", events)
    elif now.endswith("_IN_PROGRESS"):
        wait = site.stack.aws("cloudformation wait stack-update-complete", stack_name=site.stack.name)
        yield warn(now, wait)
    else:
        yield fail(now, events)


def check_version(stack: Stack) -> Finding:
    """Compare the version of the stack with that of this program."""
    if stack.version == __version__:
        return ok(f"version {stack.version}")
    theirs = stack.version or "1.0.0 or older"
    return warn(f"version {theirs}, but this is rcs {__version__}", "Use the rcs of the stack's version.")


def _callback(site: Site) -> Iterator[Finding]:
    """Make an unsigned report, which must come to our function and be rejected there; look at the alarms of reports."""
    stack = site.stack
    yield from site.runs("ReportFunction")
    answer = stack.account.request("POST", f"{stack.output('CallbackUrl')}/rcs-doctor", b"{}")
    match answer.status, bool(answer.errors):
        case 401, True:
            pass
        case 503, True:
            yield fail("reachable, but the function cannot read its secret (503)", _SET_SECRET)
        case other, _:
            direct = stack.deploy(CallbackBaseUrl="")
            yield fail(f"an unsigned report was answered with {other}, not by the function", direct)
    yield from _not_kept(site, "Report")
    errors = site.log("CallbackLogGroup", pattern='{ $.status = "5*" }')
    yield from site.ringing("CallbackErrorsAlarm", "Messente got errors as answers", errors)
    yield from site.ringing(
        "ReportRefusedAlarm", "reports were rejected", site.log("ReportLogGroup", "report rejected")
    )
    if stack.parameter("CallbackBaseUrl") == "none":
        yield warn(
            "reachable, but messages carry no URL for reports",
            f"Enter {stack.output('CallbackUrl')} as the default webhook at Messente.",
        )
    yield ok("reachable, and refuses what is not signed")


def _apis(site: Site) -> Iterator[Finding]:
    """Look at what the callers of both APIs were answered: the API with more 4xx is the one to look at."""
    calls, callbacks = (site.alarms.counted("4xx", api) for api in ("Api", "CallbackApi"))
    name = "Api" if calls > callbacks else "Callback"
    limit = f"{name}RequestsPerSecond"
    raised = site.stack.deploy(**{limit: min(5000, 2 * int(site.stack.parameter(limit)))})
    yield from site.ringing("TooManyRequestsAlarm", "requests were turned away with 429", raised)
    rejected = site.log(f"{name}LogGroup", pattern='{ $.status = "4*" }')
    yield from site.ringing("ClientErrorsAlarm", "many requests were rejected with 4xx", rejected)
    errors = site.log("ApiLogGroup", pattern='{ $.status = "5*" }')
    yield from site.ringing("ApiErrorsAlarm", "many requests to the HTTP API were answered with 5xx", errors)
    yield ok("few requests were answered with errors, and none with 429")


def _deliveries(site: Site) -> Iterator[Finding]:
    failed = site.log("ReportLogGroup", pattern='{ $.message = "delivery" && $.failed = 1 }')
    yield from site.ringing("DeliveryFailuresAlarm", "many messages failed or expired, in percent", failed)
    priced = site.log("ReportLogGroup", pattern='{ $.message = "delivery" && $.price > 0 }')
    yield from site.ringing("SpendAlarm", "the messages cost more than DailySpendLimit", priced)
    yield ok("few messages failed, and the price is within the limit, if there is one")


def _not_kept(site: Site, name: str) -> Iterator[Finding]:
    log = site.log(f"{name}LogGroup", f"{name.lower()} not kept")
    yield from site.counted(f"{name}NotKept", "what Messente sent was not kept", log)


def _alarms(site: Site) -> Iterator[Finding]:
    """Look at all alarms: whether they would tell somebody, and whether they ring."""
    yield from _topic(site)
    there = site.alarms.there
    ringing = sorted(name for name, each in there.items() if each["StateValue"] == "ALARM")
    disabled = sorted(each["AlarmName"] for each in there.values() if not each.get("ActionsEnabled", True))
    mute = [each for each in there.values() if not each.get("AlarmActions")]
    told = f"{len(mute)} of {len(there)} have no notification target" if mute else ""
    if ringing:
        also = f"; {told}" if told else ""
        _, _, next_ = there[ringing[0]].get("AlarmDescription", "").rpartition("Next: ")
        yield fail(f"{', '.join(ringing)} in ALARM{also}", next_)
    if site.alarms.missing:
        drift = site.stack.aws("cloudformation detect-stack-drift", stack_name=site.stack.name)
        yield warn(f"{', '.join(site.alarms.missing)}: deleted", drift)
    if disabled:
        enable = site.stack.aws("cloudwatch enable-alarm-actions", alarm_names=disabled)
        yield warn(f"the actions of {len(disabled)} of {len(there)} are disabled", enable)
    if mute:
        yield warn(told, site.stack.deploy(AlarmTopicArn="ARN"))
    yield ok(f"{len(there)}, and none is in ALARM")


def _topic(site: Site) -> Iterator[Finding]:
    """Find a topic that CloudWatch cannot publish to: it may not use the key that AWS manages for SNS."""
    if not (arn := site.stack.parameter("AlarmTopicArn")):
        return
    attributes = site.stack.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    if attributes.get("KmsMasterKeyId", "").endswith("alias/aws/sns"):
        decrypt = site.stack.aws(
            "sns set-topic-attributes", topic_arn=arn, attribute_name="KmsMasterKeyId", attribute_value=""
        )
        yield fail("the topic cannot receive alarms, as it is encrypted with alias/aws/sns", decrypt)


def _unknown(site: Site) -> Iterator[Finding]:
    if found := list(islice(site.stack.api.unknown(), _UNKNOWN)):
        number = f"{len(found)} or more" if len(found) == _UNKNOWN else str(len(found))
        yield warn(f"{number}, the oldest since {found[0].get('unknown_since', '?')}", "rcs unknown")
    yield ok("none")


def _reconciliation(site: Site) -> Iterator[Finding]:
    stack = site.stack
    yield from _schedule(site)
    yield from site.runs("ReconcileFunction")
    run = stack.aws("lambda invoke", function_name=stack.resource("ReconcileFunction")) + " answer.json"
    more = stack.deploy(ReconcileRequestsPerRun=min(500, 2 * int(stack.parameter("ReconcileRequestsPerRun"))))
    yield from site.ringing("ReconcileStoppedAlarm", "did not run", run)
    # A claim whose sender died needs another run, and no request to Messente.
    claims = site.alarms.counted("OverdueClaims", seconds=2 * int(stack.parameter("ReconcileStoppedAlarmSeconds")))
    yield from site.ringing("OverdueAlarm", "is more than an hour late", run if claims else more)
    yield ok("its schedule is enabled, and it runs")


def _schedule(site: Site) -> Iterator[Finding]:
    found = site.described("scheduler", "get_schedule", Name=site.stack.resource("Reconciliation"))
    if found is None:
        yield fail("its schedule is gone", made_again("Reconciliation"))
    elif found["State"] != "ENABLED":
        write = site.stack.aws(
            "scheduler update-schedule",
            name=site.stack.resource("Reconciliation"),
            state="ENABLED",
            schedule_expression=found["ScheduleExpression"],
            flexible_time_window={"Mode": "OFF"},
            target=found["Target"],
        )
        yield fail(f"its schedule is {found['State']}", write)


def _changes(site: Site) -> Iterator[Finding]:
    stack = site.stack
    if stack.parameter("PublishEvents") != "Enabled":
        yield ok("are not published, as PublishEvents says")
        return
    yield from site.takes("PublishFunction", "PublishFunctionChanged")
    yield from _bus(site)
    yield from site.runs("PublishFunction")
    not_published = site.log("PublishLogGroup", "not published")
    yield from site.ringing("ChangesDelayedAlarm", "changes wait for long, in milliseconds", not_published)
    if number := queue_of(stack, Of.CHANGES).count():
        yield fail(f"{number} were not published, and lie in ChangeDeadLetterQueue", "rcs replay changes")
    yield ok("all were published, or will be")


def _bus(site: Site) -> Iterator[Finding]:
    name = site.stack.parameter("EventBusName")
    if site.described("events", "describe_event_bus", Name=name) is None:
        yield fail(f"the bus {name} does not exist", site.stack.aws("events create-event-bus", name=name))


def _inbound(site: Site) -> Iterator[Finding]:
    stack = site.stack
    yield from site.runs("InboundFunction")
    yield from site.takes("InboundFunction", "InboundFunctionPutOff")
    number = yield from _shared_secrets(site)
    yield from _bus(site)
    yield from _not_kept(site, "Inbound")
    yield from site.ringing("InboundRefusedAlarm", "messages were rejected", _ADD_INBOUND_SECRET)
    put_off = site.log("InboundLogGroup", "inbound deferred to queue")
    yield from site.ringing("InboundWaitsAlarm", "messages wait for long", put_off)
    if dead := queue_of(stack, Of.INBOUND).count():
        yield fail(f"{dead} messages lie in InboundDeadLetterQueue", "rcs replay inbound")
    if waiting := DeadLetters(stack.client("sqs"), stack.resource("InboundQueue")).count():
        yield warn(f"{waiting} messages wait in InboundQueue", put_off)
    yield ok(f"{number} Shared Secrets" if number else "the secret has no inbound_secrets, and nothing was rejected")


def _shared_secrets(site: Site) -> Generator[Finding, None, int]:
    """Find a secret without the keys that it had or should have; return their number."""
    number = 0
    try:
        number = len(inbound_keys(_read_secret(site.stack)()))
    except Unavailable as why:
        yield fail(str(why), _ADD_INBOUND_SECRET)
    if not number:
        with suppress(Unavailable):  # no version before, or nothing that could be read
            if inbound_keys(_read_secret(site.stack, "AWSPREVIOUS")()):
                yield fail("the secret lost its inbound_secrets: every message is rejected", _ADD_INBOUND_SECRET)
        if refused := sum(site.alarms.values("InboundRefusedAlarm", _DAY)):
            told = f"{refused:.0f} messages were rejected within a day, as the secret has no inbound_secrets"
            yield fail(told, _ADD_INBOUND_SECRET)
    return number


type Check = Callable[[Site], Iterator[Finding]]

# What each check finds, and at its end that all is well.
CHECKS: dict[str, Check] = {
    "stack": _status,
    "secret": _secret,
    "messente": _messente,
    "sending": _function,
    "queue": _queue,
    "table": _table,
    "opt-outs": _opt_outs,
    "dead letters": _dead_letters,
    "unknown": _unknown,
    "callback": _callback,
    "apis": _apis,
    "deliveries": _deliveries,
    "reconciliation": _reconciliation,
    "changes": _changes,
    "inbound": _inbound,
    "alarms": _alarms,
}
