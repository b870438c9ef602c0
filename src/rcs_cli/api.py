"""The HTTP API of a stack, as its callers use it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from messente_rcs.errors import Error
from messente_rcs.message_id import is_message_id
from messente_rcs.payload.decode import read_object
from rcs_cli.masking import mask_in
from rcs_cli.problems import BAD_ID, USAGE, NoAnswer, Problem, details, errors_in

CREATED, CONFLICT, TOO_MANY = 201, 409, 429
_OK, _NOT_FOUND = 200, 404
_FORBIDDEN, _BUSY = 403, {TOO_MANY, 503}
_ERRORS = 400  # and above

type Record = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The JSON object in the body; empty if there is none."""
        return read_object(self.body) or {}

    @property
    def errors(self) -> list[Error]:
        """The errors that the body names."""
        return errors_in(self.json.get("errors"))


class Unreadable(Problem):
    """The item of a message is no record any more, perhaps after an edit by hand: `attribute` must be corrected."""

    def __init__(self, attribute: str) -> None:
        super().__init__(f"The item of this message has no readable attribute {attribute}.")
        self.attribute = attribute


@dataclass(frozen=True)
class Api:
    """Sends, finds, cancels and resolves messages.

    `request` makes a signed request: method, path, body. `why_busy` says why API Gateway answered 429 or 503 by itself.
    """

    request: Callable[[str, str, bytes], Answer]
    why_busy: Callable[[int], Problem]

    def send(self, payload: Mapping[str, Any], *, dry_run: bool = False) -> Answer:
        """POST a payload; the answer says what came of it, or in a dry run what would."""
        path, gives = ("/messages?dry_run=true", ("outcome", "state")) if dry_run else ("/messages", ("state",))
        return self._call("POST", path, payload, *gives)

    def get(self, message_id: str) -> Record:
        """Read the record of a message id; it is empty if there is none."""
        return self._record("GET", _path(message_id))

    def find(self, any_id: str) -> Record:
        """Read the record of a message id, or of an omnimessage_id of Messente; it is empty if there is none."""
        record = self.get(any_id) if is_message_id(any_id) else {}
        return record or self._record("GET", f"/messages?omnimessage_id={quote(any_id, safe='')}")

    def unknown(self) -> Iterator[Record]:
        """Read the unknown messages page by page, the oldest first."""
        more = ""
        while True:
            answer = self._call("GET", f"/messages?state=unknown{more}", None, "messages")
            if answer.status != _OK:
                raise refused(answer)
            yield from answer.json["messages"]
            if "after" not in answer.json:
                return
            more = f"&after={quote(answer.json['after'], safe='')}"

    def cancel(self, message_id: str) -> Record:
        """DELETE a message and return its record; raises why not."""
        return self._record("DELETE", _path(message_id))

    def resolve(self, message_id: str, resolution: Mapping[str, Any]) -> Record:
        """Resolve an unknown message and return its record; raises why not."""
        return self._record("POST", f"{_path(message_id)}/resolution", resolution)

    def _record(self, method: str, path: str, value: Mapping[str, Any] | None = None) -> Record:
        answer = self._call(method, path, value, "state")
        if (method, answer.status) == ("GET", _NOT_FOUND):
            return {}
        if answer.status != _OK:
            raise refused(answer)
        return answer.json

    def _call(self, method: str, path: str, value: Mapping[str, Any] | None, *gives: str) -> Answer:
        """Make a request. One of the fields that `gives` names is in every answer that is no error."""
        answer = self.request(method, path, b"" if value is None else json.dumps(value).encode())
        if answer.status == _FORBIDDEN:
            raise Problem("IAM does not let you call the API of the stack. Ask for a policy with execute-api:Invoke.")
        if answer.status in _BUSY and not answer.errors:
            raise self.why_busy(answer.status)
        if answer.status < _ERRORS and not answer.json.keys() & set(gives):
            raise NoAnswer(
                f"Instead of the API another program answered ({answer.status}), or the answer was cut off. "
                "Check the network, its proxy, and --stack."
            )
        return answer


def refused(answer: Answer) -> Problem:
    """Say why the API did not do what it was asked for. A vendor's words may repeat the recipient."""
    for source in (each.get("source") or "" for each in answer.errors):
        if source.startswith("record["):
            return Unreadable(source[len("record[") : -1])
    why = mask_in("; ".join(details(answer.errors))) or "It gave no reason: look at the log of the function"
    return Problem(f"The API answered {answer.status}. {why.removesuffix('.')}.")


def _path(message_id: str) -> str:
    if not is_message_id(message_id):
        raise Problem(BAD_ID, USAGE)
    return f"/messages/{quote(message_id, safe='')}"
