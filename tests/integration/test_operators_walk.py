"""An operator's walk: what nobody but its author could mend before is found and mended with `rcs` alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.local.process import PATIENCE, poll
from tests.standin import numbers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.local.rcs import Rcs
    from tests.standin.server import Server


TO = "+37255512345"


def accepted(desk: Server, text: str) -> int:
    """Count the acceptances of a text."""
    return sum(each.body["messages"][0].get("text") == text for each in desk.messente.accepted)


def test_the_walk(rcs: Rcs, desk: Server, message_id: str, tmp_path: Path) -> None:
    """A cut answer is found and resolved; a rejected message is read, corrected and sent once."""
    desk.courier.enabled = False  # no report comes to heal what was cut
    cut, rejected = f"{message_id}-cut", f"{message_id}-rejected"

    assert rcs("send", numbers.CUT_AFTER_ACCEPT, f"text of {cut}", "--key", cut, "--json").json["state"] == "unknown"
    found = {each["check"]: each for each in rcs("doctor", "--json").json["checks"]}["unknown"]
    assert (found["verdict"], "rcs unknown" in found["next"]) == ("warn", True)
    assert cut in {each["id"] for each in rcs("unknown", "--json").json["messages"]}
    [acceptance] = [each for each in desk.messente.accepted if each.body["messages"][0]["text"] == f"text of {cut}"]
    resolved = rcs("resolve", cut, "--sent", "--omnimessage-id", acceptance.omnimessage_id, "--json")
    assert (resolved.code, resolved.json["state"]) == (0, "sent"), resolved.err
    assert rcs("show", acceptance.omnimessage_id, "--json").json["id"] == cut
    assert cut not in {each["id"] for each in rcs("unknown", "--json").json["messages"]}
    assert rcs("send", numbers.CUT_AFTER_ACCEPT, f"text of {cut}", "--key", cut).code == 0
    assert accepted(desk, f"text of {cut}") == 1

    payload = {"to": numbers.BAD_REQUEST, "text": f"text of {rejected}"}
    assert rcs("send", "-", "--queue", "--key", rejected, given=json.dumps(payload)).code == 0
    letter = poll(lambda: rcs.dead_letter(rejected), PATIENCE, "the dead letter", every=0.3)
    assert letter["reason"] == "rejected"
    assert rcs("redrive", "--reason", "rejected").code == 1
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps(payload | {"to": TO}))
    assert rcs("redrive", rejected, "--with", str(corrected)).code == 0
    desk.courier.enabled = True
    assert rcs("watch", rejected, "--interval", "0.2").code == 0
    assert accepted(desk, payload["text"]) == 1
    assert rcs.dead_letter(rejected) is None
