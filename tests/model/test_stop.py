"""A stop word at any step of a batch that waits for Messente's limit: nothing goes out to its sender any more."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from messente_rcs.inbound.stop_words import Wish
from messente_rcs.sending.pacing import FIRST_RECEIVES, LOOK_HOLDS
from messente_rcs.triggers.direct import NotSent
from tests.model.profile import figures
from tests.standin.faults import EVERYBODY, Rule
from tests.support.metrics import Metric
from tests.support.steps import at_number
from tests.support.world import World, http_event, message, record

TO = [f"+3725559990{n}" for n in range(3)]
KEYS = [f"k-{n}" for n in range(len(TO))]
STEPS = 60  # more than any of the courses has


def hand_in(world: World, way: str, hook: Callable[[str, str], None]) -> None:
    """Hand in a message to each: in one batch whose messages queue behind one thread, or one after the other."""
    env = world.env(hook, concurrency=1)
    payloads = [message(key, to=to, text=key) for key, to in zip(KEYS, TO, strict=True)]
    if way == "queue":
        env.handle({"Records": [record(each, receives=FIRST_RECEIVES + 1) for each in payloads]}, world.remaining(60))
    for payload in payloads if way != "queue" else []:
        try:
            env.handle(
                http_event("POST", body=payload) if way == "http" else payload,
                world.remaining(60),
                payload["idempotency_key"],
            )
        except NotSent:
            figures["not sent"] += 1


def opt_out(world: World, stopped: list[float]) -> None:
    stopped.append(world.clock())
    for to in TO:
        world.opt_outs.put_item(Item={"to": {"S": to}, "state": {"S": Wish.OPTED_OUT}})


@pytest.mark.parametrize("way", ["queue", "http", "invoke"])
@pytest.mark.parametrize("refusals", [1, 2, 5])
def test_a_stop_word_at_any_step(metrics: Callable[[], list[Metric]], way: str, refusals: int) -> None:
    """What goes out after it went out within the moment for which a look holds; the rest is rejected, and counted."""
    ends: Counter[str] = Counter()
    for number in range(STEPS):
        world, stopped = World(), list[float]()
        world.messente.faults.put(Rule(EVERYBODY, "429", times=refusals))
        hand_in(world, way, at_number(number, partial(opt_out, world, stopped)))
        late = [each for each in world.messente.accepted if stopped and each.at > stopped[0] + LOOK_HOLDS]
        assert not late, f"sent after the stop word of step {number}"
        states = Counter(str((world.item(key) or {}).get("state")) for key in KEYS)
        assert states["rejected"] == sum(value for name, value, _ in metrics() if name == "OptOutBlocked")
        assert set(states) <= {"sent", "rejected"}
        assert states["sent"] == len(world.messente.accepted)
        ends += states
    figures["stop words"] += STEPS
    assert ends["sent"] > 0 < ends["rejected"]
