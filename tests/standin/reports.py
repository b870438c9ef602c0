"""What becomes of an accepted message, step by step, and the delivery reports on it, signed as Messente signs them.

Content and signature are as Messente's pages on delivery reports and on API security have them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from tests.standin.messente import Accepted

ROUTE = "/delivery-reports/"
SIGNATURE_HEADER = "X-Messente-Signature"
PRICE = {"part_price": "0.04", "parts_count": 1, "total_price": "0.04"}


class Signature(Enum):
    """How a report is signed."""

    RIGHT = auto()
    WRONG = auto()  # well formed, by another password
    MISSING = auto()


@dataclass(frozen=True)
class Step:
    """A new status of the chain's message number `index`.

    `at`, when it happens, and `reported`, when it is reported (None: then), count Delays.report from the sending.
    An `early` one is reported before the answer to the POST.
    """

    status: str
    at: int
    index: int = 0
    err: int = 0
    error: str | None = None
    reported: tuple[int, ...] | None = None
    signature: Signature = Signature.RIGHT
    early: bool = False


ACK = Step("ACK", 1)
DELIVRD = Step("DELIVRD", 2)
SEEN = Step("SEEN", 3, err=10)  # err 10 means seen: nothing went wrong
FAILED = Step("FAILED", 2, err=1, error="Delivery failure")
EXPIRED = Step("EXPIRED", 2, err=2, error="Sending message expired")
UNDELIV = Step("UNDELIV", 2, err=1, error="Delivery failure")
USUAL = (ACK, DELIVRD, SEEN)
KNOWN = {each.status: each for each in (*USUAL, FAILED, EXPIRED, UNDELIV)}


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
        headers = {"Content-Type": "application/json"}
        if self.step.signature is not Signature.MISSING:
            is_right = self.step.signature is Signature.RIGHT
            headers[SIGNATURE_HEADER] = sign(body, password if is_right else f"not {password}")
        ids = self.accepted.omnimessage_id, said["message_id"]
        return Report(self.url, headers, body, *ids, self.step.status, self.at)


def content(accepted: Accepted, index: int, step: Step | None, since: float) -> dict[str, Any]:
    """Say what is known of the chain's message number `index` since that Unix time; no step: still processing.

    A time is ISO 8601 with microseconds and no zone, as Messente has it; we read it as UTC.
    """
    return {
        "status": step and step.status,
        "err": step and step.err,
        "error": step and step.error,
        "price_info": step and PRICE,
        "timestamp": datetime.fromtimestamp(since, UTC).replace(tzinfo=None).isoformat(timespec="microseconds"),
        "to": accepted.to,
        "omnimessage_id": accepted.omnimessage_id,
        **accepted.reply["messages"][index],
    }


def sign(body: bytes, password: str) -> str:
    """Sign a report's raw body with an API password: HMAC-SHA256 in lower-case hex."""
    return hmac.new(password.encode(), body, hashlib.sha256).hexdigest()


def as_event(report: Report, *, base64: bool = False) -> dict[str, Any]:
    """Turn it into what a function behind `POST /delivery-reports/{id}` of an HTTP API gets (payload 2.0).

    The path comes decoded, header names in lower case; `base64` encodes the body as for a binary type.
    """
    url = urlsplit(report.url)
    path = ROUTE + unquote(url.path.rpartition(ROUTE)[2])
    sent = {"Host": url.netloc, "Content-Length": str(len(report.body)), **report.headers}
    return {
        "version": "2.0",
        "routeKey": f"POST {ROUTE}{{id}}",
        "rawPath": path,
        "rawQueryString": url.query,
        "headers": {name.lower(): value for name, value in sent.items()},
        "requestContext": {"http": {"method": "POST", "path": path}, "stage": "$default"},
        "body": b64encode(report.body).decode() if base64 else report.body.decode(),
        "isBase64Encoded": base64,
    }
