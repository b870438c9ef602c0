"""The callback API: which record a report belongs to, what is no report, who may move a record, and failures."""

import hashlib
import hmac
import itertools
import json
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from messente_rcs.messente.credentials import FRESH, PAUSE, STALE
from messente_rcs.triggers.http import LARGEST
from tests.standin import numbers
from tests.standin.messente import Accepted
from tests.standin.reports import as_event, sign
from tests.support.callback import URL, Callback, report, reports_of, sending, signed
from tests.support.fakes.aws import error
from tests.support.steps import CUT, DIE, at, failing, raising
from tests.support.world import PASSWORD, SECRET, TABLE, TO, Crash, Hook, World, message, nothing

OTHER = "+37255554321"


def test_the_answer_names_the_message(world: World, callback: Callback, sent: Accepted) -> None:
    """200 with the id, whether the report is news or not; what is old writes nothing, not even the time of change."""
    assert callback.handle(as_event(report(sent, "DELIVRD"))) == (200, {"id": "k"})
    item = world.record_of("k")
    [told] = item["messages"].values()
    assert (item["delivery"], told["status"], told["err"]) == ("delivered", "DELIVRD", 0)
    assert told["price_info"] == {"part_price": "0.04", "parts_count": "1", "total_price": "0.04"}
    assert told["timestamp"] == "2026-11-23T12:00:01.000000"
    world.clock.advance(60)
    for status in ("DELIVRD", "ACK", "FAILED"):
        assert callback.handle(as_event(report(sent, status))) == (200, {"id": "k"})
    assert world.record_of("k") == item


@pytest.mark.parametrize(
    ("to", "hook", "field"),
    [
        # The other record is sent, so its ids are known.
        (OTHER, nothing, "payload[omnimessage_id]"),
        (TO, nothing, "payload[omnimessage_id]"),
        # It is unknown, or claimed and abandoned: nothing but the recipient and the index tells the two apart.
        (OTHER, CUT, "payload[to]"),
        (TO, CUT, "payload[omnimessage_id]"),
        (TO, DIE, "payload[omnimessage_id]"),
    ],
)
def test_a_replay_to_another_id_is_refused(
    world: World, callback: Callback, sent: Accepted, to: str, hook: Hook, field: str
) -> None:
    """A report that is right in itself changes no record but its own."""
    with suppress(Crash):
        world.deliver(message("other", to=to), sending(world, hook))
    before = world.item("other")
    answered, body = callback.handle(as_event(report(sent, "SEEN", message_id="other")))
    assert (answered, body["errors"][0]["source"], world.item("other")) == (409, field, before)
    assert callback.take(report(sent, "SEEN")) == [200]


@pytest.mark.parametrize(
    "message_id", ["none", "%00", "a%2Fb", "%E4%F6", "x" * 256, "100%25", "..", "a%20b", "%F0%9F%99%82", "%0A", "k%0A"]
)
def test_an_id_that_no_record_has(world: World, callback: Callback, sent: Accepted, message_id: str) -> None:
    """404 in Messente's error shape, also for what can be no id, encoded or decoded by whoever is before us."""
    event = as_event(report(sent, "SEEN", message_id=message_id))
    for path in (event["rawPath"], f"/delivery-reports/{message_id}"):
        status, body = callback.handle(event | {"rawPath": path})
        assert (status, body["errors"][0]["code"]) == (404, "101"), path
    assert world.record_of("k")["delivery"] == "pending"


def test_the_default_webhook_names_no_id(world: World, callback: Callback) -> None:
    """Where messages carry no dlr_url, the omnimessage_id finds the record."""
    world.messente.webhook = URL
    world.deliver(message("k"))
    assert "dlr_url" not in world.messente.accepted[0].body
    first, *others = reports_of(world)
    assert callback.handle(as_event(first)) == (200, {"id": "k"})
    for path in ("/delivery-reports", "/delivery-reports/"):
        assert callback.handle(as_event(others[0]) | {"rawPath": path}) == (200, {"id": "k"})
    assert world.record_of("k")["delivery"] == "delivered"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"null", b"[]", b"[{}]", b"{}", b'"text"', b"5", b"{", b"\xff\xfe", b"\x00", b"[" * 20_000),
        b'{"err":' + b"9" * 5000 + b"}",
        b'{"to": "+372", "omnimessage_id": "o"}',
        b'{"to": "+372", "omnimessage_id": "o", "message_id": {}}',
    ],
    ids=range(14),
)
def test_what_is_no_report(world: World, callback: Callback, sent: Accepted, body: bytes) -> None:
    """400 in Messente's error shape that names the field, and nothing is touched."""
    assert sent
    before = world.item("k")
    status, answer = callback.handle(signed(body, base64=True))
    assert (status, answer["errors"][0]["code"]) == (400, "105")
    assert answer["errors"][0]["source"].startswith("payload")
    assert world.item("k") == before


