"""What a debugger or a traceback shows of an object that holds something private."""

import json

import pytest

from messente_rcs.inbound.message import read_inbound
from messente_rcs.inbound.opt_outs import Change
from messente_rcs.inbound.stop_words import Wish
from messente_rcs.messente.credentials import Credentials
from messente_rcs.payload.submission import parse
from messente_rcs.records.record import Record, State
from messente_rcs.tracking.report import read_report

NUMBER, WORDS = "+37255512345", "secret words"
SHOWN = {
    "api-user": Credentials("api-user", WORDS),
    "m-1": read_report({"omnimessage_id": "o-1", "message_id": "m-1", "to": NUMBER, "status": "SEEN"}),
    "rejected": Record(
        id="k",
        state=State.REJECTED,
        to=NUMBER,
        channels=["rcs"],
        payload_hash="0" * 64,
        tags={"a": WORDS},
        recipient=NUMBER,
        errors=[{"code": "105", "title": "Invalid data", "detail": f"{WORDS} is odd", "source": None}],
    ),
    "stop word": Change(to=NUMBER, wish=Wish.OPTED_OUT, since="2026-11-23T12:00:00.000Z", by="stop word", origin="m"),
    "order-1": parse({"to": NUMBER, "text": WORDS, "tags": {"a": WORDS}, "idempotency_key": "order-1"}),
    "msg-1": read_inbound(
        json.dumps(
            {"msg_id": "msg-1", "sender": NUMBER, "recipient": NUMBER, "text": WORDS, "postback_data": WORDS}
        ).encode(),
        0,
    ),
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_object_shows_neither_number_nor_text(name: str) -> None:
    """What tells it from others is there."""
    shown = repr(SHOWN[name])
    assert name in shown
    assert not any(private in shown for private in (NUMBER, NUMBER[1:], WORDS))
