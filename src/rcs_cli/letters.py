"""Dead letters: read without taking them away, and what each of them says about itself."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from typing import Annotated, Any, cast

import typer

from messente_rcs.errors import Error
from messente_rcs.payload.decode import read_json, read_object
from messente_rcs.records.record import timestamp
from rcs_cli.command import Rcs
from rcs_cli.problems import FAILED, Problem, explain
from rcs_cli.stack import Stack

HIDDEN = 120  # seconds that a letter is hidden from others while it is read

_MOST = 10  # of one call to SQS
_WAIT = 1  # seconds; with a wait, SQS asks all of its servers
_EMPTY = 2  # answers without a letter, after which the queue counts as read


class Of(StrEnum):
    """What dead letters are about: each kind has a queue of its own."""

    MESSAGES = "messages"
    CHANGES = "changes"
    INBOUND = "inbound"


class Reason(StrEnum):
    """Why a message is a dead letter: the function rejected it, or AWS made no further attempt."""

    INVALID = "invalid"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    GIVEN_UP = "given_up"  # by SQS, after 20 receives: the message could not be sent for so long, or the function died
    UNDELIVERED = "undelivered"  # by EventBridge, which did not reach the queue
    FAILED = "failed"  # by Lambda, after the retries of an asynchronous invocation


OfOption = Annotated[Of, typer.Option("--of", help="The kind of letters.")]
ReasonOption = Annotated[Reason | None, typer.Option("--reason", help="Only letters with this reason.")]
LimitOption = Annotated[int, typer.Option(min=1, help="Most letters to read.")]


@dataclass(frozen=True)
class Letter:
    """A dead letter. `message_id` is what our function named it, `sqs_id` what SQS did."""

    sqs_id: str
    receipt: str
    body: str = field(repr=False)
    reason: str
    message_id: str | None
    errors: list[Error]
    group: str | None
    sent_at: str

    @property
    def id(self) -> str:
        """The name by which a user means it."""
        return self.message_id or self.sqs_id


@dataclass(frozen=True)
class DeadLetters:
    """A dead-letter queue."""

    client: Any
    url: str

    def count(self) -> int:
        """Count the letters, about."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    @contextmanager
    def read(self, limit: int) -> Iterator[list[Letter]]:
        """Read up to so many letters; what is not removed by the end is given back, for others to see again."""
        letters: dict[str, Letter] = {}
        try:
            self._receive(letters, limit)
            yield list(letters.values())
        finally:
            # SQS refuses a letter that was removed, or whose time is over, which does no harm.
            for ten in batched(letters.values(), _MOST, strict=False):
                entries = [
                    {"Id": str(number), "ReceiptHandle": each.receipt, "VisibilityTimeout": 0}
                    for number, each in enumerate(ten)
                ]
                self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)

    def _receive(self, letters: dict[str, Letter], limit: int) -> None:
        empty = 0
        while len(letters) < limit and empty < _EMPTY:
            answer = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=min(_MOST, limit - len(letters)),
                VisibilityTimeout=HIDDEN,
                WaitTimeSeconds=_WAIT,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            found = answer.get("Messages", [])
            empty = 0 if found else empty + 1
            letters |= {each["MessageId"]: _letter(each) for each in found}

    def remove(self, letter: Letter) -> None:
        """Take a letter away for good."""
        self.client.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)


def queue_of(stack: Stack, of: Of) -> DeadLetters:
    """Find a dead-letter queue of a stack."""
    client = stack.client("sqs")
    if of is Of.MESSAGES:
        return DeadLetters(client, stack.output("DeadLetterQueueUrl"))
    name = {Of.CHANGES: "ChangeDeadLetterQueue", Of.INBOUND: "InboundDeadLetterQueue"}[of]
    url = stack.resources("AWS::SQS::Queue").get(name)
    if url is None:
        raise Problem(f"The stack {stack.name} has no {name}. Does it publish changes (PublishEvents)?")
    return DeadLetters(client, url)


def _letter(message: dict[str, Any]) -> Letter:
    given = {name: each.get("StringValue", "") for name, each in message.get("MessageAttributes", {}).items()}
    system = message.get("Attributes", {})
    reason, errors = _why(given, message["Body"])
    return Letter(
        sqs_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        reason=reason,
        message_id=given.get("message_id") if "reason" in given else None,
        errors=errors,
        group=system.get("MessageGroupId"),
        sent_at=timestamp(int(system.get("SentTimestamp", 0)) / 1000),
    )


def _why(given: dict[str, str], body: str) -> tuple[str, list[Error]]:
    if "reason" in given:
        return given["reason"], _errors(given.get("errors", ""))
    if "ERROR_CODE" in given:
        return Reason.UNDELIVERED, [_error(given["ERROR_CODE"], "EventBridge could not put the event into the queue.")]
    match read_object(body):
        case {"requestContext": {"condition": str() as condition}, "requestPayload": _}:
            return Reason.FAILED, [_error(condition, "Lambda made no further attempt at an asynchronous invocation.")]
        case {"requestContext": {"condition": str() as condition}, "DDBStreamBatchInfo": _}:
            return Reason.FAILED, [_error(condition, "Lambda made no further attempt at changes of the table.")]
    return Reason.GIVEN_UP, [_error("", "SQS gave the message up after its receives.")]


def _error(code: str, detail: str) -> Error:
    return {"code": code, "title": "", "detail": detail, "source": None}


def _errors(text: str) -> list[Error]:
    try:
        found = read_json(text)
    except ValueError:
        return []
    is_list = isinstance(found, list) and all(isinstance(each, dict) and "detail" in each for each in found)
    return cast("list[Error]", found) if is_list else []


class Stays(Exception):  # noqa: N818 - says what becomes of the letter
    """A letter stays in its queue. The text says why."""


def attempt[T](
    letters: Iterable[Letter], do: Callable[[Letter], T]
) -> tuple[list[tuple[Letter, T]], list[dict[str, str]], Problem | None]:
    """Do something with each letter; return what came of it, which letters stay and why, and what stopped it."""
    done: list[tuple[Letter, T]] = []
    stayed: list[dict[str, str]] = []
    for letter in letters:
        try:
            done.append((letter, do(letter)))
        except Stays as why:
            stayed.append({"id": letter.id, "why": str(why)})
        except BaseException as failure:  # noqa: BLE001 - what is not explained is raised again
            problem = explain(failure)
            unknown = {"id": letter.id, "why": "or not: the answer did not come. Run the same command again"}
            return done, [*stayed, unknown], problem
    return done, stayed, None


def tell_stayed(rcs: Rcs, stayed: Sequence[dict[str, str]], problem: Problem | None) -> None:
    """Name the letters that stay in their queue; if there are any, end the command with a failure."""
    for each in stayed:
        rcs.output.warn(f"{each['id']}: stays, {each['why']}.")
    if problem:
        raise problem
    if stayed:
        raise typer.Exit(FAILED)
