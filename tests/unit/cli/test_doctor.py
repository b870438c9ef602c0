"""`rcs doctor`: what is broken is found and named with what mends it, nothing is sent, and no password is shown."""

import io
import json
import shlex
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

import pytest
import urllib3
from botocore.exceptions import ClientError

from rcs_cli.api import Answer
from tests.standin import inbound, numbers
from tests.support.fakes.account import CALLBACK
from tests.support.fakes.aws import error
from tests.support.fakes.services import TOPIC, physical
from tests.support.forks import Ended
from tests.support.shell import run_aws
from tests.support.template import RESOURCES, properties
from tests.support.world import PASSWORD, SECRET, TEXT, TO, USERNAME, World, message
from tests.unit.cli.conftest import Cli

WHOLE = json.dumps({"username": USERNAME, "password": PASSWORD, "inbound_secrets": [inbound.SECRET]})
ROTATED = json.dumps({"username": USERNAME, "password": PASSWORD})


def verdicts(said: Ended) -> dict[str, str]:
    return {each["check"]: each["verdict"] for each in said.json["checks"]}


def found(said: Ended, check: str) -> dict[str, str]:
    [one] = [each for each in said.json["checks"] if each["check"] == check]
    return dict(one)


def paste(cli: Cli, command: str) -> None:
    program, *words = shlex.split(command)
    match program:
        case "aws":
            run_aws(command, cli.account.client, given=WHOLE)
        case "sam":
            assert words[:3] == ["deploy", "--stack-name", "rcs"]
            name, _, value = words[words.index("--parameter-overrides") + 1].partition("=")
            assert value  # SAM reads A="", and takes A= for a mistake
            assert words[-1] == "--region=eu-west-1"
            cli.account.set_parameter(name, value.replace('""', ""))
        case "rcs":
            cli.answers = f"{inbound.SECRET}\n" if "--inbound-secret" in words else f"{USERNAME}\n{PASSWORD}\n"
            assert cli(*words).code == 0
            cli.answers = None
        case _:
            raise AssertionError(command)


def test_a_whole_stack(cli: Cli, world: World) -> None:
    """Everything is ok, Messente was asked and nothing was sent."""
    said = cli("doctor", "--json")
    assert (said.code, set(verdicts(said).values())) == (0, {"ok"}), said.out
    assert {each.method for each in world.messente.requests} == {"GET"}
    assert (world.items(), world.accepted()) == (0, 0)
    assert PASSWORD not in said.out + said.err
    assert {found(said, check)["found"] for check in ("apis", "deliveries")} == {"no alarm about them rings"}
    assert "knows the password" in cli("doctor").out


# --- What is broken, and what mends it --------------------------------------------------------------------------------


class Trouble(NamedTuple):
    """Something that is broken: its check says so and what mends it. `after` is what the world does then."""

    make: Callable[[Cli], object]
    check: str
    told: str
    mends: str
    after: Callable[[Cli], object] = lambda _: None
    verdict: str = "fail"


def put_secret(*texts: str) -> Callable[[Cli], None]:
    def put(cli: Cli) -> None:
        for text in texts:
            cli.world.secrets.put_secret_value(SecretId=SECRET, SecretString=text)

    return put


def describe(**values: Any) -> Callable[[Cli], None]:
    return lambda cli: cli.account.description.update(values)


def set_callback(url: str) -> Callable[[Cli], None]:
    return lambda cli: cli.account.description["Outputs"][1].update(OutputValue=url)


def set_parameter(name: str, value: str) -> Callable[[Cli], None]:
    return lambda cli: cli.account.set_parameter(name, value)


def ring(name: str) -> Callable[[Cli], None]:
    return set_alarm(name, StateValue="ALARM", StateReason="1 is above 0")


def count(metric: str, resource: str = "", value: float = 1, ago: float = 30) -> Callable[[Cli], None]:
    return lambda cli: cli.account.services.count(metric, resource, value, ago)


def set_alarm(name: str, **values: Any) -> Callable[[Cli], None]:
    return lambda cli: cli.account.services.alarm(name).update(values)


def set_mapping(function: str, state: str) -> Callable[[Cli], None]:
    def set_state(cli: Cli) -> None:
        [mapping] = [each for each in cli.account.services.mappings if each["FunctionArn"] == physical(function)]
        mapping["State"] = state

    return set_state


