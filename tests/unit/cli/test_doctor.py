"""`rcs doctor`: what is broken is found and named, nothing is sent, and no password is shown."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
import urllib3
from botocore.exceptions import ClientError

from standin import numbers
from support.world import PASSWORD, SECRET, USERNAME, message

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.world import World
    from unit.cli.conftest import Cli, Said


def verdicts(said: Said) -> dict[str, str]:
    """Read the verdict of each check."""
    return {each["check"]: each["verdict"] for each in said.json["checks"]}


def found(said: Said, check: str) -> str:
    """Read what a check found and advises."""
    [one] = [each for each in said.json["checks"] if each["check"] == check]
    return f"{one['found']} {one['next']}"


def test_a_whole_stack(cli: Cli, world: World) -> None:
    """Everything is ok, Messente was asked and nothing was sent."""
    said = cli("doctor", "--json")
    assert (said.code, set(verdicts(said).values())) == (0, {"ok"})
    assert [each.method for each in world.messente.requests] == ["GET"]
    assert PASSWORD not in said.out + said.err
    assert "knows the password" in cli("doctor").out


def put_secret(text: str) -> Callable[[Cli], None]:
    """Write a secret."""
    return lambda cli: cli.world.secrets.put_secret_value(SecretId=SECRET, SecretString=text)


def describe(**values: Any) -> Callable[[Cli], None]:
    """Let CloudFormation say something else of the stack."""
    return lambda cli: cli.account.description.update(values)


def set_parameter(name: str, value: str) -> Callable[[Cli], None]:
    """Deploy with a parameter."""
    return lambda cli: cli.account.description["Parameters"].insert(0, {"ParameterKey": name, "ParameterValue": value})


def aged(seconds: float) -> Callable[[Cli], None]:
    """Let the oldest message wait for so long."""
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    return lambda cli: cli.account.services.ages.append({"Timestamp": at, "Maximum": seconds})


def ring(cli: Cli) -> None:
    """Put an alarm into ALARM."""
    cli.account.services.alarms[0]["StateValue"] = "ALARM"


def mute(cli: Cli) -> None:
    """Take an alarm its action."""
    cli.account.services.alarms[0]["AlarmActions"] = []


def rotate(cli: Cli) -> None:
    """Change the password at Messente, and not in the secret."""
    cli.world.messente.change_password("new")


def lose(cli: Cli) -> None:
    """Make a message unknown."""
    cli.world.deliver(message("lost", to=numbers.CUT_AFTER_ACCEPT))


def bury(cli: Cli) -> None:
    """Make a dead letter."""
    cli.world.deliver(message("dead", to=numbers.BAD_REQUEST))


def stop(cli: Cli) -> None:
    """Disable the schedule of the reconciliation."""
    cli.account.services.schedule = "DISABLED"


def hold_changes_back(cli: Cli) -> None:
    """Let a change be a dead letter of a stack that publishes."""
    url = "https://sqs/changes"
    cli.account.services.others["ChangeDeadLetterQueue"] = ("AWS::SQS::Queue", url)
    cli.account.client("sqs").send_message(QueueUrl=url, MessageBody="{}")


def put_inbound_off(name: str) -> Callable[[Cli], None]:
    """Let an inbound message lie in a queue."""

    def put(cli: Cli) -> None:
        cli.account.services.others[name] = ("AWS::SQS::Queue", f"https://sqs/{name}")
        cli.account.client("sqs").send_message(QueueUrl=f"https://sqs/{name}", MessageBody="{}")

    return put


def deny(cli: Cli) -> None:
    """Let IAM refuse a call."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ListEventSourceMappings")

    cli.account.services.list_event_source_mappings = refuse  # type: ignore[method-assign, assignment]


