"""Tracking on the emulator: the stand-in's signed reports come in through the callback API, and heal lost answers."""

import json
import uuid
from typing import Any

from tests.local.later import as_told, pause_of_invocation
from tests.local.process import PATIENCE, poll
from tests.local.stack import Stack
from tests.standin import numbers
from tests.standin.messente import Accepted
from tests.standin.server import Server
from tests.support.world import Clock

MANY = 1000


def test_a_thousand_messages_and_a_hundred_lost_answers(tracked: Stack, reporting: Server, clock: Clock) -> None:
    """Once the reports have come no record is unknown, and table and accept log agree on every id."""
    run = uuid.uuid4().hex[:8]
    recipients = {f"many-{run}-{n}": numbers.CUT_AFTER_ACCEPT if n % 10 == 0 else "+37255512345" for n in range(MANY)}
    bodies = [{"to": to, "text": f"text of {key}", "idempotency_key": key} for key, to in recipients.items()]
    assert len(tracked.queue_all(map(json.dumps, bodies))) == MANY

    def acceptances() -> list[Accepted]:
        log = reporting.messente.by_text()
        return [each for key in recipients for each in log[f"text of {key}"]]

    def all_accepted() -> bool | None:
        clock.advance(reporting.messente.delays.report)  # reports come while other messages are still being sent
        return len(acceptances()) >= MANY or None

    poll(all_accepted, PATIENCE, "the sends", every=0.5)
    clock.advance(3 * reporting.messente.delays.report)  # the rest of the way of the last one

    def all_seen() -> dict[str, dict[str, Any]] | None:
        found = {key: item for key, item in tracked.records().items() if key in recipients}
        return found if {item.get("delivery") for item in found.values()} == {"seen"} else None

    found = poll(all_seen, PATIENCE, "the reports", every=2)
    assert {item["state"] for item in found.values()} == {"sent"}
    log = {each.text.removeprefix("text of "): each for each in acceptances()}
    assert len(acceptances()) == len(log) == len(found) == MANY
    for key, item in found.items():
        ids = {each["message_id"] for each in log[key].reply["messages"]}
        assert (item["omnimessage_id"], {*item["messages"]}) == (log[key].omnimessage_id, ids)


def test_the_callback_api_takes_nothing_else(tracked: Stack) -> None:
    """No other route is reachable without a signature of AWS, and no report without one of Messente."""
    url = tracked.reachable(tracked.outputs["CallbackUrl"])
    assert tracked.fetch("POST", f"{url}/any", b"{}").status == 401
    assert tracked.fetch("POST", f"{url}/any", b"{}", {"X-Messente-Signature": "0" * 64}).status == 401
    base = url.removesuffix("/delivery-reports")
    assert tracked.fetch("POST", f"{base}/messages", b"{}").status == 404


def test_without_callbacks_the_reconciler_finds_the_status(tracked: Stack, reporting: Server, clock: Clock) -> None:
    """A message whose reports never come is asked for once it is old enough, and again until Messente knows its end."""
    key = f"silent-{uuid.uuid4()}"
    body = {"to": numbers.UNREPORTED, "text": f"text of {key}", "idempotency_key": key}
    sent = as_told(lambda: tracked.invoke(body), pause_of_invocation)
    assert sent["state"] == "sent"

    def reconcile() -> tuple[int, str]:
        """Return how often Messente was asked for this message so far, and what the record says then."""
        tracked.edit(key, due="2026-01-01T00:00:00.000Z")  # old enough to be asked for
        assert tracked.reconcile()["asked"] >= 1
        path = f"/v1/omnimessage/{sent['omnimessage_id']}/status"
        asked = [each for each in reporting.messente.requests if (each.method, each.path) == ("GET", path)]
        return len(asked), str(tracked.records()[key]["delivery"])

    assert reconcile() == (1, "pending")
    clock.advance(3 * reporting.messente.delays.report)
    assert reconcile() == (2, "seen")
    assert sent["omnimessage_id"] not in {each.report.omnimessage_id for each in reporting.courier.deliveries}
