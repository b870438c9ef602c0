"""Inbound messages as values: what a recipient wrote or tapped, as Messente's signed POST to our callback API.

The shape is the one that Messente's page on inbound messages has for SMS: msg_id, sub_msg_id, channel, recipient, time,
text and sender, signed with the Shared Secret of the inbound number. How a reply or a tap of RCS arrives is not
documented. That a tap has the same shape and carries `postback_data` beside `text` is an assumption of ours.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.standin.reports import SIGNATURE_HEADER, sign

ROUTE = "/inbound-messages"
SECRET = "inbound-shared-secret"


@dataclass(frozen=True)
class Inbound:
    """One POST of Messente's that hands a recipient's message in."""

    url: str
    headers: dict[str, str]
    body: bytes
    msg_id: str


def inbound(
    base_url: str,
    sender: str,
    text: str | None,
    *,
    recipient: str = "+37250000000",
    channel: str = "rcs",
    postback_data: str | None = None,
    secret: str | None = SECRET,
    at: float = 0,
    msg_id: str | None = None,
    sub_msg_id: str | None = None,
) -> Inbound:
    """Write out and sign what `sender` (a number) said to `recipient` (our number or agent) at a Unix time.

    `base_url` is the base of the callback API. Without a `msg_id` the same message has the same id each time.
    """
    msg_id = msg_id or str(uuid5(NAMESPACE_URL, json.dumps([sender, recipient, channel, text, postback_data, at])))
    said: dict[str, Any] = {
        "msg_id": msg_id,
        "sub_msg_id": sub_msg_id or msg_id,
        "channel": channel,
        "recipient": recipient,
        "time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "text": text,
        "sender": sender,
    }
    return post(base_url, said if postback_data is None else said | {"postback_data": postback_data}, secret)


def post(base_url: str, said: Mapping[str, Any], secret: str | None = SECRET) -> Inbound:
    # Unlike json.dumps by itself: a signature that is checked over re-encoded JSON does not fit.
    body = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    return raw(base_url, body, secret, msg_id=str(said.get("msg_id", "")))


def raw(base_url: str, body: bytes, secret: str | None = SECRET, *, msg_id: str = "") -> Inbound:
    """Sign any body, JSON or not; without a secret it goes unsigned."""
    signed = {} if secret is None else {SIGNATURE_HEADER: sign(body, secret)}
    headers = {"Content-Type": "application/json", **signed}
    return Inbound(f"{base_url.rstrip('/')}{ROUTE}", headers, body, msg_id)
