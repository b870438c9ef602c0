"""Who may move a record: the raw body, the password of now and before, and nobody else."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.messente.credentials import FRESH, PAUSE, STALE
from tests.standin.reports import as_event, sign
from tests.support.callback import Callback, report, reports_of, sending, signed
from tests.support.steps import at
from tests.support.world import PASSWORD, SECRET, message

if TYPE_CHECKING:
    from tests.standin.messente import Accepted
    from tests.support.world import World


def delivery(world: World) -> str:
    """Read what the record says of its delivery."""
    return str(world.record_of("k")["delivery"])


def test_bytes_that_json_would_write_differently(world: World, callback: Callback, sent: Accepted) -> None:
    """The signature is over the body as it came: spaces, order, escapes, other scripts, a line at the end."""
    facts: dict[str, Any] = json.loads(report(sent, "DELIVRD").body) | {"sender": "Pood õ", "error": "🙂"}
    bodies = [
        json.dumps(facts, indent=3),
        json.dumps(facts, ensure_ascii=False, separators=(" ,", " :  ")),
        json.dumps(dict(reversed(facts.items()))) + "\r\n\r\n",
        json.dumps(facts).replace("r", "\\u0072"),
        json.dumps(facts).replace('"parts_count": 1', '"parts_count": 1e0'),
        json.dumps(facts).replace('"err": 0', '"err": 0, "err": 0'),
    ]
    before = world.item("k")
    for body in map(str.encode, bodies):
        again = json.dumps(json.loads(body)).encode()
        assert again != body
        forged = [signed(body, signature=sign(again, PASSWORD), base64=base64) for base64 in (False, True)]
        assert [callback.handle(each)[0] for each in forged] == [401, 401]
    assert world.item("k") == before
    for body in map(str.encode, bodies):
        assert [callback.handle(signed(body, base64=base64))[0] for base64 in (False, True)] == [200, 200]
    assert delivery(world) == "delivered"


@pytest.mark.parametrize(
    "signature",
    ["", " ", "0" * 64, "ä" * 64, "\ud800", "sha256=", "x" * 100_000, "\x00", sign(b"", PASSWORD), sign(b"{}", "")],
    ids=range(10),
)
def test_a_signature_that_is_not_messentes(world: World, callback: Callback, sent: Accepted, signature: str) -> None:
    """401 in Messente's error shape, and the record is as it was."""
    before = world.item("k")
    status, body = callback.handle(signed(report(sent, "SEEN").body, signature=signature))
    assert (status, body["errors"][0]["code"], world.item("k")) == (401, "103", before)


def test_other_wrong_signatures(world: World, callback: Callback, sent: Accepted) -> None:
    """None at all, one by another digest, one over another body, one cut short: 401 each."""
    body, before = report(sent, "SEEN").body, world.item("k")
    event, right = signed(body), sign(body, PASSWORD)
    wrong = [right[:-1], right + "0", right[::-1], hmac.new(PASSWORD.encode(), body, hashlib.sha512).hexdigest()]
    events = [event | {"headers": {}}, event | {"headers": None}, signed(body + b" ", signature=right)]
    for each in (*events, *(signed(body, signature=other) for other in wrong)):
        assert callback.handle(each)[0] == 401
    assert world.item("k") == before
    assert callback.handle(signed(body, signature=f" {right.upper()} "))[0] == 200


def rotate(world: World, *passwords: str) -> None:
    """Rotate the password as an operator does: Messente first, then the secret."""
    for password in passwords:
        world.messente.change_password(password)
        world.put_secret(password)


@pytest.mark.parametrize("password", [PASSWORD, "rotated"])
def test_both_passwords_are_right_during_a_rotation(world: World, sent: Accepted, password: str) -> None:
    """In a new environment, AWSCURRENT and AWSPREVIOUS both verify; one before those does not."""
    rotate(world, "long ago", PASSWORD, "rotated")
    callback = Callback(world)
    assert callback.take(report(sent, "ACK", password="long ago")) == [401]
    assert callback.take(report(sent, "DELIVRD", password=password)) == [200]
    assert delivery(world) == "delivered"


def test_a_secret_that_was_never_rotated(world: World, sent: Accepted) -> None:
    """There is no AWSPREVIOUS at all: the current password verifies, anything else is 401 and no failure."""
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    world.secrets.create_secret(Name=SECRET, SecretString=json.dumps({"username": "u", "password": PASSWORD}))
    assert Callback(world).take(report(sent, "ACK", password="other"), report(sent, "SEEN")) == [401, 200]


