"""What a valid payload becomes: the body to send, its hash, and the fields that steer us."""

import copy
import json
from collections import OrderedDict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from messente_rcs.payload.submission import parse
from tests.support.strategies import PHONE, SMS, Json, full_payloads, payload, rcs

STEERING = ("idempotency_key", "expires_at", "on_unknown", "ignore_opt_out", "tags")


def reverse(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reverse(value[name]) for name in reversed(value)}
    return [reverse(item) for item in value] if isinstance(value, list) else value


def test_steering_fields() -> None:
    """Key, expiry and what to do about an unknown outcome are ours: they come out apart and stay out of the body."""
    sent = payload(idempotency_key="order-1", expires_at="2030-01-31T09:05:00+02:00", on_unknown="resend")
    submission = parse(sent)
    assert (submission.key, submission.to, submission.on_unknown) == ("order-1", PHONE, "resend")
    assert submission.expires_at == datetime(2030, 1, 31, 7, 5, tzinfo=UTC)
    assert submission.omnimessage == payload()


def test_defaults() -> None:
    """Without steering fields there is no key, no expiry, and an unknown outcome is held."""
    submission = parse({"to": PHONE, "text": "Hello"})
    assert (submission.key, submission.expires_at, submission.on_unknown) == (None, None, "hold")
    assert submission.tags == {}
    assert submission.omnimessage == {"to": PHONE, "messages": [{"channel": "rcs", "text": "Hello"}]}


@pytest.mark.parametrize("sent", full_payloads().values(), ids=list(full_payloads()))
def test_body_is_what_was_sent(sent: Json) -> None:
    """Nothing is added, dropped or converted, null included, whether it comes as a mapping, as text or as bytes."""
    body = {name: value for name, value in sent.items() if name not in STEERING}
    if "text" in body:
        body["messages"] = [{"channel": "rcs", "text": body.pop("text")}]
    for form in (sent, json.dumps(sent), json.dumps(sent, ensure_ascii=False).encode(), MappingProxyType(sent)):
        assert json.dumps(parse(form).omnimessage, sort_keys=True) == json.dumps(body, sort_keys=True)


def test_default_sender() -> None:
    """An RCS message without a sender gets the default one; other channels, and a sender of its own, keep theirs."""
    sms = {"channel": "sms", "text": "x"}
    own = parse(payload(rcs(text="x"), sms), default_sender="Agent").omnimessage["messages"]
    assert own == [{"channel": "rcs", "sender": "Shop", "text": "x"}, sms]
    filled = parse({"to": PHONE, "text": "x"}, default_sender="Agent").omnimessage["messages"]
    assert filled == [{"channel": "rcs", "sender": "Agent", "text": "x"}]


def test_what_was_sent_is_left_alone() -> None:
    """Neither the default sender nor the shorthand is written into the caller's own objects."""
    for sent in ({"to": PHONE, "text": "x"}, payload({"channel": "rcs", "text": "x"}, SMS)):
        before = copy.deepcopy(sent)
        parse(sent, default_sender="Agent")
        assert sent == before


def test_hash_of_the_shorthand() -> None:
    """The shorthand and the message it stands for are the same payload."""
    short = parse({"to": PHONE, "text": "x"})
    assert short.payload_hash == parse({"to": PHONE, "messages": [{"text": "x", "channel": "rcs"}]}).payload_hash


@pytest.mark.parametrize("sent", full_payloads().values(), ids=list(full_payloads()))
def test_hash_ignores_order_and_steering(sent: Json) -> None:
    """The order of fields, the fields that steer us and the default sender do not change the hash."""
    digest = parse(sent).payload_hash
    bare = {name: value for name, value in sent.items() if name not in STEERING}
    assert digest == parse(reverse(sent)).payload_hash == parse(json.dumps(sent, indent=2)).payload_hash
    assert digest == parse(bare).payload_hash == parse(OrderedDict(bare), "Agent").payload_hash
    assert len(bytes.fromhex(digest)) == 32


def test_hash_is_stable() -> None:
    """The hash is stored beside sent messages: a new version of this code must not change it."""
    expected = "0dd82d4a8391b2f0dec2165538054f8225c2d31add8a603e6b737d5b87374bd5"
    assert parse({"to": PHONE, "text": "Tere, õhtust \N{GRINNING FACE}"}).payload_hash == expected
