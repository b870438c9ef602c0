"""Dead letters: read without taking them away, and what each of them says about itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import batched
from typing import Annotated, Any

import typer

from messente_rcs.errors import Error
from messente_rcs.payload.decode import read_object
from messente_rcs.records.record import timestamp
from rcs_cli.command import Rcs
from rcs_cli.problems import FAILED, Problem, errors_in, explain, may_be_done
from rcs_cli.stack import Stack

_HIDDEN = 120  # seconds that a letter is hidden from others while it is read
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
        empty = 0
        try:
            while len(letters) < limit and empty < _EMPTY:
                answer = self.client.receive_message(
                    QueueUrl=self.url,
                    MaxNumberOfMessages=min(_MOST, limit - len(letters)),
                    VisibilityTimeout=_HIDDEN,
                    WaitTimeSeconds=_WAIT,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["All"],
                )
                found = answer.get("Messages", [])
                empty = 0 if found else empty + 1
                letters |= {each["MessageId"]: _letter(each) for each in found}
            yield list(letters.values())
        finally:
            # SQS refuses a letter that was removed, or whose time is over, which does no harm.
            for ten in batched(letters.values(), _MOST, strict=False):
                entries = [{"Id": each.sqs_id, "ReceiptHandle": each.receipt, "VisibilityTimeout": 0} for each in ten]
                self.client.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)


def queue_of(stack: Stack, of: Of) -> DeadLetters:
    """Find a dead-letter queue of a stack."""
    if of is Of.CHANGES and stack.parameter("PublishEvents") != "Enabled":
        raise Problem(f"The stack {stack.name} publishes no changes, as PublishEvents says.")
    names = {Of.CHANGES: "ChangeDeadLetterQueue", Of.INBOUND: "InboundDeadLetterQueue"}
    url = stack.resource(names[of]) if of in names else stack.output("DeadLetterQueueUrl")
    return DeadLetters(stack.client("sqs"), url)


def _letter(message: dict[str, Any]) -> Letter:
    given = {name: each.get("StringValue", "") for name, each in message.get("MessageAttributes", {}).items()}
    reason, errors, message_id = _why(given, message["Body"])
    return Letter(
        sqs_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        reason=reason,
        message_id=message_id,
        errors=errors,
        group=message["Attributes"].get("MessageGroupId"),
        sent_at=timestamp(int(message["Attributes"]["SentTimestamp"]) / 1000),
    )


def _why(given: Mapping[str, str], body: str) -> tuple[str, list[Error], str | None]:
    """Say why a letter is here, and its id if our function told it. A sender's attributes may have the same names."""
    listed = (read_object(f'{{"errors": {given.get("errors")}}}') or {}).get("errors")
    match given, read_object(body):
        case {"reason": reason, "message_id": told}, _ if errors_in(listed) == listed:
            return reason, listed, told
        case {"ERROR_CODE": code}, _:
            reason, detail = Reason.UNDELIVERED, "EventBridge could not put the event into the queue."
        case _, {"requestContext": {"condition": str() as code}, "requestPayload": _}:
            reason, detail = Reason.FAILED, "Lambda made no further attempt at an asynchronous invocation."
        case _, {"requestContext": {"condition": str() as code}, "DDBStreamBatchInfo": _}:
            reason, detail = Reason.FAILED, "Lambda made no further attempt at changes of the table."
        case _:
            code, reason, detail = "", Reason.GIVEN_UP, "SQS gave the message up after its receives."
    return reason, [{"code": code, "title": "", "detail": detail, "source": None}], None


class Stays(Exception):  # noqa: N818 - says what becomes of the letter
    """A letter stays in its queue. The text says why."""


@dataclass
class Attempt[Result]:
    """What came of letters: of each that is done, the result; which stay, and why; and what stopped it."""

    done: list[tuple[Letter, Result]] = field(default_factory=list)
    stayed: list[dict[str, str]] = field(default_factory=list)
    problem: Problem | None = None

    def end(self, rcs: Rcs, **told: Any) -> None:
        """Tell what came of the letters; if any stays in its queue, end the command with a failure."""
        rcs.output.json(told | {"stayed": self.stayed})
        if told["more"]:
            rcs.output.warn("There may be more letters: run the same command again, or raise --limit.")
        for each in self.stayed:
            rcs.output.warn(f"{each['id']}: stays, {each['why']}.")
        if self.problem:
            raise self.problem
        if self.stayed:
            raise typer.Exit(FAILED)


def attempt[Result](queue: DeadLetters, letters: Iterable[Letter], do: Callable[[Letter], Result]) -> Attempt[Result]:
    """Do something with each letter, and only then delete it; go on until a call fails."""
    came = Attempt[Result]()
    for letter in letters:
        try:
            result = do(letter)
            queue.client.delete_message(QueueUrl=queue.url, ReceiptHandle=letter.receipt)
            came.done.append((letter, result))
        except Stays as why:
            came.stayed.append({"id": letter.id, "why": str(why)})
        except BaseException as failure:  # noqa: BLE001 - what is not explained is raised again
            came.problem = explain(failure)
            told = "or not: the answer did not come" if may_be_done(failure) else "as a call failed"
            came.stayed.append({"id": letter.id, "why": f"{told}. Run the same command again"})
            break
    return came
