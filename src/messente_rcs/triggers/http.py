"""HTTP requests as AWS hands them over, and the endpoints of the callback API, which only Messente calls.

An HTTP API (payload 2.0, or 1.0), a REST API (1.0) and a function URL (2.0) are known. The route tells best what a
request is about: a path may begin with a stage or with the base path of a custom domain, which may have any name.
"""

import base64
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import quote, unquote

from messente_rcs.errors import (
    INVALID,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    SERVER_ERROR,
    UNAUTHORIZED,
    Error,
    Invalid,
    Refused,
    Unavailable,
    error,
)
from messente_rcs.messente.signature import Signatures
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.telemetry import Metric, count, logger

type Event = dict[str, Any]
type Response = dict[str, Any]

# What stands in a path as it is: nothing else may come into a header of the answer. "%" is of what is encoded already.
_SAFE = "/%:@!$&'()*+,;=-._~"

# Bytes. A report is well under 1 kB. The event of an inbound message has all that Messente said once more, and numbers
# such as 1E15 in four times the length: 250 KB.
LARGEST = 64 * 1024


class UnknownEvent(Invalid):
    """An event that no function takes: raised, so that its invoker does not take it for done. Names its kind."""


def warm_up(event: object) -> dict[str, Any] | None:
    """Answer a schedule without an input, which only keeps the function warm; None for any other event."""
    match event:
        case {"source": "aws.events" | "aws.scheduler", "detail-type": "Scheduled Event", "detail": inside}:
            if inside in ({}, "{}"):
                logger.info("warm-up")
                return {"warm": True}
    return None


def method_of(event: object) -> str | None:
    """Return the method of an HTTP request; None for any other event."""
    match event:
        case {"requestContext": {"http": {"method": str() as method}} | {"httpMethod": str() as method}}:
            return method
        case {"requestContext": dict(), "httpMethod": str() as method}:
            return method
    return None


class Request:
    """One HTTP request to a collection (`/messages`), to an item of it (`/messages/{}`), or to a part of the item."""

    def __init__(self, event: Event, *forms: str) -> None:
        self._event = event
        self._context: Mapping[str, Any] = event["requestContext"]
        self._forms = forms
        self.method = method_of(event)

    @property
    def target(self) -> tuple[str | None, str | None]:
        """The item and its part, None where there is none, by the form that the route shows; raises RequestRejected."""
        # Nothing is POSTed to an item whose id is the collection's name: what comes before is a base path then.
        forms = self._forms if self.method == "POST" else reversed(self._forms)
        route = re.sub(r"\{[^{}]*\}", "{}", str(self._event.get("resource") or self._event.get("routeKey")))
        for form in sorted(forms, key=lambda form: not route.endswith(form)):
            if found := re.search(form.replace("{}", "([^/]+)") + "/?$", self._path):
                # HTTP APIs have decoded the path, the others not. No id has a "%", so decoding twice does no harm.
                named = unquote(found[1]) if found.groups() else None
                return named, form.partition("{}/")[2] or None
        raise RequestRejected(404, "path", error(NOT_FOUND, "There is nothing at this path"))

    @property
    def _path(self) -> str:
        path = self._event.get("rawPath") or self._event.get("path")
        return path if isinstance(path, str) else ""

    @property
    def path(self) -> str:
        """The path as the caller's URL has it. A REST API leaves the stage out of `path`, not of its context's path."""
        path, told = self._path, self._context.get("path")
        whole = told if isinstance(told, str) and told.endswith(path) else path
        return quote(whole.encode(errors="replace"), safe=_SAFE)

    def header(self, name: str) -> list[str]:
        """Return every value of a header, which may come more than once; the name is lower-case."""
        return [value for each, value in self._pairs("headers", "multiValueHeaders") if each.lower() == name]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query; values of a parameter that came more than once are joined by commas, as HTTP APIs do."""
        query: dict[str, str] = {}
        for name, value in self._pairs("queryStringParameters", "multiValueQueryStringParameters"):
            query[name] = f"{query[name]},{value}" if name in query else value
        return query

    def _pairs(self, single: str, multi: str) -> Iterator[tuple[str, str]]:
        """Go through names and values. An event has the last value of each name, or all of them, or both."""
        for name, values in {**(self._event.get(single) or {}), **(self._event.get(multi) or {})}.items():
            for value in values if isinstance(values, list) else [values]:
                if isinstance(value, str):
                    yield name, value

    @cached_property
    def body(self) -> bytes:
        """The body as it came over the wire; raises InvalidPayload."""
        text = self._event.get("body") or ""
        if not self._event.get("isBase64Encoded"):
            return str(text).encode(errors="surrogatepass")
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            raise InvalidPayload([error(INVALID, "The body is not valid base64", "payload")]) from None

    def caller(self, api_id: str) -> str | None:
        """Return the ARN that signed the request, as the stack's own API tells it: an invoker can make a request up."""
        if not api_id or self._context.get("apiId") != api_id:
            return None
        match self._context:
            case {"authorizer": {"iam": {"userArn": str() as arn}}} if arn:
                return arn[:2048]
        return None

    @property
    def taken_at(self) -> float | None:
        """The Unix time at which API Gateway took the request, by its own clock."""
        milliseconds = self._context.get("timeEpoch") or self._context.get("requestTimeEpoch")
        return milliseconds / 1000 if isinstance(milliseconds, int | float) else None