def stop(function: str) -> Callable[[Cli], None]:
    return lambda cli: cli.account.services.reserved.update({physical(function): 0})


def bury(name: str) -> Callable[[Cli], None]:
    def put(cli: Cli) -> None:
        body = json.dumps({"id": "gone", "SequenceNumber": "1"})
        cli.account.client("sqs").send_message(QueueUrl=physical(name), MessageBody=body)

    return put


def publish(cli: Cli) -> None:
    cli.account.publish_changes()


def both(*steps: Callable[[Cli], object]) -> Callable[[Cli], None]:
    def do(cli: Cli) -> None:
        for step in steps:
            step(cli)

    return do


def refuse_the_table(cli: Cli) -> None:
    def refuse(**_: Any) -> None:
        raise error("AccessDeniedException", "GetItem")

    cli.world.dynamodb.get_item = refuse  # type: ignore[method-assign, assignment]


def is_granted(cli: Cli) -> None:
    assert cli.account.services.granted == [physical("SendRole")]


def set_unread(number: int) -> Callable[[Cli], None]:
    """Let so many numbers of the list of opt-outs stay unread."""
    return lambda cli: setattr(cli.world.opt_outs, "unprocessed", lambda: number)


def allow(prefixes: str) -> Callable[[Cli], None]:
    def change(cli: Cli) -> None:
        cli.account.set_parameter("AllowedPrefixes", prefixes)
        cli.world.env = partial(cli.world.env, allowed_prefixes=prefixes)  # type: ignore[method-assign]

    return change


def time_passes(cli: Cli) -> None:
    """Wait until no alarm rings, and no metric is of lately."""
    cli.world.clock.advance(90_000)
    for each in cli.account.services.alarms:
        each["StateValue"] = "OK"


def set_schedule(state: str | None) -> Callable[[Cli], None]:
    def change(cli: Cli) -> None:
        services = cli.account.services
        services.schedule = None if state is None else {**(services.schedule or {}), "State": state}

    return change


SECRET_SET, INBOUND_SECRET = "rcs secret set", "rcs secret set --inbound-secret"
ENABLE = "aws lambda update-event-source-mapping --enabled --uuid uuid-"
START, RESERVE = "aws lambda delete-function-concurrency", "aws lambda put-function-concurrency"
MORE = "aws service-quotas request-service-quota-increase"
LOG = "aws logs filter-log-events --log-group-name rcs-"
AGAIN = "Deploy the template without "  # and then with it
DEPLOY = "sam deploy --stack-name rcs --parameter-overrides "
BOUND = set_parameter("CallbackConcurrency", "7")


def troubles_of_a_function(check: str, name: str) -> dict[str, Trouble]:
    """Return what can be wrong with a function, whichever it is."""
    function, log = f"{name}Function", f"{LOG}{name}LogGroup"
    throttles, errors = count("Throttles", function), count("Errors", function)
    throttled, failed = (f"{function} {how}: 1 in 600 s)" for how in ("is throttled (Throttles", "failed (Errors"))
    return {
        f"{function} is stopped": Trouble(both(publish, stop(function)), check, "concurrency is 0", START),
        f"{function} is throttled": Trouble(both(publish, throttles), check, throttled, MORE, time_passes),
        f"{function} failed": Trouble(both(publish, errors), check, failed, log, time_passes),
    }


def troubles_of_a_callback(check: str, name: str) -> dict[str, Trouble]:
    """Return what else can be wrong with a function that the public API calls."""
    function, lost = f"{name}Function", f"was not kept ({name}NotKept: 1 in 600 s)"
    bounded, few = both(BOUND, stop(function)), both(BOUND, count("Throttles", function))
    more = DEPLOY + "CallbackConcurrency=0"
    return {
        f"{function} is bounded and stopped": Trouble(bounded, check, "is stopped", RESERVE),
        f"{function} has a bound that is too small": Trouble(few, check, "throttled", more, time_passes),
        f"{function} lost some": Trouble(count(f"{name}NotKept"), check, lost, f"{LOG}{name}LogGroup", time_passes),
    }


