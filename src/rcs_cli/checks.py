"""The checks of `rcs doctor`: each looks at one thing, sends no message and changes nothing, and says what mends it."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice

from messente_rcs import __version__
from messente_rcs.errors import Unavailable
from messente_rcs.messente.api import Messente, Response
from messente_rcs.messente.credentials import SecretCache, credentials, inbound_keys, secret_reader
from messente_rcs.phone import Prefixes
from rcs_cli.api import refused
from rcs_cli.letters import DeadLetters, Of, queue_of
from rcs_cli.problems import explain
from rcs_cli.site import MADE_AGAIN, VERDICTS, Finding, Site, fail, ok, warn
from rcs_cli.stack import Stack

_URL = "https://api.messente.com/v1"  # the default of MessenteUrl
_TIMES = 5.0, 10.0  # seconds to connect to Messente, and to wait for its answer
_UNKNOWN = 50  # unknown messages that are counted

_SET_SECRET, _ADD_INBOUND_SECRET = "rcs secret set", "rcs secret set --inbound-secret"
_ALLOW = "Allow the address of the function in the IP list of the API key, at Messente."
_DEFERRED = '"inbound deferred to queue"'
_4XX, _5XX = '{ $.status = "4*" }', '{ $.status = "5*" }'
_FAILED, _PRICED = '{ $.message = "delivery" && $.failed = 1 }', '{ $.message = "delivery" && $.price > 0 }'


def check_version(stack: Stack) -> Finding:
    """Compare the version of the stack with that of this program."""
    if stack.version == __version__:
        return ok(f"version {stack.version}")
    theirs = stack.version or "1.0.0 or older"
    return warn(f"version {theirs}, but this is rcs {__version__}", "Use the rcs of the stack's version.")


def _status(site: Site) -> Iterator[Finding]:
    stack, now = site.stack, site.stack.status
    events = stack.aws("cloudformation describe-stack-events", stack_name=stack.name)
    match now:
        case "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE" | "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS":
            yield check_version(stack)
            yield ok(f"{now}, version {stack.version}")
        case "UPDATE_ROLLBACK_COMPLETE":
            yield warn(f"{now}: the last deployment failed, and the one before runs", events)
        case _ if now.endswith("_IN_PROGRESS") and now != "DELETE_IN_PROGRESS":
            yield warn(now, events)
        case _:
            yield fail(now, events)


# --- What sends ------------------------------------------------------------------------------------------------------


def _secret_in(stack: Stack, stage: str = "AWSCURRENT") -> Callable[[], str]:
    return secret_reader(stack.client("secretsmanager"), stack.output("SecretArn"), stage)


def _secret(site: Site) -> Iterator[Finding]:
    try:
        credentials(_secret_in(site.stack)())
    except Unavailable as why:
        restore = site.stack.aws("secretsmanager restore-secret", secret_id=site.stack.output("SecretArn"))
        yield fail(str(why), restore if "InvalidRequestException" in str(why) else _SET_SECRET)  # it is to be deleted


def _messente(site: Site) -> Iterator[Finding]:
    """Ask for the status of a message that does not exist, with the password of the stack and with a made-up one."""
    mend = site.stack.deploy(MessenteUrl=_URL)
    try:
        answer = _ask(site, _secret_in(site.stack))
    except Unavailable:
        yield fail("was not asked, as there is no password", _SET_SECRET)
        return
    match answer.status, answer.body:
        case 404, {"errors": [{"code": _}, *_]}:
            # A path that Messente does not have may be answered in the same way: only this question has both answers.
            nobody = json.dumps({"username": "rcs-doctor", "password": str(uuid.uuid4())})
            if _ask(site, lambda: nobody).status not in (401, 403):
                yield fail("does not have the path of MessenteUrl: a wrong password is answered with 404 too", mend)
        case 401, _:
            yield fail("refuses the password (401)", _SET_SECRET)
        case 403, _:
            allow = "If the function sends, nothing; else allow its address in the IP list of the API key."
            yield warn("refuses the address of this machine (403)", allow)
        case None, _:
            yield fail("gave no answer to this machine", mend)
        case 429 | 500 | 502 | 503 | 504 as status, _:
            yield warn(f"answered {status}", "Wait a minute and run rcs doctor again; if it stays, ask Messente.")
        case status, _:
            yield fail(f"answered {status}, as only something else than Messente's API does", mend)


def _ask(site: Site, read: Callable[[], str]) -> Response:
    url = site.stack.parameter("MessenteUrl")
    return Messente(site.http, url, _TIMES, SecretCache(read, credentials, site.clock)).status(str(uuid.uuid4()))


def _queue(site: Site) -> Iterator[Finding]:
    yield from site.takes("SendFunction", "SendFunctionQueued")
    url = site.stack.output("QueueUrl")
    about = ("AWS/SQS", "QueueName", url.rpartition("/")[2])
    ages = site.measured("ApproximateAgeOfOldestMessage", about, statistic="Maximum")
    oldest = f", the oldest of at most 3 receives for {ages[0]:.0f} s" if ages else ""
    yield ok(f"{DeadLetters(site.stack.client('sqs'), url).count()} wait or are being sent{oldest}")


def _table(site: Site) -> Iterator[Finding]:
    can_read = _can_read(site, ignore_opt_out=True)
    yield from _readable(site, "table", "TableName", "dynamodb:GetItem", "dynamodb:UpdateItem", can_read=can_read)


def _opt_outs(site: Site) -> Iterator[Finding]:
    if site.stack.parameter("OptOuts") != "Enabled":
        yield ok("are not looked at, as OptOuts says")
        return
    if not (is_known := _can_read(site, ignore_opt_out=True)):
        yield warn("not known while SendFunction cannot read the table", "Mend the table first.")
    can_read = not is_known or _can_read(site)
    yield from _readable(site, "list", "OptOutTableName", "dynamodb:BatchGetItem", can_read=can_read)


def _can_read(site: Site, **fields: bool) -> bool:
    """Let the function read its tables, in a dry run to a number that is made up and allowed."""
    given = site.stack.parameter("AllowedPrefixes")
    made_up = (f"{each}{digit * 7}" for each in (*given.split(","), "+37255", "+44") for digit in "5123467890")
    to = next((each for each in made_up if each[0] == "+" and not Prefixes(given).deny(each)), "+37255500000")
    payload = {"to": to, "text": "rcs doctor", "idempotency_key": f"rcs-doctor-{uuid.uuid4()}", **fields}
    answer = site.stack.api.send(payload, dry_run=True)
    if "outcome" not in answer.json:
        raise refused(answer)
    return bool(answer.json["outcome"] != "not_sent")


def _readable(site: Site, kind: str, output: str, *actions: str, can_read: bool) -> Iterator[Finding]:
    """Find a table that is gone, whose key of KMS cannot be used, or that the role of the function may not read."""
    stack, name = site.stack, site.stack.output(output)
    described = site.described("dynamodb", "describe_table", TableName=name)
    if described is None:
        backups = stack.aws("dynamodb list-backups --backup-type SYSTEM", table_name=name)
        yield fail(f"the table {name} is gone", backups)
        return
    table = described["Table"]
    if table["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS":
        key = table["SSEDescription"]["KMSMasterKeyArn"]
        yield fail("the key of KMS cannot be used", stack.aws("kms enable-key", key_id=key))
    if not can_read:
        statement = {"Effect": "Allow", "Action": actions, "Resource": table["TableArn"]}
        policy = {"policy_document": {"Version": "2012-10-17", "Statement": [statement]}}
        role = stack.resource("SendRole")
        grant = stack.aws("iam put-role-policy --policy-name rcs-doctor", role_name=role, **policy)
        yield fail(f"SendFunction cannot read the {kind}, so nothing is sent", grant)


def _dead_letters(site: Site) -> Iterator[Finding]:
    if number := queue_of(site.stack, Of.MESSAGES).count():
        yield warn(f"{number}", "rcs dead-letters")


def _unknown(site: Site) -> Iterator[Finding]:
    if found := list(islice(site.stack.api.unknown(), _UNKNOWN)):
        number = f"{len(found)} or more" if len(found) == _UNKNOWN else str(len(found))
        yield warn(f"{number}, the oldest since {found[0].get('unknown_since', '?')}", "rcs unknown")


# --- What tracks, and what recipients send ---------------------------------------------------------------------------


def _callback(site: Site) -> Iterator[Finding]:
    """Make an unsigned report, which must come to our function and be rejected there."""
    stack = site.stack
    yield from site.runs("ReportFunction")
    answer = stack.account.request("POST", f"{stack.output('CallbackUrl')}/rcs-doctor", b"{}")
    told = answer.status if answer.errors else f"{answer.status}, not by the function"
    if told == 503:  # noqa: PLR2004 - as an endpoint of ours says it
        yield fail("reachable, but the function cannot read its secret (503)", _SET_SECRET)
    elif told != 401:  # noqa: PLR2004 - the same
        yield fail(f"an unsigned report was answered with {told}", stack.deploy(CallbackBaseUrl=""))
    yield from site.kept("Report")
    if stack.parameter("CallbackBaseUrl") == "none":
        enter = f"Enter {stack.output('CallbackUrl')} as the default webhook at Messente."
        yield warn("reachable, but messages carry no URL for reports", enter)


def _reconciliation(site: Site) -> Iterator[Finding]:
    name = site.stack.resource("Reconciliation")
    found = site.described("scheduler", "get_schedule", Name=name)
    if found is None:
        yield fail("its schedule is gone", MADE_AGAIN.format("Reconciliation"))
    elif found["State"] != "ENABLED":
        rest = {"schedule_expression": found["ScheduleExpression"], "target": found["Target"]}
        rest["flexible_time_window"] = {"Mode": "OFF"}
        enable = site.stack.aws("scheduler update-schedule --state ENABLED", name=name, **rest)
        yield fail(f"its schedule is {found['State']}", enable)
    yield from site.runs("ReconcileFunction")


def _changes(site: Site) -> Iterator[Finding]:
    if site.stack.parameter("PublishEvents") != "Enabled":
        yield ok("are not published, as PublishEvents says")
        return
    yield from site.takes("PublishFunction", "PublishFunctionChanged")
    yield from _bus(site)
    yield from site.runs("PublishFunction")
    if number := queue_of(site.stack, Of.CHANGES).count():
        yield fail(f"{number} were not published, and lie in ChangeDeadLetterQueue", "rcs replay changes")


def _bus(site: Site) -> Iterator[Finding]:
    name = site.stack.parameter("EventBusName")
    if site.described("events", "describe_event_bus", Name=name) is None:
        yield fail(f"the bus {name} does not exist", site.stack.aws("events create-event-bus", name=name))


def _inbound(site: Site) -> Iterator[Finding]:
    stack = site.stack
    yield from site.runs("InboundFunction")
    yield from site.takes("InboundFunction", "InboundFunctionPutOff")
    keys: tuple[str, ...] = ()
    try:
        keys = inbound_keys(_secret_in(stack)())
    except Unavailable as why:
        yield fail(str(why), _ADD_INBOUND_SECRET)
    if not keys:
        with suppress(Unavailable):  # no version before, or nothing that could be read
            if inbound_keys(_secret_in(stack, "AWSPREVIOUS")()):
                yield fail("the secret lost its inbound_secrets: every message is rejected", _ADD_INBOUND_SECRET)
        if rejected := sum(site.measured("InboundRefused", seconds=86_400)):
            told = f"{rejected:.0f} messages were rejected within a day, as the secret has no inbound_secrets"
            yield fail(told, _ADD_INBOUND_SECRET)
    yield from _bus(site)
    yield from site.kept("Inbound")
    if dead := queue_of(stack, Of.INBOUND).count():
        yield fail(f"{dead} messages lie in InboundDeadLetterQueue", "rcs replay inbound")
    if waiting := DeadLetters(stack.client("sqs"), stack.resource("InboundQueue")).count():
        yield warn(f"{waiting} messages wait in InboundQueue", site.log("InboundLogGroup", _DEFERRED))
    if keys:
        yield ok(f"{len(keys)} Shared Secrets")


# --- Alarms ----------------------------------------------------------------------------------------------------------


def _alarms(site: Site) -> Iterator[Finding]:
    stack, there = site.stack, site.alarms
    if arn := stack.parameter("AlarmTopicArn"):
        # CloudWatch may not use the key that AWS manages for SNS.
        attributes = stack.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
        if attributes.get("KmsMasterKeyId", "").endswith("alias/aws/sns"):
            key = {"attribute_name": "KmsMasterKeyId", "attribute_value": ""}
            decrypt = stack.aws("sns set-topic-attributes", topic_arn=arn, **key)
            yield fail("the topic cannot receive alarms, as it is encrypted with alias/aws/sns", decrypt)
    disabled = sorted(each["AlarmName"] for each in there.values() if not each.get("ActionsEnabled", True))
    mute = sum(not each.get("AlarmActions") for each in there.values())
    told = f"{mute} of {len(there)} have no notification target" if mute else ""
    if site.ringing:
        _, _, next_ = there[site.ringing[0]]["AlarmDescription"].partition(" Next: ")
        yield fail(f"{', '.join(site.ringing)} in ALARM" + (f"; {told}" if told else ""), next_)
    if missing := sorted(name for name in stack.resources.keys() - there.keys() if name.endswith("Alarm")):
        drift = stack.aws("cloudformation detect-stack-drift", stack_name=stack.name)
        yield warn(f"{', '.join(missing)}: deleted", drift)
    if disabled:
        enable = stack.aws("cloudwatch enable-alarm-actions", alarm_names=disabled)
        yield warn(f"the actions of {len(disabled)} of {len(there)} are disabled", enable)
    if mute:
        yield warn(told, stack.deploy(AlarmTopicArn="ARN"))
    yield ok(f"{len(there)}, and none is in ALARM")


def _log(group: str, pattern: str) -> Callable[[Site], str]:
    return lambda site: site.log(group, pattern)


def _busier(site: Site) -> str:
    abouts = [("AWS/ApiGateway", "ApiId", site.stack.resource(api)) for api in ("Api", "CallbackApi")]
    calls, callbacks = (sum(site.measured("4xx", about)) for about in abouts)
    return "Api" if calls > callbacks else "Callback"


def _run(site: Site) -> str:
    return site.stack.aws("lambda invoke", function_name=site.stack.resource("ReconcileFunction")) + " answer.json"


def _catch_up(site: Site) -> str:
    """Let claims be ended, whose senders died, by another run, and deliveries be looked for by more requests."""
    lately = 2 * int(site.stack.parameter("ReconcileStoppedAlarmSeconds"))
    is_about_claims = any(site.measured("OverdueClaims", seconds=lately))
    return _run(site) if is_about_claims else site.doubled("ReconcileRequestsPerRun", 500)


# The check that fails while an alarm rings, and what mends it; the alarm's description says what is wrong.
_RINGING: dict[str, tuple[str, str | Callable[[Site], str]]] = {
    "MisconfiguredAlarm": ("messente", lambda site: site.stack.deploy(MessenteUrl=_URL)),
    "UnauthorizedAlarm": ("messente", _ALLOW),
    "UnrecordedAlarm": ("sending", "rcs unknown"),
    "OldestMessageAlarm": ("queue", lambda site: site.doubled("MaximumConcurrency", 1000)),
    "UnreadableAlarm": ("table", _log("SendLogGroup", '"record unreadable"')),
    "CallbackErrorsAlarm": ("callback", _log("CallbackLogGroup", _5XX)),
    "ReportRefusedAlarm": ("callback", _log("ReportLogGroup", '"report rejected"')),
    "TooManyRequestsAlarm": ("apis", lambda site: site.doubled(f"{_busier(site)}RequestsPerSecond", 5000)),
    "ClientErrorsAlarm": ("apis", lambda site: site.log(f"{_busier(site)}LogGroup", _4XX)),
    "ApiErrorsAlarm": ("apis", _log("ApiLogGroup", _5XX)),
    "DeliveryFailuresAlarm": ("deliveries", _log("ReportLogGroup", _FAILED)),
    "SpendAlarm": ("deliveries", _log("ReportLogGroup", _PRICED)),
    "ReconcileStoppedAlarm": ("reconciliation", _run),
    "OverdueAlarm": ("reconciliation", _catch_up),
    "ChangesDelayedAlarm": ("changes", _log("PublishLogGroup", '"not published"')),
    "InboundRefusedAlarm": ("inbound", _ADD_INBOUND_SECRET),
    "InboundWaitsAlarm": ("inbound", _log("InboundLogGroup", _DEFERRED)),
}

# What each check finds, and what is said if that is nothing.
_CHECKS: dict[str, tuple[Callable[[Site], Iterable[Finding]], str]] = {
    "stack": (_status, ""),
    "secret": (_secret, "has a username and a password"),
    "messente": (_messente, "reachable from this machine, and knows the password"),
    "sending": (lambda site: site.runs("SendFunction"), "SendFunction runs"),
    "queue": (_queue, ""),
    "table": (_table, "SendFunction can read it"),
    "opt-outs": (_opt_outs, "SendFunction can read the list"),
    "dead letters": (_dead_letters, "none"),
    "unknown": (_unknown, "none"),
    "callback": (_callback, "reachable, and refuses what is not signed"),
    "apis": (lambda _: (), "no alarm about them rings"),
    "deliveries": (lambda _: (), "no alarm about them rings"),
    "reconciliation": (_reconciliation, "its schedule is enabled, and it runs"),
    "changes": (_changes, "all were published, or will be"),
    "inbound": (_inbound, "the secret has no inbound_secrets, and nothing was rejected"),
    "alarms": (_alarms, ""),
}


def findings(site: Site) -> dict[str, Finding]:
    """Make each check; return the worst that it finds. A check that cannot be made fails."""
    return {check: min(_findings(site, check), key=lambda each: VERDICTS.index(each.verdict)) for check in _CHECKS}


def _findings(site: Site, check: str) -> Iterator[Finding]:
    look, all_is_well = _CHECKS[check]
    try:
        yield from look(site)
        for name, (its_check, mend) in _RINGING.items():
            if its_check == check and name in site.ringing:
                alarm = site.alarms[name]
                told, _, _ = alarm["AlarmDescription"].partition(" Next: ")
                yield fail(f"{told} ({name}: {alarm['StateReason']})", mend if isinstance(mend, str) else mend(site))
    except Exception as failure:  # noqa: BLE001 - what is not explained is raised again
        yield fail(str(explain(failure)))
    yield ok(all_is_well)
