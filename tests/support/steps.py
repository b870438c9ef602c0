"""What happens at the steps of the code: hooks for `World`, and a call of the API."""

import itertools
import json
from collections.abc import Callable
from typing import Any

from urllib3.exceptions import ProtocolError

from tests.support.callback import sending
from tests.support.fakes.aws import error
from tests.support.world import Crash, Hook, World, http_event, nothing


def at(step: str, when: str, act: Callable[[], object]) -> Hook:
    def hook(a_step: str, a_moment: str) -> None:
        if (a_step, a_moment) == (step, when):
            act()

    return hook


def once(step: str, when: str, act: Callable[[], object]) -> Hook:
    """Act before or after the first call of a step; calls that the act itself makes do not count."""
    acts = [act]
    return at(step, when, lambda: acts and acts.pop()())


def at_number(number: int, act: Callable[[], object]) -> Hook:
    """Act once, at the step of this number."""
    steps = itertools.count()

    def hook(_step: str, _when: str) -> None:
        if next(steps) == number:
            act()

    return hook


def raising(failure: BaseException | type[BaseException]) -> Callable[[], None]:
    def fail() -> None:
        raise failure

    return fail


def failing(step: str, when: str, failure: BaseException | type[BaseException]) -> Hook:
    return at(step, when, raising(failure))


def down(step: str) -> Hook:
    """Let an AWS call fail for good, before anything is done."""
    return failing(step, "before", error("Down", step))


def unrecorded(failure: BaseException | None = None) -> Hook:
    """Let the record step fail: each write after a POST."""
    posted: list[str] = []

    def fail(step: str, when: str) -> None:
        posted.extend([step] if step == "urlopen" else [])
        if (step, when) == ("update_item", "before") and posted:
            raise failure or error("Down", step)

    return fail


DIE = failing("urlopen", "after", Crash)  # over the answer to the POST
CUT = failing("urlopen", "after", ProtocolError("cut off"))  # Messente's answer is lost
AWAY = failing("urlopen", "before", ProtocolError("nobody there"))  # Messente cannot be reached


def twice(world: World) -> None:
    """Make each write to the records twice, as the SDK does whose first answer was lost."""
    real = world.dynamodb.update_item

    def write(**given: Any) -> Any:
        real(**given)
        return real(**given)

    world.dynamodb.update_item = write  # type: ignore[method-assign]


def ask(
    world: World,
    method: str,
    path: str,
    body: object = None,
    *,
    query: dict[str, str] | None = None,
    hook: Hook = nothing,
) -> tuple[int, Any]:
    event = http_event(method, "", body, rawPath=path, queryStringParameters=query)
    answer = sending(world, hook).handle(event, world.remaining())
    return answer["statusCode"], json.loads(answer["body"])