def test_a_password_that_changes_while_it_is_cached(world: World, callback: Callback, sent: Accepted) -> None:
    """The first report by the new one makes us look once more; those by the old one go on being right."""
    assert callback.take(report(sent, "ACK")) == [200]
    rotate(world, "rotated")
    assert callback.take(report(sent, "ACCEPTD", password="rotated"), report(sent, "DELIVRD")) == [200, 200]
    rotate(world, "again")
    world.clock.advance(PAUSE)
    assert callback.take(report(sent, "SEEN", password="again"), report(sent, "SEEN", password="rotated")) == [200, 200]
    assert delivery(world) == "seen"


def test_the_stand_in_may_sign_with_the_password_before(world: World, callback: Callback) -> None:
    """Messente's own change of the signing key may lag behind."""
    world.deliver(message("k"), sending(world))
    world.messente.change_password("rotated", sign_with_previous=True)
    world.put_secret("rotated")
    assert callback.take(*reports_of(world)) == [200] * 3


@pytest.fixture
def reads() -> list[str]:
    """One entry for each time that the secret was read by `watched`."""
    return []


@pytest.fixture
def watched(world: World, reads: list[str]) -> Callback:
    """An environment whose reads of the secret are counted."""
    return Callback(world, at("get_secret_value", "before", lambda: reads.append("read")))


@pytest.mark.parametrize("rotations", [0, 1])
def test_the_password_before_is_read_once_in_a_while(
    world: World, sent: Accepted, watched: Callback, reads: list[str], rotations: int
) -> None:
    """Reports that are signed with it are checked from memory, however many come; a rotation is one more look."""
    rotate(world, "long ago", PASSWORD, "rotated")
    before = PASSWORD
    if rotations:
        assert watched.take(report(sent, "ACK", password="rotated")) == [200]
        rotate(world, "again")
        world.clock.advance(FRESH + 1)
        before = "rotated"
    assert set(watched.take(*[report(sent, "SEEN", password=before)] * 20)) == {200}
    assert len(reads) == 2 + rotations


def test_a_report_signed_with_a_newline_at_the_passwords_end(world: World, sent: Accepted) -> None:
    """What is left out for sending is left out for checking."""
    for _ in range(2):  # the version before is like it
        world.put_secret(PASSWORD + "\n")
    assert Callback(world).take(report(sent, "SEEN")) == [200]


def test_bad_signatures_do_not_stampede(sent: Accepted, watched: Callback, reads: list[str]) -> None:
    """The endpoint is public: fifty bad signatures in a second read the secret a handful of times."""
    assert set(watched.take(*[report(sent, "SEEN", password="guess")] * 50)) == {401}
    assert len(reads) <= 5


def flood(world: World, callback: Callback, seconds: float) -> None:
    """Let bad signatures come in for so long, at less than a pause from each other."""
    until, bad = world.clock() + seconds, report(world.messente.accepted[0], "SEEN", password="guess")
    while world.clock() < until:
        assert callback.take(bad) == [401]
        world.clock.advance(PAUSE - 1)


def test_a_flood_of_bad_signatures_does_not_keep_the_new_password_out(
    world: World, sent: Accepted, watched: Callback, reads: list[str]
) -> None:
    """Whoever keeps guessing cannot stop the secret from being read again after a rotation."""
    flood(world, watched, 5 * PAUSE)
    rotate(world, "rotated")
    flood(world, watched, 3 * PAUSE)
    assert watched.take(report(sent, "ACK", password="rotated")) == [200]
    assert len(reads) <= 30


def test_a_flood_of_bad_signatures_does_not_age_the_password(world: World, sent: Accepted, callback: Callback) -> None:
    """Nor can it make us forget the password that we have, for want of a fresh look."""
    flood(world, callback, STALE + FRESH)
    assert callback.take(report(sent, "ACK")) == [200]


def test_secrets_manager_down(world: World, sent: Accepted, callback: Callback) -> None:
    """With a password in memory reports go on; without one the answer is 503, never 200 and never 401."""
    assert callback.take(report(sent, "ACK")) == [200]
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    world.clock.advance(FRESH + 1)
    assert callback.take(report(sent, "DELIVRD")) == [200]
    before = world.item("k")
    status, body = Callback(world).handle(as_event(report(sent, "SEEN")))
    assert (status, body["errors"][0]["code"], world.item("k")) == (503, "104", before)
