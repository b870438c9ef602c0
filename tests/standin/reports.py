"""Delivery reports as values: their content, their signature, and the event that API Gateway makes of one.

Content and signature are as Messente's pages on delivery reports and on API security have them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from tests.standin.plans import Signature

if TYPE_CHECKING:
    from tests.standin.messente import Accepted
    from tests.standin.plans import Step

ROUTE = "/delivery-reports/"
SIGNATURE_HEADER = "X-Messente-Signature"
PRICE = {"part_price": "0.04", "parts_count": 1, "total_price": "0.04"}


@dataclass(frozen=True)
class Report:
    """One POST of Messente's to a callback URL, due `at` (Unix time)."""

    url: str
    headers: dict[str, str]
    body: bytes
    omnimessage_id: str
    message_id: str
    status: str
    at: float


@dataclass(frozen=True)
class Planned:
    """A report that is still to come: what it says, since when that is so, and when it goes out (both Unix time)."""

    url: str
    accepted: Accepted
    step: Step
    since: float
    at: float

    @property
    def early(self) -> bool:
        """Whether it goes out before its own send is answered."""
        return self.step.early and self.at <= self.accepted.at

    def report(self, password: str) -> Report:
        said = content(self.accepted, self.step.index, self.step, self.since)
        # Unlike json.dumps by itself: a signature that is checked over re-encoded JSON does not fit.
        body = json.dumps(said, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        headers = {"Content-Type": "application/json", **_signed(body, password, self.step.signature)}
        ids = self.accepted.omnimessage_id, said["message_id"]
        return Report(self.url, headers, body, *ids, self.step.status, self.at)


def content(accepted: Accepted, index: int, step: Step | None, since: float) -> dict[str, Any]:
    """Say what is known of the chain's message number `index` since that Unix time; no step: still processing."""
    return {
        "status": step and step.status,
        "err": step and step.err,
        "error": step and step.error,
        "price_info": step and PRICE,
        "timestamp": timestamp(since),
        "to": accepted.to,
        "omnimessage_id": accepted.omnimessage_id,
        **accepted.reply["messages"][index],
    }


def timestamp(moment: float) -> str:
    """Write a Unix time as Messente does: ISO 8601 with microseconds and no zone, which we read as UTC."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")


def sign(body: bytes, password: str) -> str:
    """Sign a report's raw body with an API password: HMAC-SHA256 in lower-case hex."""
    return hmac.new(password.encode(), body, hashlib.sha256).hexdigest()


def _signed(body: bytes, password: str, signature: Signature) -> dict[str, str]:
    if signature is Signature.MISSING:
        return {}
    return {SIGNATURE_HEADER: sign(body, password if signature is Signature.RIGHT else f"not {password}")}


def as_event(report: Report, *, base64: bool = False) -> dict[str, Any]:
    """Turn it into what a function behind `POST /delivery-reports/{id}` of an HTTP API gets (payload 2.0).

    The path and the id come decoded, header names in lower case; `base64` encodes the body as for a binary type.
    """
    url = urlsplit(report.url)
    message_id = unquote(url.path.rpartition(ROUTE)[2])
    path, key = ROUTE + message_id, f"POST {ROUTE}{{id}}"
    sent = {"Host": url.netloc, "Content-Length": str(len(report.body)), **report.headers}
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "standin"}
    return {
        "version": "2.0",
        "routeKey": key,
        "rawPath": path,
        "rawQueryString": url.query,
        "headers": {name.lower(): value for name, value in sent.items()},
        "pathParameters": {"id": message_id},
        "requestContext": {
            "apiId": "standin",
            "domainName": url.netloc,
            "http": http,
            "requestId": f"{report.message_id}:{report.status}",
            "routeKey": key,
            "stage": "$default",
            "timeEpoch": int(report.at * 1000),
        },
        "body": b64encode(report.body).decode() if base64 else report.body.decode(),
        "isBase64Encoded": base64,
    }
