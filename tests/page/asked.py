"""What the page may ask for: the bodies of its requests, checked before anything is done with them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from messente_rcs.errors import INVALID, Error, error
from tests.standin.faults import ANSWERS, COURSES, EVERYBODY, Mode
from tests.standin.reports import KNOWN

type Payload = dict[str, Any]

Number = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{1,14}$")]


class Refused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """What was asked for cannot be done."""

    def __init__(self, status: int, *errors: Error) -> None:
        super().__init__(f"refused with {status}")
        self.status, self.errors = status, list(errors)


class Asked(BaseModel):
    """A body of a request. A field that nobody knows is refused: it would be a mistake in the page or in a test."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Send(Asked):
    """Hand a payload in through one of the doors."""

    through: Literal["api", "queue", "event"]
    payload: Payload


class Validate(Asked):
    """Check a payload."""

    payload: Payload


class People(Asked):
    """Check a CSV of people, and the message that each of them gets."""

    people: str
    payload: Payload


class Settings(Asked):
    """Set how Messente as a whole does, and whether it reports."""

    mode: Literal["up", "slow", "rate_limited", "down"] | None = None
    reports: bool | None = None


class Fault(Asked):
    """Set what happens to the sends to a recipient, or to everybody: nothing special without an answer and a course."""

    to: Number | Literal["*"]
    answer: str | None = None
    course: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None


class ByHand(Asked):
    """Report on one message of a chain now."""

    status: Literal["ACK", "DELIVRD", "SEEN", "FAILED", "EXPIRED", "UNDELIV"]
    part: Annotated[int, Field(ge=0, le=3)] = 0
    signature: Literal["right", "wrong", "missing"] = "right"
    times: Annotated[int, Field(ge=1, le=5)] = 1


class Suggestion(Asked):
    """A suggestion that was tapped."""

    text: str
    postback_data: str


class Write(Asked):
    """Let the recipient write or tap."""

    sender: Annotated[Number, Field(alias="from")]
    channel: Literal["rcs", "sms", "viber", "whatsapp"] = "rcs"
    text: Annotated[str, Field(max_length=3072)] | None = None
    message: str | None = None
    suggestion: Suggestion | None = None
    signature: Literal["right", "wrong", "password", "missing"] = "right"
    times: Annotated[int, Field(ge=1, le=3)] = 1


def read[T: Asked](model: type[T], body: Any) -> T:
    try:
        return model.model_validate(body)
    except ValidationError as wrong:
        lines = wrong.errors(include_url=False, include_input=False)
    raise Refused(400, *(error(INVALID, each["msg"], _source(each["loc"])) for each in lines))


def _source(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc)) or "body"


CHOICES = {
    "answers": [{"name": name, "says": each.says} for name, each in ANSWERS.items()],
    "courses": [{"name": name, "says": each.says} for name, each in COURSES.items()],
    "modes": [{"name": each.value, "says": each.says} for each in Mode],
    "statuses": list(KNOWN),
    "everybody": EVERYBODY,
}
