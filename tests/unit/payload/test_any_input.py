"""Whatever comes in: a Submission or an InvalidPayload, never another exception."""

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messente_rcs.payload.errors import OTHERWISE, InvalidPayload
from messente_rcs.payload.submission import parse
from tests.support.strategies import JUNK, full_payloads

FULL = list(full_payloads().values())


def parts(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = [value] if inner else []
    return here + [part for item in inner for part in parts(item)]


def outcome(sent: object) -> None:
    """Parse and serialise; an error that is no InvalidPayload, or that no sentence was written for, fails the test."""
    details: list[str] = []
    try:
        json.dumps(parse(sent, "Agent").omnimessage, allow_nan=False)
    except InvalidPayload as invalid:
        details = [error["detail"] for error in invalid.errors]
    assert OTHERWISE not in details


@settings(max_examples=200)
@given(st.data())
def test_almost_valid(data: st.DataObject) -> None:
    """A valid payload of any kind with junk in one place, which may be a name or a value."""
    sent = copy.deepcopy(data.draw(st.sampled_from(FULL)))
    part = data.draw(st.sampled_from(parts(sent)))
    if isinstance(part, list):
        part[data.draw(st.integers(0, len(part) - 1))] = data.draw(JUNK)
    else:
        name = data.draw(st.sampled_from(sorted(part)) | st.text(st.characters(), max_size=5))
        part[name] = data.draw(JUNK)
    outcome(sent)
    outcome(json.dumps(sent))
