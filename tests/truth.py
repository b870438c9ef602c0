"""What must hold of any record at any time, whatever happened: it never contradicts the stand-in's accept log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from world import World

NEVER_SENT = {"rejected", "retryable", "expired"}


def check_record(world: World, payload: dict[str, Any], most: int = 1) -> str | None:
    """Assert that the record of a payload is true, and return its state."""
    acceptances = [a for a in world.messente.accepted if a.body["messages"][0].get("text") == payload["text"]]
    assert len(acceptances) <= most
    item = world.item(payload["idempotency_key"])
    if item is None:
        assert not acceptances
        return None
    if item["state"] in NEVER_SENT:
        assert not acceptances
    if item["state"] == "sent":
        assert item["omnimessage_id"] in {a.omnimessage_id for a in acceptances}
        ids = {m["message_id"] for a in acceptances for m in a.reply["messages"]}
        assert set(item["messages"]) <= ids
        assert item["messages"]
    return str(item["state"])
