"""The options of every command, what goes wrong on the way to a stack, and that `--local` never leaves this machine."""

import json

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ProfileNotFound
from botocore.parsers import ResponseParserError
from typer.testing import CliRunner

import messente_rcs
from rcs_cli.command import World as Around
from rcs_cli.main import COMMANDS, app
from rcs_cli.masking import mask_in, masked
from rcs_cli.options import Place
from rcs_cli.problems import Problem
from rcs_cli.stack import Stack, local_account, look_up
from tests.support.world import TEXT, TO, World, message
from tests.unit.cli.conftest import Cli


@pytest.mark.parametrize("command", [*COMMANDS, "secret set", "opt-outs list", "replay changes"])
def test_every_command_has_help_and_the_common_options(cli: Cli, command: str) -> None:
    """Its help begins as the list of commands says."""
    said = cli(*command.split(), "--help")
    _, told = COMMANDS.get(command, ("", ""))
    assert (said.code, told in " ".join(said.out.split())) == (0, True)
    assert all(f"--{name}" in said.out for name in ("stack", "region", "profile", "local", "json", "numbers"))


def test_flags_have_no_type_in_the_help(cli: Cli) -> None:
    """As in the help of other programs."""
    for command in ((), ("send",), ("opt-outs", "list")):
        out = cli(*command, "--help").out
        assert "--json" in out
        assert "<bool>" not in out
    assert "<int" in cli("dead-letters", "--help").out


@pytest.mark.parametrize("theirs", [messente_rcs.__version__, "7.0.0", None])
def test_the_version(cli: Cli, theirs: str | None) -> None:
    """The stack's is shown beside ours, and where they differ the doctor says so."""
    outputs = [each for each in cli.account.description["Outputs"] if each["OutputKey"] != "Version"]
    cli.account.description["Outputs"] = outputs + ([{"OutputKey": "Version", "OutputValue": theirs}] if theirs else [])
    is_same = theirs == messente_rcs.__version__
    told = f"version {theirs}" if theirs else "version 1.0.0 or older"
    ours, stack = cli("--version").out.splitlines()
    assert (ours, told in stack) == (f"rcs {messente_rcs.__version__}", True)
    assert cli("--json", "--version").json == {"rcs": messente_rcs.__version__, "stack": theirs}
    [found] = [each for each in cli("doctor", "--json").json["checks"] if each["check"] == "stack"]
    assert (found["verdict"], told in found["found"]) == ("ok" if is_same else "warn", True)


@pytest.mark.parametrize("arguments", [("--local",), ("--json",)])
def test_options_without_a_command(cli: Cli, arguments: tuple[str, ...]) -> None:
    """They are no command."""
    said = cli(*arguments)
    assert (said.code, "Missing command" in said.err) == (2, True)


@pytest.mark.parametrize("words", ["secret set hunter2", f"send {TO} {TO} hunter2", f"{TO} hunter2", f"opt-outs {TO}"])
def test_what_has_no_place_is_not_repeated(cli: Cli, words: str) -> None:
    """It may be a number, a text or a password."""
    said = cli(*words.split())
    assert (said.code, said.err.count("Usage"), "hunter2" in said.err, TO in said.err) == (2, 1, False, False)


PLACES: dict[str, tuple[tuple[str, ...], Place]] = {
    "the environment": (("unknown",), Place("staging")),
    "after the name": (("unknown", "--stack", "prod", "--region", "eu-north-1"), Place("prod", "eu-north-1")),
    "before the name": (("--stack", "prod", "--local", "unknown"), Place("prod", local=True)),
    "both": (("--stack", "prod", "--profile", "ops", "unknown", "--stack", "dev"), Place("dev", None, "ops")),
    "before the name of a group": (("opt-outs", "--stack", "prod", "list", "--local"), Place("prod", local=True)),
}


