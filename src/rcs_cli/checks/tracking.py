"""The checks of what tracks: reports, reconciliation, published changes, inbound messages, unknown messages, alarms."""

import json
from collections.abc import Generator, Iterator
from itertools import islice
from typing import Any

from messente_rcs.messente.credentials import CredentialsUnavailable, shared_secrets
from rcs_cli.checks.sending import put_secret, read_secret
from rcs_cli.checks.site import Finding, Site, fail, ok, warn
from rcs_cli.letters import DeadLetters, Of, queue_of
from rcs_cli.stack import Stack

_UNKNOWN = 50  # unknown messages that are counted
_DAY = 86_400
_WORKS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})


def status(site: Site) -> Iterator[Finding]:
    """Look at the last deployment."""
    now = site.stack.status
    events = site.stack.aws("cloudformation describe-stack-events", stack_name=site.stack.name)
    if now in _WORKS:
        yield ok(now)
    elif now == "UPDATE_ROLLBACK_COMPLETE":
        yield warn(f"{now}: the last deployment failed, and the one before runs", events)
    elif now.endswith("_IN_PROGRESS"):
        wait = site.stack.aws("cloudformation wait stack-update-complete", stack_name=site.stack.name)
        yield warn(now, wait)
    else:
        yield fail(now, events)


def callback(site: Site) -> Iterator[Finding]:
    """Make an unsigned report, which must come to our function and be refused there; look at the alarms of reports."""
    stack = site.stack
    bound = stack.parameter("CallbackConcurrency")
    yield from site.stopped("ReportFunction", bound)
    answer = stack.account.request("POST", f"{stack.output('CallbackUrl')}/rcs-doctor", b"{}")
    match answer.status, bool(answer.errors):
        case 401, True:
            pass
        case 503, True:
            yield fail("reachable, but the function cannot read its secret (503)", put_secret(stack))
        case other, _:
            direct = stack.deploy(CallbackBaseUrl="")
            yield fail(f"an unsigned report was answered with {other}, not by the function", direct)
    yield from _not_kept(site, "Report")
    errors = site.log("CallbackLogGroup", pattern='{ $.status = "5*" }')
    yield from site.ringing("CallbackErrorsAlarm", "Messente got errors as answers", errors)
    yield from site.ringing("ReportRefusedAlarm", "reports were refused", site.log("ReportLogGroup", "report refused"))
    if stack.parameter("CallbackBaseUrl") == "none":
        yield warn(
            "reachable, but messages carry no URL for reports",
            f"Enter {stack.output('CallbackUrl')} as the default webhook at Messente.",
        )
    yield ok("reachable, and refuses what is not signed")


def _not_kept(site: Site, name: str) -> Iterator[Finding]:
    """Find why a public function, ReportFunction or InboundFunction, answers Messente with errors."""
    function = f"{name}Function"
    yield from site.throttled(function, site.stack.parameter("CallbackConcurrency"))
    log = site.log(f"{name}LogGroup", f"{name.lower()} not kept")
    yield from site.counted(f"{name}NotKept", "what Messente sent was not kept", log)
    yield from site.failed(function)


def alarms(site: Site) -> Iterator[Finding]:
    """Look at all alarms: whether they ring, and whether they would tell somebody."""
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


def unknown(site: Site) -> Iterator[Finding]:
    """Count unknown messages."""
    if found := list(islice(site.stack.api.unknown(), _UNKNOWN)):
        number = f"{len(found)} or more" if len(found) == _UNKNOWN else str(len(found))
        yield warn(f"{number}, the oldest since {found[0].get('unknown_since', '?')}", "rcs unknown")
    yield ok("none")


def reconciliation(site: Site) -> Iterator[Finding]:
    """Look at the schedule, and at how far the reconciliations come."""
    stack = site.stack
    yield from _schedule(site)
    yield from site.stopped("ReconcileFunction")
    run = stack.aws("lambda invoke", function_name=stack.resource("ReconcileFunction")) + " answer.json"
    more = stack.deploy(ReconcileRequestsPerRun=min(500, 2 * int(stack.parameter("ReconcileRequestsPerRun"))))
    yield from site.ringing("ReconcileErrorsAlarm", "a run failed", site.log("ReconcileLogGroup", "record not handled"))
    yield from site.ringing("ReconcileStoppedAlarm", "did not run", run)
    # A claim whose sender died needs another run, and no request to Messente.
    claims = site.alarms.counted("OverdueClaims", seconds=2 * int(stack.parameter("ReconcileStoppedAlarmSeconds")))
    yield from site.ringing("OverdueAlarm", "is more than an hour late", run if claims else more)
    yield ok("its schedule is enabled, and it runs")


