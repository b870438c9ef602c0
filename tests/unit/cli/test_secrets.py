"""`rcs secret set`: what is typed is never shown, and all else in the secret stays."""

import json
from typing import Any

import pytest
import typer

from tests.support.world import PASSWORD, SECRET, USERNAME
from tests.unit.cli.conftest import Cli

KEY, OTHER = "hunter-key", "hunter-other"
FIELDS: dict[str, Any] = {"username": USERNAME, "password": PASSWORD, "inbound_secrets": [KEY], "x": 1}


def put(cli: Cli, fields: object) -> None:
    text = fields if isinstance(fields, str) else json.dumps(fields)
    cli.world.secrets.put_secret_value(SecretId=SECRET, SecretString=text)


def read(cli: Cli, stage: str = "AWSCURRENT") -> Any:
    return json.loads(cli.world.secrets.get_secret_value(SecretId=SECRET, VersionStage=stage)["SecretString"])


SET: dict[str, tuple[object, tuple[str, ...], tuple[str, ...], dict[str, Any]]] = {
    "both": (FIELDS, (), ("user", "hunter2"), {"username": "user", "password": "hunter2"}),
    "Enter alone keeps a value": (FIELDS, (), ("", "hunter2 \"'õ$x"), {"password": "hunter2 \"'õ$x"}),
    "after a byte order mark": ("\ufeff" + json.dumps(FIELDS), (), ("", "hunter2"), {"password": "hunter2"}),
    "one more Shared Secret": (FIELDS, ("--inbound-secret",), (OTHER,), {"inbound_secrets": [KEY, OTHER]}),
    "a text": (FIELDS | {"inbound_secrets": KEY}, ("--inbound-secret",), (OTHER,), {"inbound_secrets": [KEY, OTHER]}),
}  # fmt: skip


@pytest.mark.parametrize("name", SET)
def test_what_was_typed_is_in_the_secret(cli: Cli, name: str) -> None:
    """And nothing else of it has changed."""
    before, arguments, typed, changed = SET[name]
    put(cli, before)
    cli.answers = "".join(f"{text}\n" for text in typed)
    said = cli("secret", "set", *arguments)
    assert (said.code, read(cli)) == (0, FIELDS | changed)
    assert "within 5 minutes" in said.out
    assert "hunter" not in said.out + said.err


def test_a_secret_that_is_no_json(cli: Cli) -> None:
    """It held nothing that could be kept."""
    put(cli, "user:hunter1")
    cli.answers = "user\nhunter2\n"
    assert cli("secret", "set").code == 0
    assert read(cli) == {"username": "user", "password": "hunter2"}


@pytest.mark.parametrize(
    ("arguments", "typed", "told"),
    [
        ((), "user:x\nhunter2\n", "the secret's username has a colon"),
        ((), "user\nhunter\t2\n", "the secret's password has a control character"),
        (("--inbound-secret",), "\n", "the secret's inbound_secrets is empty"),
    ],
)
def test_an_unusable_value_changes_nothing(cli: Cli, arguments: tuple[str, ...], typed: str, told: str) -> None:
    """The line names the field and not the value."""
    put(cli, FIELDS)
    cli.answers = typed
    said = cli("secret", "set", *arguments)
    assert (said.code, read(cli), told in said.err) == (1, FIELDS, True)
    assert "hunter" not in said.out + said.err


@pytest.mark.parametrize(("arguments", "typed"), [((), "\n\n"), (("--inbound-secret",), f"{KEY}\n")])
def test_what_is_there_already_makes_no_version(cli: Cli, arguments: tuple[str, ...], typed: str) -> None:
    """The version before must stay: reports that were signed with its password are still on their way."""
    put(cli, FIELDS | {"password": "hunter1"})
    put(cli, FIELDS)
    cli.answers = typed
    assert "Nothing was changed" in cli("secret", "set", *arguments).out
    assert read(cli, "AWSPREVIOUS")["password"] == "hunter1"


def test_two_people_at_once(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other one adds while this one types is kept."""

    def typed(name: str, **_: object) -> str:
        put(cli, FIELDS | {"inbound_secrets": [KEY, OTHER]})
        return name

    put(cli, FIELDS)
    monkeypatch.setattr(typer, "prompt", typed)
    cli.answers = ""
    assert (cli("secret", "set").code, read(cli)["inbound_secrets"]) == (0, [KEY, OTHER])


def test_ctrl_c_at_a_question(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the failure that a no would be."""

    def stop(*_: object, **__: object) -> None:
        raise stopped

    stopped = typer.Abort()
    stopped.__context__ = KeyboardInterrupt()  # as typer raises it
    monkeypatch.setattr(typer, "prompt", stop)
    cli.answers = ""
    assert cli("secret", "set").code == 130


def test_without_a_terminal(cli: Cli) -> None:
    """Nothing is read from a pipe, whose other end a script would have to write a password to."""
    cli.piped = "user\nhunter2\n"
    said = cli("secret", "set")
    assert (said.code, "aws secretsmanager" in said.err) == (2, True)
