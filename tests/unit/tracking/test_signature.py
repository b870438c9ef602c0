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
from tests.support.world import PASSWORD, SECRET, message

if TYPE_CHECKING:
    from tests.standin.messente import Accepted
    from tests.standin.reports import Report
    from tests.support.world import World


@pytest.fixture
def sent(world: World) -> Accepted:
    """A message that was sent."""
    assert world.deliver(message("k"), sending(world))
    return world.messente.accepted[0]


def delivery(world: World) -> str:
    """Read what the record says of its delivery."""
    return str(world.record_of("k")["delivery"])


def told(accepted: Accepted, **more: Any) -> dict[str, Any]:
    """Say what a report says."""
    body: dict[str, Any] = json.loads(report(accepted, "DELIVRD").body)
    return body | more


def test_bytes_that_json_would_write_differently(world: World, callback: Callback, sent: Accepted) -> None:
    """The signature is over the body as it came: spaces, order, escapes, other scripts, a line at the end."""
    facts = told(sent, sender="Pood õ", error="🙂")
    bodies = [
        json.dumps(facts, indent=3),
        json.dumps(facts, ensure_ascii=False, separators=(" ,", " :  ")),
        json.dumps(dict(reversed(facts.items()))) + "\r\n\r\n",
        json.dumps(facts).replace("r", "\\u0072"),
        json.dumps(facts).replace('"parts_count": 1', '"parts_count": 1e0'),
        json.dumps(facts).replace('"err": 0', '"err": 0, "err": 0'),
    ]
    before = world.item("k")
    for text in bodies:
        body = text.encode()
        again = json.dumps(json.loads(body)).encode()
        assert again != body
        for base64 in (False, True):
            forged = signed(body, signature=sign(again, PASSWORD), base64=base64)
            assert callback.handle(forged)[0] == 401
            assert world.item("k") == before
    for text in bodies:
        assert callback.handle(signed(text.encode()))[0] == 200
        assert callback.handle(signed(text.encode(), base64=True))[0] == 200
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
    assert (status, body["errors"][0]["code"]) == (401, "103")
    assert world.item("k") == before


def test_other_wrong_signatures(world: World, callback: Callback, sent: Accepted) -> None:
    """None at all, one by another digest, one over another body, one cut short: 401 each."""
    body = report(sent, "SEEN").body
    before = world.item("k")
    event = signed(body)
    unsigned = event | {"headers": {}}
    no_headers = event | {"headers": None}
    right = sign(body, PASSWORD)
    wrong = [right[:-1], right + "0", right[::-1], hmac.new(PASSWORD.encode(), body, hashlib.sha512).hexdigest()]
    for each in (unsigned, no_headers, *(signed(body, signature=other) for other in wrong)):
        assert callback.handle(each)[0] == 401
    assert callback.handle(signed(body + b" ", signature=right))[0] == 401
    assert world.item("k") == before
    assert callback.handle(signed(body, signature=f" {right.upper()} "))[0] == 200


def rotate(world: World, new: str) -> None:
    """Rotate the password as an operator does: Messente first, then the secret."""
    world.messente.change_password(new)
    world.put_secret(new)


@pytest.mark.parametrize("password", [PASSWORD, "rotated"])
def test_both_passwords_are_right_during_a_rotation(world: World, sent: Accepted, password: str) -> None:
    """In a new environment, AWSCURRENT and AWSPREVIOUS both verify; one before those does not."""
    world.put_secret("long ago")
    world.put_secret(PASSWORD)
    rotate(world, "rotated")
    callback = Callback(world)
    assert callback.take(report(sent, "ACK", password="long ago")) == [401]
    assert callback.take(report(sent, "DELIVRD", password=password)) == [200]
    assert delivery(world) == "delivered"


def test_a_secret_that_was_never_rotated(world: World, sent: Accepted) -> None:
    """There is no AWSPREVIOUS at all: the current password verifies, anything else is 401 and no failure."""
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    world.secrets.create_secret(Name=SECRET, SecretString=json.dumps({"username": "u", "password": PASSWORD}))
    callback = Callback(world)
    assert callback.take(report(sent, "ACK", password="other"), report(sent, "SEEN")) == [401, 200]