def test_size(world: World, callback: Callback, sent: Accepted) -> None:
    """What is much larger than any report is 413, whoever signed it; the largest allowed is read."""
    facts: dict[str, Any] = json.loads(report(sent, "SEEN").body)
    room = LARGEST - len(json.dumps(facts | {"padding": ""}))
    fits, larger = (json.dumps(facts | {"padding": "x" * (room + more)}).encode() for more in (0, 1))
    for base64 in (False, True):
        status, body = callback.handle(signed(larger, base64=base64))
        assert (status, body["errors"][0]["code"]) == (413, "105")
    assert world.record_of("k")["delivery"] == "pending"
    assert callback.handle(signed(fits))[0] == 200


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "Call")
TIMED_OUT = ReadTimeoutError(endpoint_url="https://dynamodb")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["get_item", "query", "update_item"])
@pytest.mark.parametrize("failure", [THROTTLED, TIMED_OUT], ids=["at DynamoDB", "on our side"])
def test_the_table_is_away(world: World, step: str, when: str, failure: Exception) -> None:
    """503, never 200, at whichever step; the same report is then taken, whether or not the write had been made."""
    world.deliver(message("k", to=numbers.CUT_AFTER_ACCEPT), sending(world))
    seen = reports_of(world)[-1]
    answer = Callback(world, failing(step, when, failure)).invoke(as_event(seen))
    assert (answer["statusCode"], json.loads(answer["body"])["errors"][0]["code"]) == (503, "104")
    assert int(answer["headers"]["Retry-After"]) > 0
    assert Callback(world).take(seen) == [200]
    item = world.record_of("k")
    assert (item["state"], item["delivery"]) == ("sent", "seen")


def test_a_record_that_never_stands_still(world: World, sent: Accepted) -> None:
    """When others overtake every try to write, the answer is 503 in the end."""
    tries = [10]

    def others_write() -> None:
        tries.append(tries[-1] + 1)
        item = world.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": "k"}})["Item"]
        world.dynamodb.put_item(TableName=TABLE, Item=item | {"revision": {"N": str(tries[-1])}})

    assert Callback(world, at("update_item", "before", others_write)).take(report(sent, "SEEN")) == [503]
    assert 2 < len(tries) < 20
    assert world.record_of("k")["delivery"] == "pending"


# --- Signatures: the raw body, the password of now and before, and nobody else ----------------------------------------


def delivery(world: World) -> str:
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


def test_a_signature_that_is_not_messentes(world: World, callback: Callback, sent: Accepted) -> None:
    """An odd one, one by another digest, cut short or over another body, or none: 401 in Messente's error shape."""
    body, before = report(sent, "SEEN").body, world.item("k")
    event, right = signed(body), sign(body, PASSWORD)
    odd = [
        "",
        " ",
        "0" * 64,
        "ä" * 64,
        "\ud800",
        "sha256=",
        "x" * 100_000,
        "\x00",
        sign(b"", PASSWORD),
        sign(b"{}", ""),
    ]
    near = [right[:-1], right + "0", right[::-1], hmac.new(PASSWORD.encode(), body, hashlib.sha512).hexdigest()]
    events = [event | {"headers": {}}, event | {"headers": None}, signed(body + b" ", signature=right)]
    for each in (*events, *(signed(body, signature=other) for other in odd + near)):
        status, answer = callback.handle(each)
        assert (status, answer["errors"][0]["code"]) == (401, "103")
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


@pytest.fixture
def reads() -> list[str]:
    return []


@pytest.fixture
def watched(world: World, reads: list[str]) -> Callback:
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


@pytest.mark.parametrize(("look", "rotations"), [(2, []), (3, [PASSWORD])])
def test_a_key_that_cannot_be_looked_up(world: World, sent: Accepted, look: int, rotations: list[str]) -> None:
    """The one before, or a newer one: the signature may be right, so that the report is asked for again."""
    world.put_secret("other")
    looks = itertools.count(1)
    fail = at("get_secret_value", "before", lambda: next(looks) == look and raising(error("Throttled", "Get"))())
    callback = Callback(world, fail)
    assert callback.take(report(sent, "ACK", password="other")) == [200]
    rotate(world, *rotations)
    assert callback.take(report(sent, "SEEN")) == [503]


def test_a_new_secret_that_cannot_be_used(world: World, sent: Accepted, callback: Callback) -> None:
    """The old one still serves; what another key has signed is asked for again, as the new secret may hold that key."""
    assert callback.take(report(sent, "ACK")) == [200]
    world.secrets.put_secret_value(SecretId=SECRET, SecretString='{"username": "x", "password": "other",}')
    assert callback.take(report(sent, "DELIVRD", password="other"), report(sent, "SEEN")) == [503, 200]


def test_secrets_manager_down(world: World, sent: Accepted, callback: Callback) -> None:
    """With a password in memory reports go on; without one the answer is 503, never 200 and never 401."""
    assert callback.take(report(sent, "ACK")) == [200]
    world.secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)
    world.clock.advance(FRESH + 1)
    assert callback.take(report(sent, "DELIVRD")) == [200]
    before = world.item("k")
    status, body = Callback(world).handle(as_event(report(sent, "SEEN")))
    assert (status, body["errors"][0]["code"], world.item("k")) == (503, "104", before)