@pytest.mark.parametrize("name", PLACES)
def test_options_before_and_after_the_name(cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What stands nearer to the command wins, and RCS_STACK names the stack where no option does."""
    cli("unknown")
    monkeypatch.setenv("RCS_STACK", "staging")
    arguments, place = PLACES[name]
    cli(*arguments)
    assert cli.places == [Place("messente-rcs"), place]


def test_json_before_the_name(cli: Cli, world: World) -> None:
    """The flags, too, may stand before the command."""
    world.deliver(message("one"))
    assert cli("--json", "--numbers", "show", "one").json["to"] == TO


def test_completion(cli: Cli) -> None:
    """The shell completes commands and options, and is given a script for that."""
    environment = {"_RCS_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "rcs dead"}
    assert "dead-letters" in CliRunner().invoke(app, [], env=environment, prog_name="rcs").stdout
    assert "--show-completion" in cli("--help").out


BROKEN = {"Error": {"Code": "InternalError"}, "ResponseMetadata": {"HTTPStatusCode": 500}}
FAILURES: dict[str, tuple[Exception, str]] = {
    "no credentials": (NoCredentialsError(), "Log in to AWS"),
    "no profile": (ProfileNotFound(profile="x"), "AWS gave no answer (ProfileNotFound). Name a profile"),
    "no network": (EndpointConnectionError(endpoint_url="https://x"), "Check the network"),
    "denied": (ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks"), "DescribeStacks"),
    "logged out": (ClientError({"Error": {"Code": "ExpiredToken"}}, "DescribeStacks"), "Log in to AWS again"),
    "a portal": (ResponseParserError("<html>"), "another program answered"),
    "broken": (ClientError(BROKEN, "PutSecretValue"), "AWS gave no clear answer to PutSecretValue (InternalError)"),  # type: ignore[arg-type]
    "anything else": (ClientError({"Error": {"Code": "Odd", "Message": TEXT}}, "SendMessage"), "SendMessage (Odd)"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_of_aws_is_one_line(name: str) -> None:
    """It says what to do, has no traceback, and does not repeat what was sent; our own version is shown even so."""
    failure, told = FAILURES[name]

    def fail(_place: Place) -> Stack:
        raise failure

    for command, code, out in (("unknown", 1, ""), ("--version", 0, f"rcs {messente_rcs.__version__}\n")):
        done = CliRunner().invoke(app, [command], obj=Around(find=fail))
        assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (code, out, 1)
        assert told in done.stderr
        assert TEXT not in done.stderr


# --- --local ----------------------------------------------------------------------------------------------------------


def test_the_address_of_an_api() -> None:
    """The emulator serves an API under a path of its own; in AWS the address stays."""
    url = "https://abc.execute-api.eu-west-1.amazonaws.com/messages/a%3Ab?x=1"
    account = local_account("eu-north-1", {"AWS_ENDPOINT_URL": "http://localhost:4600/"})
    assert account.region == "eu-north-1"
    deploy = Stack(account, {"StackName": "x", "StackStatus": ""}).deploy(A=1)
    assert deploy.startswith("AWS_ENDPOINT_URL=http://localhost:4600 sam deploy --stack-name x ")
    assert account.reachable(url) == "http://localhost:4600/_aws/execute-api/abc/$default/messages/a%3Ab?x=1"


def test_there_is_no_such_stack(cli: Cli) -> None:
    """The line names the stack and how to name another one."""
    with pytest.raises(Problem, match="no stack other in eu-west-1"):
        look_up(cli.account, Place("other"))


# --- Masking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (TO, "+372…45"),
        (f"to {TO}.", "to +372…45."),
        ("37255512345", "3725…45"),
        ("+372 5551 2345, +372 (0) 5551-2345 and 00372 5551 2345", "+372…45, +372…45 and 0037…45"),
        (r'{"body": "{\"to\": \"\u002b372 5551 2345\"}"}', r'{"body": "{\"to\": \"\u00…45\"}"}'),
        ("00123456-7890-4abc-8def-0, +372\u20115551\u202f23\u200b45", "00123456-7890-4abc-8def-0, +372…45"),
        ("at 12:00+02:00 2026-11-24, 00:00:00 2026", "at 12:00+02:00 2026-11-24, 00:00:00 2026"),
        ("ba30935268f9-30935268", "ba30935268f9-30935268"),
    ],
)
def test_what_is_masked(text: str, shown: str) -> None:
    """Numbers of phones are, dates are not."""
    assert mask_in(text) == shown


def test_ids_stay() -> None:
    """An id that is a number is needed as it is."""
    record = {"id": "37255512345", "to": TO, "errors": [{"detail": TO}], "messages": {"1": {"error": TO}}}
    assert TO not in json.dumps(masked(record))
    assert masked(record)["id"] == "37255512345"