def respond(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """Answer with JSON."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", **(headers or {})},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def reject(status: int, *errors: Error, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with errors in Messente's shape."""
    return respond(status, {"errors": list(errors)}, headers)


class RequestRejected(Refused):
    """A request that is rejected: the answer's status, the reason for the log, the error, and the methods allowed.

    `message_id` is for the log too, and only what a record confirms: anybody can call a public endpoint.
    """

    def __init__(self, status: int, reason: str, wrong: Error, *, allow: str = "", message_id: str = "") -> None:
        super().__init__(reason)
        self.answer = reject(status, wrong, headers={"Allow": allow} if allow else {})
        self.ids = {"message_id": message_id} if message_id else {}


def not_allowed(allow: str) -> RequestRejected:
    """Reject a method."""
    return RequestRejected(405, "method", error(METHOD_NOT_ALLOWED, f"This path knows {allow}"), allow=allow)


@dataclass(eq=False)
class Callback(ABC):
    """One endpoint of the callback API, which takes POSTs to its paths.

    It is public: of a request whose signature does not match, nothing is logged that its sender chose.
    """

    paths: ClassVar[tuple[str, ...]]
    name: ClassVar[str]  # in the log
    rejections: ClassVar[Metric]
    not_kept: ClassVar[Metric]

    signatures: Signatures

    def handle(self, event: Any) -> dict[str, Any]:
        """Answer one call of Messente, or a warm-up; raises UnknownEvent for anything else."""
        if answer := warm_up(event):
            return answer
        if method_of(event) is None:
            raise UnknownEvent("no HTTP request")
        request = Request(event, *self.paths)
        try:
            self._check(request)
            return respond(200, {"id": self.take(request)})
        except RequestRejected as rejected:
            logger.warning("%s rejected", self.name, extra={"reason": str(rejected), **rejected.ids})
            count(self.rejections)
            return rejected.answer
        except Unavailable as unavailable:
            logger.error("%s not kept", self.name, extra={"reason": str(unavailable)})
            count(self.not_kept)
            return reject(503, error(SERVER_ERROR, "It could not be kept; send it again"), headers={"Retry-After": "5"})

    @abstractmethod
    def take(self, request: Request) -> str:
        """Take what Messente signed, and return its id; raises RequestRejected, or Unavailable if it was not kept."""

    def _check(self, request: Request) -> None:
        request.target  # noqa: B018 - rejects any other path
        if request.method != "POST":
            raise not_allowed("POST")
        try:
            body = request.body
        except InvalidPayload as invalid:
            raise RequestRejected(400, "encoding", invalid.errors[0]) from None
        if len(body) > LARGEST:
            raise RequestRejected(413, "size", error(INVALID, f"The body has more than {LARGEST:,} bytes", "payload"))
        if not self.signatures.match(body, (request.header("x-messente-signature") or [""])[-1]):
            reason = "signature" if self.signatures.are_possible else "the secret has no inbound_secrets"
            raise RequestRejected(401, reason, error(UNAUTHORIZED, "The signature does not match the body"))