# The alarms of a stack that publishes no changes.
THERE = sum(each["Type"].endswith("::Alarm") and "Condition" not in each for each in RESOURCES.values())
CALLBACKS = {"callback": "Report", "inbound": "Inbound"}
FUNCTIONS = CALLBACKS | {"sending": "Send", "reconciliation": "Reconcile", "changes": "Publish"}
TROUBLES = {
    **{name: each for pair in FUNCTIONS.items() for name, each in troubles_of_a_function(*pair).items()},
    **{name: each for pair in CALLBACKS.items() for name, each in troubles_of_a_callback(*pair).items()},
    # The secret and Messente.
    "an empty secret": Trouble(put_secret('{"username": "", "password": ""}'), "secret", "empty", SECRET_SET),
    "a secret without a password": Trouble(put_secret('{"username": "x"}'), "secret", "missing", SECRET_SET),
    "no password to ask with": Trouble(put_secret("{}"), "messente", "no password", SECRET_SET),
    "a wrong password": Trouble(put_secret(WHOLE.replace(PASSWORD, "x")), "messente", "401", SECRET_SET),
    "a path that Messente does not have": Trouble(set_parameter("MessenteUrl", "http://messente.localhost/v2"),
        "messente", "path", DEPLOY + "MessenteUrl=https://api.messente.com/v1",
        set_parameter("MessenteUrl", "http://messente.localhost/v1")),
    # What sends.
    "a queue that nobody takes from": Trouble(
        set_mapping("SendFunction", "Disabled"), "queue", "Disabled", ENABLE + "SendFunction"),
    "a queue without its function": Trouble(lambda cli: cli.account.services.mappings.pop(0), "queue",
        "no event source mapping", AGAIN + "SendFunctionQueued, then with it"),
    "a slow mapping": Trouble(set_mapping("SendFunction", "Enabling"), "queue", "Enabling", "Wait", verdict="warn"),
    "a list that the function cannot read": Trouble(
        set_unread(1), "opt-outs", "cannot read the list", "aws iam put-role-policy", both(is_granted, set_unread(0))),
    "a list whose key is disabled": Trouble(
        lambda cli: setattr(cli.world.opt_outs, "state", "INACCESSIBLE_ENCRYPTION_CREDENTIALS"), "opt-outs", "KMS",
        "aws kms enable-key", lambda cli: setattr(cli.world.opt_outs, "state", "ACTIVE")),
    "a list that the function cannot read, and no number of ours that may be sent to": Trouble(
        both(allow("+371,-+371512"), set_unread(1)), "opt-outs", "cannot read the list", "aws iam put-role-policy",
        set_unread(0)),
    "a table that the function cannot read": Trouble(refuse_the_table, "table", "cannot read the table",
        "aws iam put-role-policy", both(is_granted, lambda cli: delattr(cli.world.dynamodb, "get_item"))),
    "a dead letter": Trouble(lambda cli: cli.world.deliver(message("dead", to=numbers.BAD_REQUEST)), "dead letters",
        "1", "rcs dead-letters", lambda cli: cli("discard", "dead", "--yes"), verdict="warn"),
    # What tracks.
    "an unknown message": Trouble(lambda cli: cli.world.deliver(message("lost", to=numbers.CUT_AFTER_ACCEPT)),
        "unknown", "1", "rcs unknown", lambda cli: cli("resolve", "lost", "--sent"), verdict="warn"),
    "reports to nowhere": Trouble(set_parameter("CallbackBaseUrl", "none"), "callback", "no URL for reports",
        "Enter https://callback", verdict="warn"),
    "reports that others answer": Trouble(set_callback(f"{CALLBACK}/elsewhere"), "callback", "answered with 404",
        DEPLOY + "'CallbackBaseUrl=\"\"'", set_callback(CALLBACK)),
    "a schedule that is disabled": Trouble(
        set_schedule("DISABLED"), "reconciliation", "DISABLED", "aws scheduler update-schedule"),
    "a lost schedule": Trouble(set_schedule(None), "reconciliation", "gone", AGAIN + "Reconciliation, then with it"),
    "claims that nobody ends": Trouble(both(ring("OverdueAlarm"), count("OverdueClaims")), "reconciliation",
        "OverdueAlarm", "aws lambda invoke", time_passes),
    "changes that nobody reads": Trouble(both(publish, set_mapping("PublishFunction", "Disabled")), "changes",
        "Disabled", ENABLE + "PublishFunction"),
    "a stream without its function": Trouble(both(publish, lambda cli: cli.account.services.mappings.pop()), "changes",
        "no event source mapping", AGAIN + "PublishFunctionChanged, then with it"),
    "a bus that is gone": Trouble(both(publish, lambda cli: cli.account.services.buses.clear()), "changes", "default",
        "aws events create-event-bus"),
    # What recipients send.
    "a queue of inbound messages that nobody takes from": Trouble(
        set_mapping("InboundFunction", "Disabled"), "inbound", "Disabled", ENABLE + "InboundFunction"),
    "an inbound message that waits": Trouble(bury("InboundQueue"), "inbound", "1 messages wait",
        "aws logs filter-log-events", lambda cli: cli.queues.messages.clear(), verdict="warn"),
    "inbound secrets of a wrong form": Trouble(
        put_secret(json.dumps({"username": USERNAME, "password": PASSWORD, "inbound_secrets": 7})), "inbound",
        "inbound_secrets", INBOUND_SECRET),
    "a secret that lost its field": Trouble(put_secret(ROTATED), "inbound", "lost its inbound_secrets", INBOUND_SECRET),
    "a secret that lost its field two rotations ago": Trouble(
        both(put_secret(ROTATED, ROTATED), count("InboundRefused", value=2, ago=3600)), "inbound",
        "2 messages were rejected", INBOUND_SECRET, time_passes),
    # The stack and its alarms.
    "a deployment that failed": Trouble(describe(StackStatus="ROLLBACK_COMPLETE"), "stack", "ROLLBACK",
        "aws cloudformation describe-stack-events", describe(StackStatus="CREATE_COMPLETE")),
    "a deployment that was rolled back": Trouble(
        describe(StackStatus="UPDATE_ROLLBACK_COMPLETE"), "stack", "the one before runs",
        "aws cloudformation describe-stack-events", describe(StackStatus="UPDATE_COMPLETE"), verdict="warn"),
    **{
        f"a stack that is in {status}": Trouble(
            describe(StackStatus=status), "stack", status, "aws cloudformation describe-stack-events",
            describe(StackStatus="UPDATE_COMPLETE"), verdict=verdict
        ) for status, verdict in (("UPDATE_ROLLBACK_IN_PROGRESS", "warn"), ("DELETE_IN_PROGRESS", "fail"))
    },
    "an alarm that rings and nobody hears": Trouble(
        both(ring("UnknownAlarm"), set_alarm("OverdueAlarm", AlarmActions=[])), "alarms",
        f"UnknownAlarm in ALARM; 1 of {THERE}", "rcs unknown",
        lambda cli: [each.update(StateValue="OK", AlarmActions=["x"]) for each in cli.account.services.alarms]),
    "a topic that CloudWatch cannot encrypt for": Trouble(
        both(set_parameter("AlarmTopicArn", TOPIC),
            lambda cli: cli.account.services.topic.update(KmsMasterKeyId="alias/aws/sns")),
        "alarms", "the topic cannot receive alarms", "aws sns set-topic-attributes"),
    "an alarm that nobody hears": Trouble(
        set_alarm("OverdueAlarm", AlarmActions=[]), "alarms", f"1 of {THERE} have no notification target",
        DEPLOY + "AlarmTopicArn=ARN", set_alarm("OverdueAlarm", AlarmActions=["x"]), verdict="warn"),
    "an alarm that is deleted": Trouble(lambda cli: cli.account.services.alarms.pop(0), "alarms", "Alarm: deleted",
        "aws cloudformation detect-stack-drift", lambda cli: cli.account.services.meet(None), verdict="warn"),
    "alarms whose actions are disabled": Trouble(set_alarm("OverdueAlarm", ActionsEnabled=False), "alarms",
        f"1 of {THERE} are disabled", "aws cloudwatch enable-alarm-actions", verdict="warn"),
}  # fmt: skip