def test_a_password_that_changes_while_it_is_cached(world: World, callback: Callback, sent: Accepted) -> None:
    """The first report by the new one makes us look once more; those by the old one go on being right."""
    assert callback.take(report(sent, "ACK")) == [200]
    rotate(world, "rotated")
    assert callback.take(report(sent, "ACCEPTD", password="rotated")) == [200]
    assert callback.take(report(sent, "DELIVRD", password=PASSWORD)) == [200]
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


class Reads:
    """Counts how often the secret is read."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, step: str, when: str) -> None:
        """See a step."""
        self.count += (step, when) == ("get_secret_value", "before")


@pytest.mark.parametrize("rotations", [0, 1])
def test_the_password_before_is_read_once_in_a_while(world: World, sent: Accepted, rotations: int) -> None:
    """Reports that are signed with it are checked from memory, however many come; a rotation is one more look."""
    world.put_secret("long ago")
    world.put_secret(PASSWORD)
    rotate(world, "rotated")
    reads = Reads()
    callback = Callback(world, reads)
    for number in range(rotations):
        assert callback.take(report(sent, "ACK", password=f"rotated{number or ''}")) == [200]
        rotate(world, f"rotated{number + 1}")
        world.clock.advance(FRESH + 1)
    before = f"rotated{rotations - 1 or ''}" if rotations else PASSWORD
    assert set(callback.take(*[report(sent, "SEEN", password=before)] * 20)) == {200}
    assert reads.count == 2 * (rotations + 1) - rotations


def test_a_report_signed_with_a_newline_at_the_passwords_end(world: World, sent: Accepted) -> None:
    """What is left out for sending is left out for checking."""
    for _ in range(2):  # the version before is like it
        world.put_secret(PASSWORD + "\n")
    assert Callback(world).take(report(sent, "SEEN")) == [200]


def test_bad_signatures_do_not_stampede(world: World, sent: Accepted) -> None:
    """The endpoint is public: fifty bad signatures in a second read the secret a handful of times."""
    reads = Reads()
    callback = Callback(world, reads)
    assert set(callback.take(*[report(sent, "SEEN", password="guess")] * 50)) == {401}
    assert reads.count <= 5


def flood(world: World, callback: Callback, bad: Report, seconds: float) -> None:
    """Let bad signatures come in for so long, at less than a pause from each other."""
    until = world.clock() + seconds
    while world.clock() < until:
        assert callback.take(bad) == [401]
        world.clock.advance(PAUSE - 1)


def test_a_flood_of_bad_signatures_does_not_keep_the_new_password_out(world: World, sent: Accepted) -> None:
    """Whoever keeps guessing cannot stop the secret from being read again after a rotation."""
    reads = Reads()
    callback = Callback(world, reads)
    bad = report(sent, "SEEN", password="guess")
    flood(world, callback, bad, 5 * PAUSE)
    rotate(world, "rotated")
    flood(world, callback, bad, 3 * PAUSE)
    assert callback.take(report(sent, "ACK", password="rotated")) == [200]
    assert reads.count <= 30


def test_a_flood_of_bad_signatures_does_not_age_the_password(world: World, sent: Accepted) -> None:
    """Nor can it make us forget the password that we have, for want of a fresh look."""
    callback = Callback(world)
    flood(world, callback, report(sent, "SEEN", password="guess"), STALE + FRESH)
    assert callback.take(report(sent, "ACK")) == [200]


def test_secrets_manager_down(world: World, sent: Accepted) -> None:
    """With a password in memory reports go on; without one the answer is 503, never 200 and never 401."""
    callback = Callback(world)
    assert callback.take(report(sent, "ACK")) == [200]
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    world.clock.advance(FRESH + 1)
    assert callback.take(report(sent, "DELIVRD")) == [200]
    before = world.item("k")
    answer = Callback(world).handle(as_event(report(sent, "SEEN")))
    assert (answer[0], answer[1]["errors"][0]["code"]) == (503, "104")
    assert world.item("k") == before
