"""What is sent is sent again as the answer says, and not for ever."""

import pytest

from tests.local.later import ATTEMPTS, as_told, pause_of, pause_of_invocation


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [(503, {"retry-after": "5"}, 5), (429, {"retry-after": "2"}, 2), (503, {}, 1), (201, {}, None), (504, {}, None)],
)
def test_an_answer_says_when_to_ask_again(status: int, headers: dict[str, str], pause: float | None) -> None:
    """Only what was not done is repeated: 504 may have been sent."""
    assert pause_of(status, headers) == pause


def test_an_invocation_says_so_by_its_error() -> None:
    """As Lambda's retries go by it."""
    assert pause_of_invocation({"errorType": "NotSent"}) == 1
    assert pause_of_invocation({"errorType": "UnknownEvent"}) is None
    assert pause_of_invocation({"state": "sent"}) is None
    assert pause_of_invocation(None) is None


def test_it_asks_until_it_is_done() -> None:
    """After the pause that each answer names."""
    answers, pauses = iter([(503, "5"), (429, "2"), (201, "0"), (503, "5")]), list[float]()
    told = as_told(lambda: next(answers), lambda each: pause_of(each[0], {"retry-after": each[1]}), pauses.append)
    assert (told, pauses) == ((201, "0"), [5, 2])


def test_what_is_never_done_is_told() -> None:
    """Messente may be down for good."""
    pauses: list[float] = []
    assert as_told(lambda: 503, lambda status: pause_of(status, {}), pauses.append) == 503
    assert len(pauses) == ATTEMPTS - 1