@pytest.mark.parametrize("name", TROUBLES)
def test_something_is_broken(cli: Cli, name: str) -> None:
    """Its check says so and names one command, after which it is whole; only a failure makes the exit code 1."""
    trouble = TROUBLES[name]
    trouble.make(cli)
    said = cli("doctor", "--json", "--region", "eu-west-1")
    finding = found(said, trouble.check)
    assert finding["verdict"] == trouble.verdict
    assert not finding["next"].startswith("rcs ") or finding["next"].endswith(" --region=eu-west-1")
    assert trouble.told in finding["found"]
    assert finding["next"].startswith(trouble.mends), finding["next"]
    assert said.code == (1 if "fail" in verdicts(said).values() else 0)
    assert not {USERNAME, PASSWORD} & set(said.out.replace('"', " ").split())
    if not trouble.mends.startswith(("aws", "sam", "rcs")):
        return  # somebody else mends it, or time
    paste(cli, finding["next"])
    trouble.after(cli)
    mended = found(cli("doctor", "--json"), trouble.check)
    assert mended["verdict"] == "ok", mended


# --- Alarms -----------------------------------------------------------------------------------------------------------

# Of each alarm that sends its reader to `rcs doctor`, and of two more: the check that fails, and what it names.
ALARMS: dict[str, tuple[str, str]] = {
    "UnrecordedAlarm": ("sending", "rcs unknown"),
    "UnreadableAlarm": ("table", LOG + "SendLogGroup"),
    "OldestMessageAlarm": ("queue", DEPLOY + "MaximumConcurrency=10"),
    "SendThrottledAlarm": ("sending", MORE),
    "UnauthorizedAlarm": ("messente", "Allow the address"),
    "MisconfiguredAlarm": ("messente", DEPLOY + "MessenteUrl"),
    "CallbackErrorsAlarm": ("callback", LOG + "CallbackLogGroup"),
    "TooManyRequestsAlarm": ("apis", DEPLOY + "CallbackRequestsPerSecond=1000"),
    "ClientErrorsAlarm": ("apis", LOG + "ApiLogGroup"),
    "ApiErrorsAlarm": ("apis", LOG + "ApiLogGroup"),
    "DeliveryFailuresAlarm": ("deliveries", LOG + "ReportLogGroup"),
    "SpendAlarm": ("deliveries", LOG + "ReportLogGroup"),
    "ReportRefusedAlarm": ("callback", LOG + "ReportLogGroup"),
    "InboundRefusedAlarm": ("inbound", INBOUND_SECRET),
    "InboundWaitsAlarm": ("inbound", LOG + "InboundLogGroup"),
    "InboundDeadLettersAlarm": ("inbound", "rcs replay inbound"),
    "ReconcileErrorsAlarm": ("reconciliation", LOG + "ReconcileLogGroup"),
    "ReconcileStoppedAlarm": ("reconciliation", "aws lambda invoke"),
    "OverdueAlarm": ("reconciliation", DEPLOY + "ReconcileRequestsPerRun="),
    "UnpublishedChangesAlarm": ("changes", "rcs replay changes"),
    "ChangesDelayedAlarm": ("changes", LOG + "PublishLogGroup"),
}
# What some of them watch is seen where they do not ring, too.
CAUSES = {
    "SendThrottledAlarm": count("Throttles", "SendFunction"),
    "ReconcileErrorsAlarm": count("Errors", "ReconcileFunction"),
    "InboundDeadLettersAlarm": bury("InboundDeadLetterQueue"),
    "UnpublishedChangesAlarm": bury("ChangeDeadLetterQueue"),
    "ClientErrorsAlarm": both(ring("ClientErrorsAlarm"), count("4xx", "Api", 2), count("4xx", "CallbackApi")),
}