def _schedule(site: Site) -> Iterator[Finding]:
    stack, name = site.stack, site.stack.resource("Reconciliation")
    if (found := site.described("scheduler", "get_schedule", Name=name)) is None:
        prefix, _, _ = stack.output("FunctionArn").rpartition(":")
        _, partition, _, _, account, _ = prefix.split(":")
        target = {
            "Arn": f"{prefix}:{stack.resource('ReconcileFunction')}",
            "RoleArn": f"arn:{partition}:iam::{account}:role/{stack.resource('ReconcileSchedulerRole')}",
        }
        found = {"State": "gone", "ScheduleExpression": stack.parameter("ReconcileSchedule"), "Target": target}
    if found["State"] != "ENABLED":
        write = stack.aws(
            "scheduler create-schedule" if found["State"] == "gone" else "scheduler update-schedule",
            name=name,
            state="ENABLED",
            schedule_expression=found["ScheduleExpression"],
            flexible_time_window={"Mode": "OFF"},
            target=found["Target"],
        )
        yield fail(f"its schedule is {found['State']}", write)


def changes(site: Site) -> Iterator[Finding]:
    """Look at what publishes changes."""
    stack = site.stack
    if stack.parameter("PublishEvents") != "Enabled":
        yield ok("are not published, as PublishEvents says")
        return
    yield from site.stopped("PublishFunction")
    yield from site.not_taken_from("PublishFunction", lambda: _stream(stack))
    yield from _bus(site)
    yield from site.failed("PublishFunction")
    if number := queue_of(stack, Of.CHANGES).count():
        yield fail(f"{number} were not published, and lie in ChangeDeadLetterQueue", "rcs replay changes")
    yield ok("all were published, or will be")


def _stream(stack: Stack) -> dict[str, Any]:
    """Tell how PublishFunction reads the stream of the table, as the template says."""
    table = stack.client("dynamodb").describe_table(TableName=stack.output("TableName"))["Table"]
    outcomes = {"state": {"S": [{"anything-but": ["claimed"]}]}}
    pattern = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"NewImage": outcomes}}
    return {
        "event_source_arn": table["LatestStreamArn"],
        "starting_position": "TRIM_HORIZON",
        "batch_size": "100",
        "filter_criteria": {"Filters": [{"Pattern": json.dumps(pattern)}]},
        "function_response_types": ["ReportBatchItemFailures"],
        "bisect_batch_on_function_error": True,
        "maximum_record_age_in_seconds": "3600",
        "maximum_retry_attempts": "10000",
        "destination_config": {"OnFailure": {"Destination": _arn(stack, "ChangeDeadLetterQueue")}},
    }


def _bus(site: Site) -> Iterator[Finding]:
    name = site.stack.parameter("EventBusName")
    if site.described("events", "describe_event_bus", Name=name) is None:
        yield fail(f"the bus {name} does not exist", site.stack.aws("events create-event-bus", name=name))


def inbound(site: Site) -> Iterator[Finding]:
    """Look at what takes inbound messages."""
    stack, bound = site.stack, site.stack.parameter("CallbackConcurrency")
    client = stack.client("sqs")
    yield from site.stopped("InboundFunction", bound)
    yield from site.not_taken_from(
        "InboundFunction",
        lambda: {
            "event_source_arn": _arn(stack, "InboundQueue"),
            "batch_size": "1",
            "function_response_types": ["ReportBatchItemFailures"],
            "scaling_config": {"MaximumConcurrency": 2},
        },
    )
    number = yield from _shared_secrets(site)
    yield from _bus(site)
    yield from _not_kept(site, "Inbound")
    yield from site.ringing("InboundRefusedAlarm", "messages were refused", put_secret(stack))
    put_off = site.log("InboundLogGroup", "inbound deferred to queue")
    yield from site.ringing("InboundWaitsAlarm", "messages wait for long", put_off)
    if dead := queue_of(stack, Of.INBOUND).count():
        yield fail(f"{dead} messages were given up, and lie in InboundDeadLetterQueue", "rcs replay inbound")
    if waiting := DeadLetters(client, stack.resource("InboundQueue")).count():
        yield warn(f"{waiting} messages wait in InboundQueue", put_off)
    yield ok(f"{number} Shared Secrets" if number else "the secret has no inbound_secrets, and nothing was refused")


def _shared_secrets(site: Site) -> Generator[Finding, None, int]:
    """Find a secret without the keys that it had or should have; return their number."""
    stack = site.stack
    try:
        number = len(shared_secrets(read_secret(stack)()).keys)
    except CredentialsUnavailable as why:
        yield fail(str(why), put_secret(stack))
        return 0
    if not number:
        if _had_keys(stack):
            yield fail("the secret lost its inbound_secrets: every message is refused", put_secret(stack))
        if refused := sum(site.alarms.values("InboundRefusedAlarm", _DAY)):
            told = f"{refused:.0f} messages were refused within a day, as the secret has no inbound_secrets"
            yield fail(told, put_secret(stack))
    return number


def _had_keys(stack: Stack) -> bool:
    try:
        return bool(shared_secrets(read_secret(stack, "AWSPREVIOUS")()).keys)
    except CredentialsUnavailable:
        return False  # no such version, or nothing that could be read


def _arn(stack: Stack, queue: str) -> str:
    found = stack.client("sqs").get_queue_attributes(QueueUrl=stack.resource(queue), AttributeNames=["QueueArn"])
    return str(found["Attributes"]["QueueArn"])