BROKEN: dict[str, tuple[Callable[[Cli], None], str, str, str]] = {
    "an inbound message that waits": (put_inbound_off("InboundQueue"), "inbound", "warn", "EventBusName"),
    "an inbound message given up": (put_inbound_off("InboundDeadLetterQueue"), "inbound", "warn", "given up"),
    "inbound secrets that are no list": (
        put_secret('{"username": "x", "password": "y", "inbound_secrets": 5}'), "inbound", "fail", "no list",
    ),
    "a deployment that failed": (describe(StackStatus="ROLLBACK_COMPLETE"), "stack", "fail", "deploy again"),
    "a deployment that was rolled back": (describe(StackStatus="UPDATE_ROLLBACK_COMPLETE"), "stack", "warn", "events"),
    "a deployment under way": (describe(StackStatus="UPDATE_IN_PROGRESS"), "stack", "warn", "Wait"),
    "an empty secret": (
        put_secret('{"username": "", "password": ""}'), "secret", "fail", "put-secret-value",
    ),
    "a secret without a password": (put_secret('{"username": "x"}'), "secret", "fail", "password is missing"),
    "a wrong password": (rotate, "messente", "fail", "401"),
    "reports to nowhere": (set_parameter("CallbackBaseUrl", "none"), "callback", "warn", "webhook"),
    "an alarm that rings": (ring, "alarms", "fail", "UnknownAlarm"),
    "an alarm that nobody hears": (mute, "alarms", "warn", "AlarmTopicArn"),
    "a queue that nobody takes from": (
        lambda cli: cli.account.services.mappings.__setitem__(0, {"State": "Disabled"}), "queue", "fail", "Disabled",
    ),
    "a queue without its function": (lambda cli: cli.account.services.mappings.clear(), "queue", "fail", "no mapping"),
    "a queue that is late": (aged(901), "queue", "fail", "901 s"),
    "a dead letter": (bury, "dead letters", "warn", "rcs dead-letters"),
    "an unknown message": (lose, "unknown", "warn", "rcs resolve"),
    "a reconciliation that is stopped": (stop, "reconciliation", "fail", "DISABLED"),
    "a change that was not published": (hold_changes_back, "changes", "warn", "ChangeDeadLetterQueue"),
    "a call that IAM refuses": (deny, "queue", "fail", "ListEventSourceMappings"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_something_is_broken(cli: Cli, name: str) -> None:
    """The check that it is about says so and what to do; only a failure makes the exit code 1."""
    break_it, check, verdict, told = BROKEN[name]
    break_it(cli)
    said = cli("doctor", "--json")
    assert verdicts(said)[check] == verdict
    assert told in found(said, check)
    assert said.code == (1 if "fail" in verdicts(said).values() else 0)
    others = {"stack", "secret", "alarms", "queue", "dead letters", "unknown", "reconciliation", "changes"} - {check}
    assert "fail" not in {verdicts(said)[other] for other in others}
    assert not {USERNAME, PASSWORD} & set(said.out.replace('"', " ").split())


def test_a_queue_within_its_limit(cli: Cli) -> None:
    """The limit is that of the alarm."""
    aged(1000)(cli)
    assert verdicts(cli("doctor", "--json"))["queue"] == "fail"
    set_parameter("OldestMessageAlarmSeconds", "3600")(cli)
    assert verdicts(cli("doctor", "--json"))["queue"] == "ok"


def test_a_callback_that_others_answer(cli: Cli) -> None:
    """A page of somebody else is not taken for the function."""
    cli.account.description["Outputs"][1]["OutputValue"] = "https://callback.example/elsewhere"
    said = cli("doctor", "--json")
    assert (said.code, verdicts(said)["callback"]) == (1, "fail")
    assert "404" in found(said, "callback")


class Answers:
    """Answers for Messente with a status, or not at all."""

    def __init__(self, status: int | None) -> None:
        self._status = status

    def urlopen(self, *_: Any, **__: Any) -> urllib3.HTTPResponse:
        """Answer a request."""
        if self._status is None:
            raise urllib3.exceptions.ReadTimeoutError(cast("Any", None), "", "")
        return urllib3.HTTPResponse(io.BytesIO(b"{}"), status=self._status, preload_content=False)


@pytest.mark.parametrize(
    ("status", "verdict"), [(404, "ok"), (401, "fail"), (403, "warn"), (429, "warn"), (500, "warn"), (None, "fail")]
)
def test_what_messente_answers(cli: Cli, status: int | None, verdict: str) -> None:
    """A message that nobody knows proves the password; an address that is refused here may be allowed there."""
    cli.http = Answers(status)
    assert verdicts(cli("doctor", "--json"))["messente"] == verdict