@pytest.mark.parametrize("alarm", ALARMS)
def test_what_rings_is_found(cli: Cli, alarm: str) -> None:
    """Its check fails while the alarm rings, and the command that it names can be run."""
    check, mends = ALARMS[alarm]
    publish(cli)
    cli.account.services.meet("LimitsSpend")
    assert found(cli("doctor", "--json"), check)["verdict"] == "ok"
    CAUSES.get(alarm, ring(alarm))(cli)
    finding = found(cli("doctor", "--json"), check)
    assert finding["verdict"] == "fail"
    assert finding["next"].startswith(mends)
    if alarm not in CAUSES:
        description, _, _ = properties(alarm)["AlarmDescription"].partition(" Next")
        assert finding["found"] == f"{description} ({alarm}: 1 is above 0)"
    if mends.startswith(("aws", "sam", "rcs")):
        paste(cli, finding["next"])


# --- What cannot be asked ---------------------------------------------------------------------------------------------


def test_another_applications_stack(cli: Cli) -> None:
    """It is told as the other commands tell it, in one line."""
    cli.account.description |= {"Outputs": [], "Parameters": []}
    said = [cli(command) for command in ("doctor", "unknown")]
    assert [(each.code, each.out) for each in said] == [(1, "")] * 2
    assert said[0].err == said[1].err


