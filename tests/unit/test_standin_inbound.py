"""Inbound messages of the stand-in: documented fields, a signature over the very bytes."""

import hashlib
import hmac
import json

from tests.standin.inbound import inbound, raw
from tests.standin.messente import Messente

BASE = "https://callback.example/"


def test_has_the_documented_fields() -> None:
    """A typed reply carries what Messente's page lists, and goes to the route of inbound messages."""
    post = inbound(BASE, "+37255512345", "Tere!", channel="sms", at=1_795_435_200, msg_id="m", sub_msg_id="s")
    assert post.url == "https://callback.example/inbound-messages"
    assert json.loads(post.body) == {
        "msg_id": "m",
        "sub_msg_id": "s",
        "channel": "sms",
        "recipient": "+37250000000",
        "time": "2026-11-23T12:00:00Z",
        "text": "Tere!",
        "sender": "+37255512345",
    }


def test_a_tap_carries_its_postback_data() -> None:
    """A tap is told from a typed reply by its data."""
    tap, reply = inbound(BASE, "+37255512345", "Yes", postback_data="yes"), inbound(BASE, "+37255512345", "Yes")
    assert json.loads(tap.body)["postback_data"] == "yes"
    assert "postback_data" not in json.loads(reply.body)
    assert tap.msg_id != reply.msg_id


def test_is_signed_with_the_shared_secret() -> None:
    """The signature is the hex HMAC-SHA256 over the raw body, with another secret than the password."""
    post = inbound(BASE, "+37255512345", "Jah, õige", secret=Messente(inbound_secret="shared").inbound_secret)
    assert post.headers["X-Messente-Signature"] == hmac.new(b"shared", post.body, hashlib.sha256).hexdigest()
    assert "õige".encode() in post.body


def test_anything_can_be_signed_or_not() -> None:
    """Odd bodies go out as they are, with a signature that fits or none."""
    assert raw(BASE, b"\xff").body == b"\xff"
    assert "X-Messente-Signature" not in raw(BASE, b"{}", None).headers
