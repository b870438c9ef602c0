"""`rcs pause` and `rcs resume`: nothing is sent in between, and afterwards all is as it was before."""

from collections.abc import Callable
from functools import partial

import pytest

from rcs_cli.stack import PAUSED
from tests.support.fakes.aws import error
from tests.support.fakes.services import physical
from tests.support.shell import run_aws
from tests.support.world import TEXT, TO
from tests.unit.cli.conftest import Cli

SEND = physical("SendFunction")
BEFORE: list[tuple[str, int | None]] = [("Enabled", None), ("Enabled", 7), ("Disabled", None), ("Enabled", 0)]


def standing(cli: Cli) -> tuple[str, int | None]:
    [mapping] = [each for each in cli.account.services.mappings if each["FunctionArn"] == SEND]
    return mapping["State"], cli.account.services.reserved.get(SEND)


def stand(cli: Cli, state: str, reserved: int | None) -> None:
    cli.account.services.mappings[0]["State"] = state
    if reserved is not None:
        cli.account.services.reserved[SEND] = reserved


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("before", BEFORE)
def test_a_resumed_stack_stands_as_before(cli: Cli, before: tuple[str, int | None], slow: bool) -> None:  # noqa: FBT001
    """However often it was paused, with and without --all."""
    stand(cli, *before)
    cli.account.services.slow_mappings = slow
    for arguments, reserved in (((), before[1]), (("--all",), 0), ((), 0), (("--all",), 0)):
        assert cli("pause", *arguments).code == 0
        assert standing(cli) == ("Disabled", reserved)
    for _ in range(2):
        assert cli("resume").code == 0
        assert cli("doctor").code == (0 if before in BEFORE[:2] else 1)
        assert (standing(cli), cli.account.services.tags) == (before, {})


def test_a_paused_stack_says_so(cli: Cli) -> None:
    """The doctor says since when, and every command that needs the API does. What is pasted reaches the same stack."""
    for arguments in ((), ("--all",)):
        assert cli("pause", *arguments, "--stack", "my own").out.endswith("rcs resume '--stack=my own'\n")
        cli.world.clock.advance(3600)
    checks = {each["check"]: each for each in cli("doctor", "--json", "--stack", "my own", "--local").json["checks"]}
    for name in ("queue", "sending"):
        assert (checks[name]["verdict"], checks[name]["next"]) == ("fail", "rcs resume '--stack=my own' --local")
        assert "paused since 2026-11-23T12:00:00.000Z" in checks[name]["found"]
    said = cli("send", TO, TEXT, "--stack", "my own")
    assert (said.code, cli.world.accepted()) == (1, 0)
    assert "paused since 2026-11-23T12:00:00.000Z. Start it with rcs resume '--stack=my own'" in said.err


@pytest.mark.parametrize("note", ["x", "t enabled none", "t Enabled many", "t Enabled none x"])
def test_a_note_that_somebody_changed(cli: Cli, note: str) -> None:
    """Nothing is switched by it. Without it, the doctor names what starts the function."""
    cli("pause")
    cli.account.services.tags[PAUSED] = note
    said = cli("resume")
    assert (said.code, said.out, standing(cli)) == (1, "", ("Disabled", None))
    run_aws(said.err.partition("function: ")[2], cli.account.client)
    assert "update-event-source-mapping" in cli("doctor", "--json").out


@pytest.mark.parametrize(
    ("command", "call"),
    [
        *(("pause", each) for each in ("tag_resource", "update_event_source_mapping", "put_function_concurrency")),
        *(("resume", each) for each in ("put_function_concurrency", "update_event_source_mapping", "untag_resource")),
    ],
)
@pytest.mark.parametrize("again", ["repeated", "taken back"])
def test_a_command_that_broke_off(cli: Cli, command: str, call: str, again: str) -> None:
    """It can be repeated; and in either case, resuming restores what stood before."""
    services = cli.account.services
    stand(cli, "Enabled", 7)
    options = ("--all",) if command == "pause" else ()
    if command == "resume":
        cli("pause", "--all")

    def fail(**_: object) -> None:
        raise error("AccessDeniedException", "Anything")

    setattr(services, call, fail)
    assert cli(command, *options).code == 1
    delattr(services, call)
    if again == "repeated":
        assert cli(command, *options).code == 0
        assert standing(cli) == (("Disabled", 0) if command == "pause" else ("Enabled", 7))
    assert cli("resume").code == 0
    assert (standing(cli), services.tags) == (("Enabled", 7), {})


def test_the_queue_is_off_before_the_function_is(cli: Cli) -> None:
    """And on after it: a batch that Lambda throttles is a receive of each of its messages."""
    seen = list[tuple[str, int | None]]()
    services = cli.account.services
    services.slow_mappings = True

    def watched(do: Callable[..., None], **given: object) -> None:
        seen.append(standing(cli))
        do(**given)

    for call in ("put_function_concurrency", "delete_function_concurrency"):
        setattr(services, call, partial(watched, getattr(services, call)))
    cli("pause", "--all")
    cli("resume")
    assert seen == [("Disabled", None), ("Disabled", 0)]


def test_what_was_started_by_hand_can_be_paused_again(cli: Cli) -> None:
    """The note of the first pause is outdated then."""
    cli("pause")
    stand(cli, "Enabled", 3)
    cli.world.clock.advance(60)
    cli("pause", "--all")
    assert "paused since 2026-11-23T12:01" in cli("doctor").out.replace("\n", " ")
    stand(cli, "Disabled", 5)
    assert "reserved concurrency is 5" in cli("resume").out
    assert standing(cli) == ("Enabled", 5)
