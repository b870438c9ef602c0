"""Recipients who change their minds, while messages are doubled, late and put off: the newest word holds.

A reference of a few lines says what the list must be; the stand-in's accept log says what went out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from hypothesis import given, seed
from hypothesis import strategies as st

from model.profile import SEED, figures, profile
from support.fakes.expressions import plain
from support.inbound import hand_in, put_off, said, told
from support.world import TO, Crash, World, message

if TYPE_CHECKING:
    from standin.inbound import Inbound
    from support.world import Hook

EXAMPLES = 150
STEPS = ("get_item", "update_item", "put_events", "send_message", "put_item")


@dataclass(frozen=True)
class Word:
    """What a recipient says, when (in seconds), and how often and in what trouble it comes in."""

    text: str
    second: int
    times: int
    trouble: str | None  # a step that fails
    dies: bool  # the process dies there instead


WORDS = st.lists(
    st.builds(
        Word,
        st.sampled_from(["STOP", "START", "Thanks"]),
        st.integers(0, 5),
        st.integers(1, 2),
        st.none() | st.sampled_from(STEPS),
        st.booleans(),
    ),
    max_size=8,
)


def trouble(word: Word) -> Hook:
    """Let a step go wrong: refused, or the process dies before or after it."""

    def hook(step: str, when: str) -> None:
        if step == word.trouble and (word.dies or when == "before"):
            raise Crash if word.dies else ClientError({"Error": {"Code": "InternalFailure", "Message": ""}}, step)

    return hook


def hand_in_at_last(world: World, word: Word, post: Inbound) -> None:
    """POST until it is answered 200, as Messente may; whoever dies does not answer."""
    try:
        hand_in(world, post, world.receiving(trouble(word), opt_out_confirmation="Bye"))
    except Crash:
        hand_in(world, post)


def expected(words: list[Word]) -> str | None:
    """Tell what the list must say: the newest word, and of several the one that stops."""
    wishes = [(word.second, word.text == "STOP") for word in words if word.text in {"STOP", "START"}]
    return ("opted_out" if max(wishes)[1] else "opted_in") if wishes else None


def check(words: list[Word]) -> None:
    """Say the words in their order, whatever their times, and look at what came of them."""
    figures["conversations"] += 1
    world = World()
    begin = world.clock() - 10
    posts = [said(world, word.text, at=begin + word.second, msg_id=f"m{n}") for n, word in enumerate(words)]
    for word, post in zip(words, posts, strict=True):
        for _ in range(word.times):
            hand_in_at_last(world, word, post)
    for _ in range(2):
        if records := put_off(world):
            assert world.receiving().handle({"Records": records}) == {"batchItemFailures": []}
    item = world.opt_outs.get_item(Key={"to": {"S": TO}}).get("Item")
    assert (str(plain(item["state"])) if item else None) == expected(words)
    assert {each["id"] for each in told(world, "RCS Message Received")} == {post.msg_id for post in posts}
    world.deliver(message("k"))
    assert world.accepted() == (expected(words) != "opted_out")
    if expected(words) == "opted_out":
        assert told(world, "RCS Recipient Opted Out")


_test = profile(EXAMPLES)(given(WORDS)(check))


def test_the_newest_word_holds() -> None:
    """In any order, doubled, with AWS failing and processes dying; and every message is told of."""
    (_test if SEED is None else seed(SEED)(_test))()
