"""`rcs pause` with full queues: nothing is lost, nothing is sent, and no message is received in vain."""

import json
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.inbound import inbound
from tests.standin.server import Server

TO = "+37255512345"
MANY = 60  # before the pause, and as many in it


@pytest.fixture
def paused(rcs: Rcs) -> Iterator[Rcs]:
    try:
        yield rcs
    finally:
        assert rcs("resume").code == 0


def fill(stack: Stack, run: str, numbers: range) -> None:
    payloads = [{"to": TO, "text": f"{n} of {run}", "idempotency_key": f"{run}-{n}"} for n in numbers]
    assert len(stack.queue_all(map(json.dumps, payloads))) == len(payloads)


def accepted(desk: Server, run: str) -> Counter[str]:
    return Counter(each.text for each in desk.messente.accepted if each.text.endswith(f" of {run}"))


def test_nothing_is_lost_in_a_pause(paused: Rcs, operated: Stack, desk: Server, message_id: str) -> None:
    """Callers hear that nothing was sent; reports and recipients are heard; each message goes out once, afterwards."""
    rcs, run = paused, message_id
    fill(operated, run, range(MANY))
    assert rcs("pause", "--all").code == 0
    sent = poll(lambda: _calm(operated, desk, run), PATIENCE, "the end of what was being sent", every=1)
    fill(operated, run, range(MANY, 2 * MANY))
    waiting = rcs.checks()["queue"]
    assert ("paused since 20" in waiting["found"], waiting["next"]) == (True, "rcs resume --local")
    answer = operated.call("POST", "/messages", json.dumps({"to": TO, "text": f"by HTTP of {run}"}), once=True)
    assert answer.status in (429, 503)
    assert "paused since 20" in rcs("send", TO, f"by rcs of {run}").err
    said = inbound(operated.outputs["InboundUrl"].removesuffix("/inbound-messages"), TO, "Hello")
    assert operated.hand_in(said).status == 200
    assert operated.fetch("POST", operated.reachable(operated.outputs["CallbackUrl"]), b"{}").status == 401
    assert accepted(desk, run) == sent
    left = list(operated.receive(operated.queue_url, hidden=10))
    assert [each.receives for each in left] == [1] * (2 * MANY - sent.total())  # by this look alone
    assert rcs("resume").code == 0
    everything = {f"{n} of {run}": 1 for n in range(2 * MANY)}
    poll(lambda: len(accepted(desk, run)) == 2 * MANY or None, PATIENCE, "all messages", every=1)
    assert accepted(desk, run) == everything
    assert rcs.checks()["queue"]["verdict"] == "ok"
    assert [each for each in rcs("dead-letters", "--json", "--bodies").json["letters"] if run in each["body"]] == []


def _calm(stack: Stack, desk: Server, run: str) -> Counter[str] | None:
    sent, visible = accepted(desk, run), stack.waiting(hidden=False)
    return sent if visible == stack.waiting() == MANY - sent.total() else None
