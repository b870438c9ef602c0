"""A stop word at any step of a batch that waits for Messente's limit: nothing goes out to its sender any more."""

from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from messente_rcs.inbound.stop_words import Wish
from messente_rcs.sending.pacing import FIRST_RECEIVES, LOOK_HOLDS
from messente_rcs.triggers.direct import NotSent
from tests.model.profile import figures
from tests.standin.faults import EVERYBODY, Rule
from tests.support.steps import at_number
from tests.support.world import World, http_event, message, record

PAYLOADS = [message(f"k-{n}", to=f"+3725559990{n}", text=f"k-{n}") for n in range(3)]
WAYS: dict[str, list[dict[str, Any]]] = {
    "queue": [{"Records": [record(each, receives=FIRST_RECEIVES + 1) for each in PAYLOADS]}],  # behind one thread
    "http": [http_event("POST", body=each) for each in PAYLOADS],
    "invoke": PAYLOADS,
}
STEPS = 60  # more than any of the courses has


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("refusals", [1, 2, 5])
def test_a_stop_word_at_any_step(way: str, refusals: int) -> None:
    """What goes out after it went out within the moment for which a look holds; the rest is rejected."""
    ends: Counter[str] = Counter()
    for number in range(STEPS):
        world, stopped = World(), list[float]()

        def opt_out(world: World = world, stopped: list[float] = stopped) -> None:
            stopped.append(world.clock())
            for each in PAYLOADS:
                world.opt_outs.put_item(Item={"to": {"S": each["to"]}, "state": {"S": Wish.OPTED_OUT}})

        world.messente.faults.put(Rule(EVERYBODY, "429", times=refusals))
        env = world.env(at_number(number, opt_out), concurrency=1)
        for event in WAYS[way]:
            with suppress(NotSent):
                env.handle(event, world.remaining(60), "request")
        late = [each for each in world.messente.accepted if stopped and each.at > stopped[0] + LOOK_HOLDS]
        assert not late, f"sent after the stop word of step {number}"
        states = Counter(str(world.record_of(each["idempotency_key"])["state"]) for each in PAYLOADS)
        assert set(states) <= {"sent", "rejected"}
        assert states["sent"] == len(world.messente.accepted)
        ends += states
    figures["stop words"] += STEPS
    assert ends["sent"] > 0 < ends["rejected"]
