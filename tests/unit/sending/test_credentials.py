"""Passwords change, secrets are wrong or out of reach."""

import io
import json
from typing import Any

import pytest

from messente_rcs.messente.credentials import FRESH, LONGEST_PAUSE, PAUSE, STALE
from messente_rcs.triggers.direct import Invocations
from tests.support.world import PASSWORD, SECRET, USERNAME, World, message


def reads(hooked: list[str]) -> int:
    return hooked.count("get_secret_value")


@pytest.fixture
def steps() -> list[str]:
    return []


@pytest.fixture
def env(world: World, steps: list[str]) -> Invocations:
    """An environment that has sent one message, so that its credentials are cached."""
    app = world.env(lambda step, when: steps.append(step) if when == "before" else None)
    assert world.deliver(message("warm"), app)
    return app


def test_a_rotated_password_costs_one_refusal(world: World, env: Invocations, steps: list[str]) -> None:
    """A 401 fetches the secret again and repeats the POST once: the message is sent within the same delivery."""
    world.messente.change_password("rotated")
    world.put_secret("rotated")
    assert world.deliver(message("k", text="after the rotation"), env)
    assert (world.accepted("after the rotation"), reads(steps), steps.count("urlopen")) == (1, 2, 3)


def seconds_until_read(world: World, env: Invocations, steps: list[str]) -> int:
    """Let refused messages come in, one a second, until the secret is read again."""
    before, begin = reads(steps), world.clock()
    while reads(steps) == before and world.clock() < begin + 100:
        world.clock.advance(1)
        world.deliver(message(), env)
    return round(world.clock() - begin)


def test_looks_at_the_secret_become_rarer_and_quick_again(world: World, env: Invocations, steps: list[str]) -> None:
    """While it has nothing new each look is later than the one before, up to a limit; a new value starts over."""
    growing = [PAUSE, 2 * PAUSE, LONGEST_PAUSE, LONGEST_PAUSE]
    for number, password in enumerate(("unknown to us", "nor this one")):
        world.messente.change_password(password)
        world.deliver(message(), env)
        assert [seconds_until_read(world, env, steps) for _ in growing] == growing
        world.put_secret(password)
        assert seconds_until_read(world, env, steps) == LONGEST_PAUSE
        assert world.deliver(message(f"found {number}".replace(" ", "-")), env)
        world.clock.advance(LONGEST_PAUSE)


def test_an_outage_of_secrets_manager_does_not_stop_sends(world: World, env: Invocations) -> None:
    """The old password serves on for an hour; then messages wait, unclaimed."""
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    world.clock.advance(FRESH + 1)
    assert world.deliver(message("during", text="during"), env)
    world.clock.advance(STALE)
    assert not world.deliver(message("too-long", text="too long"), env)
    assert world.item("too-long") is None


def put(world: World, bom: str = "", **secret: Any) -> None:
    """Write a secret, perhaps with a byte order mark as Windows tools write files."""
    world.secrets.put_secret_value(SecretId=SECRET, SecretString=bom + json.dumps(secret))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("field", ["username", "password"])
def test_a_newline_around_a_value_is_left_out(world: World, log: io.StringIO, field: str, end: str) -> None:
    """A file or a shell has put it there: the message is sent, and the log warns once, without the value."""
    right = {"username": USERNAME, "password": PASSWORD}
    put(world, **right | {field: right[field] + end})
    app = world.env()
    assert world.deliver(message("k"), app)
    assert world.deliver(message("another", text="another"), app)
    warnings = [line for line in map(json.loads, log.getvalue().splitlines()) if line["level"] == "WARNING"]
    assert [field in line["reason"] for line in warnings] == [True]
    assert right[field] not in log.getvalue()
    put(world, **right | {field: end + right[field]})
    assert world.deliver(message("begin", text="begin"))


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("password", [" inner space", "inner space ", "pass:word", "pässwörd", "🙂", "a" * 4000])
def test_a_password_may_be_odd(world: World, log: io.StringIO, password: str, bom: str) -> None:
    """Spaces are part of it, at its ends too; so are colons and other scripts."""
    world.messente.change_password(password)
    put(world, bom, username=USERNAME, password=password, host="not ours", port=443)
    assert world.deliver(message("k"))
    assert "WARNING" not in log.getvalue()


@pytest.mark.parametrize(
    ("secret", "field"),
    [
        ({"username": USERNAME, "password": "hunter2\ud800"}, "password"),
        ({"username": "us\ud800er", "password": "hunter2"}, "username"),
        ({"username": "user:hunter2", "password": "hunter2"}, "username"),
        ({"username": USERNAME, "password": "hunter2\x00"}, "password"),
        ({"username": USERNAME, "password": "hun\nter2"}, "password"),
        ({"username": USERNAME, "password": "hunter2\t"}, "password"),
        ({"username": USERNAME, "password": "hunter2\x7f"}, "password"),
        ({"username": "user\x1b", "password": "hunter2"}, "username"),
        ({"username": USERNAME, "password": "\n"}, "password"),
        ({"username": "", "password": "hunter2"}, "username"),
        ({"username": USERNAME, "password": 12345}, "password"),
        ({"username": None, "password": "hunter2"}, "username"),
        ({"username": ["hunter2"], "password": "hunter2"}, "username"),
        ({"username": USERNAME}, "password"),
        ({"user": USERNAME, "password": "hunter2"}, "username"),
        ({}, "username"),
        ("hunter2", "username and password"),
        (["hunter2"], "username and password"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_by_name(
    world: World, log: io.StringIO, secret: object, field: str
) -> None:
    """Before any claim: the message waits, and the log names the field and not the value."""
    world.secrets.put_secret_value(SecretId=SECRET, SecretString=json.dumps(secret))
    assert not world.deliver(message("k"))
    assert (world.items(), world.messente.requests) == (0, [])
    [line] = map(json.loads, log.getvalue().splitlines())
    assert line["reason"].startswith(("the secret is not JSON with ", "the secret's "))
    assert [name for name in ("username", "password") if name in line["reason"]] == field.split(" and ")
    assert "hunter2" not in log.getvalue()
