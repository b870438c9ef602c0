"""What must hold of any record at any time, whatever happened: it never contradicts the stand-in's accept log."""

from collections.abc import Sequence
from typing import Any

from tests.standin.messente import Accepted
from tests.support.world import World

NEVER_SENT = {"rejected", "retryable", "expired"}


def check_record(world: World, payload: dict[str, Any], most: int = 1) -> str | None:
    """Assert that the record of a payload is true, and return its state."""
    acceptances = world.messente.by_text()[payload["text"]]
    return check_item(world.item(payload["idempotency_key"]), acceptances, most)


def check_item(item: dict[str, Any] | None, acceptances: Sequence[Accepted], most: int = 1) -> str | None:
    """Assert that a record is true of what Messente accepted under its id, and return its state."""
    assert len(acceptances) <= most
    if item is None:
        assert not acceptances
        return None
    if item["state"] in NEVER_SENT and not item.get("closed"):  # a person may err
        assert not acceptances
    omnimessage_ids = {a.omnimessage_id for a in acceptances}
    if item["state"] == "sent" and "resolution" not in item:
        assert item["omnimessage_id"] in omnimessage_ids
        assert item["messages"]
    assert set(item.get("omnimessage_ids", ())) <= omnimessage_ids | {item.get("said_id")}
    assert set(item.get("cancelled_ids", ())) <= omnimessage_ids
    # What a person said is shown as long as it is all that is known.
    shown = [item.get(name) for name in ("resolution", "resolved_at")]
    assert all(shown) or not any(shown)
    if "resolution" in item:
        assert item["state"] in ({"sent"} if item["resolution"] == "sent" else {*NEVER_SENT, "cancelled"})
    assert not (item["state"] == "cancelled" and item.get("delivery") == "pending")
    # A newer shape of the answer may list the omnimessage among its messages.
    assert set(item["messages"]) <= omnimessage_ids | {
        m["message_id"] for a in acceptances for m in a.reply["messages"]
    }
    return str(item["state"])
