"""What can go wrong in a function's process: it dies, a call's request or answer is lost, or others act in between."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from botocore.exceptions import ReadTimeoutError
from urllib3.exceptions import NewConnectionError, ProtocolError

from messente_rcs.message_id import is_message_id
from tests.support.fakes.aws import error
from tests.support.world import Crash


class Faults:
    """The hook of one environment: acts once, at the step of a number, and stays dead once it has died."""

    def __init__(self) -> None:
        self._left: int | None = None
        self._act: Callable[[str, str], object] = lambda _step, _when: None
        self.dead = False
        self.table_is_away = False
        self.broken: AssertionError | None = None  # what did not hold in between: the code may swallow it

    def arm(self, step: int, act: Callable[[str, str], object] | None) -> None:
        """Act at the step of this number from now on; None: let all pass."""
        self._left, self._act = (step if act else None), act or self._act
        self.table_is_away = False

    def __call__(self, step: str, when: str) -> None:
        if self.dead:
            raise Crash
        if self.table_is_away and (step, when) == ("update_item", "before"):
            raise error("ThrottlingException", step)
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            try:
                self._act(step, when)
            except AssertionError as broken:
                self.broken = broken
                raise

    def lose_the_table(self, _step: str, _when: str) -> None:
        """Let no write take place any more, until the call is over."""
        self.table_is_away = True

    def die(self, _step: str, _when: str) -> None:
        """Let the process die: no later step of it takes place."""
        self.dead = True
        raise Crash


def lose(step: str, when: str) -> None:
    """Lose the request of a call (before its effect) or its answer (after it)."""
    if step == "urlopen":
        raise ProtocolError("the connection was reset")
    raise (ReadTimeoutError(endpoint_url="https://aws") if when == "after" else error("ThrottlingException", step))


def refuse(step: str, when: str) -> None:
    """Fail before anything was sent, or as Messente's wire fails after it."""
    if (step, when) == ("urlopen", "before"):
        raise NewConnectionError(None, "refused")  # type: ignore[arg-type]
    lose(step, when)


class Repeating:
    """A boto3 client that makes each write so many `times`, as the SDK does when its answer was lost on the way.

    Writes that make a record `failing` are told as failed. `written` collects the ids of the records ever written.
    """

    def __init__(self, target: Any) -> None:
        self._target = target
        self.times, self.failing = 1, ""
        self.written: dict[str, None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)

    def update_item(self, **arguments: Any) -> Any:
        if is_message_id(written := arguments["Key"]["id"]["S"]):  # and not the pointer from an id of Messente's
            self.written[written] = None
        for _ in range(self.times - 1):
            with suppress(self.exceptions.ConditionalCheckFailedException):
                self._target.update_item(**arguments)
        answer = self._target.update_item(**arguments)
        if self.failing and self._target.get_item(Key=arguments["Key"])["Item"]["state"]["S"] == self.failing:
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return answer
