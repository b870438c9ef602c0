"""What a debugger or a traceback shows of an object that holds something private."""

from messente_rcs.inbound.opt_outs import Change, Wish
from messente_rcs.records.record import Record, State

PRIVATE = "+37255512345"


def test_a_record_shows_no_recipient() -> None:
    """Nor what the caller and Messente wrote."""
    record = Record(
        id="k",
        state=State.REJECTED,
        to=PRIVATE,
        channels=["rcs"],
        payload_hash="0" * 64,
        tags={"a": PRIVATE},
        recipient=PRIVATE,
        errors=[{"code": "105", "title": "Invalid data", "detail": f"{PRIVATE} is odd", "source": None}],
    )
    assert "rejected" in repr(record)
    assert PRIVATE not in repr(record)


def test_a_change_of_the_list_shows_no_recipient() -> None:
    """Only who made it."""
    change = Change(to=PRIVATE, wish=Wish.OPTED_OUT, since="2026-11-23T12:00:00.000Z", by="stop word", origin="m")
    assert "stop word" in repr(change)
    assert PRIVATE not in repr(change)