def test_an_answer_that_proves_nothing(cli: Cli) -> None:
    """A metric that CloudWatch could not read, and an API that does not answer as itself, are no good news."""
    cli.account.services.metrics_are = "InternalError"
    assert verdicts(cli("doctor", "--json"))["sending"] == "fail"
    cli.account.instead = Answer(500, b'{"message": "Internal Server Error"}')
    told = verdicts(cli("doctor", "--json"))
    assert {told[check] for check in ("table", "opt-outs", "unknown")} == {"fail"}


def test_a_list_is_not_known_while_the_table_cannot_be_read(cli: Cli) -> None:
    """The function reads the table first."""
    refuse_the_table(cli)
    assert [verdicts(cli("doctor", "--json"))[check] for check in ("table", "opt-outs")] == ["fail", "warn"]


def test_a_call_that_iam_refuses(cli: Cli) -> None:
    """The check that needs it says which call it is; the others are made."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ListEventSourceMappings")

    cli.account.services.list_event_source_mappings = refuse  # type: ignore[method-assign, assignment]
    said = cli("doctor", "--json")
    assert "ListEventSourceMappings" in found(said, "queue")["found"]
    assert verdicts(said)["messente"] == "ok"


def test_a_stopped_function_is_not_blamed_on_a_limit(cli: Cli) -> None:
    """Every command that calls the API names the cause, and the command that mends it."""
    stop("SendFunction")(cli)
    for said in (cli("send", TO, TEXT), cli("unknown"), cli("show", "one")):
        assert said.code == 1
        assert "reserved concurrency is 0" in said.err
        assert "ApiRequestsPerSecond" not in said.err
    run_aws(said.err.partition("Start it with ")[2], cli.account.client)
    assert cli("unknown").code == 0


class Answers:
    """Answers for Messente: with 401 to a made-up password, and else with a status and a body, or not at all."""

    def __init__(self, status: int | None, body: bytes) -> None:
        self._status = status
        self._body = body
        self._first: str | None = None

    def urlopen(self, *_: Any, headers: dict[str, str], **__: Any) -> urllib3.HTTPResponse:
        if self._status is None:
            raise urllib3.exceptions.ReadTimeoutError(cast("Any", None), "", "")
        self._first = self._first or headers["Authorization"]
        is_right = headers["Authorization"] == self._first
        status, body = (self._status, self._body) if is_right else (401, b"{}")
        return urllib3.HTTPResponse(io.BytesIO(body), status=status, preload_content=False)


NO_SUCH_MESSAGE = b'{"errors": [{"code": "101", "title": "Not found", "detail": "Not found", "source": null}]}'


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (404, NO_SUCH_MESSAGE, "ok"),
        (404, b"<html>404</html>", "fail"),
        (404, b"{}", "fail"),
        (404, b'{"message": "no Route matched with those values"}', "fail"),
        (200, b"<html>Welcome</html>", "fail"),
        (200, b"{}", "fail"),
        (204, b"", "fail"),
        (301, b"", "fail"),
        (400, NO_SUCH_MESSAGE, "fail"),
        (405, NO_SUCH_MESSAGE, "fail"),
        (401, b"{}", "fail"),
        (403, b"{}", "warn"),
        (429, b"{}", "warn"),
        (500, b"{}", "warn"),
        (None, b"", "fail"),
    ],
)
def test_what_messente_answers(cli: Cli, status: int | None, body: bytes, verdict: str) -> None:
    """Only the answer that this question has proves the password; an address refused here may be allowed there."""
    cli.http = cast("Any", Answers(status, body))
    assert verdicts(cli("doctor", "--json"))["messente"] == verdict
