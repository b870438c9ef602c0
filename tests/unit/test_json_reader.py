"""JSON from outside is read by one reader: with a byte order mark, with odd bytes, nested too deep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from messente_rcs.json_reader import read_object
from messente_rcs.messente.answers import read_json
from messente_rcs.messente.credentials import CredentialsUnavailable, credentials
from messente_rcs.payload.decode import decode_json
from messente_rcs.triggers.envelopes import opened
from rcs_cli.api import Answer

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = '{"username": "u", "password": "p"}'
BOM, DEEP = "\ufeff", "[" * 100_000


def _answer(body: bytes) -> Any:
    return Answer(200, {}, body).json


READERS: dict[str, Callable[[Any], Any]] = {
    "a text": read_object,
    "a payload": decode_json,
    "a wrapped payload": opened,
}
OF_BYTES: dict[str, Callable[[bytes], Any]] = {"Messente's answer": read_json, "our API's answer": _answer}


@pytest.mark.parametrize("reader", (READERS | OF_BYTES).values(), ids=[*READERS, *OF_BYTES])
def test_a_byte_order_mark_may_come_first(reader: Callable[[Any], Any]) -> None:
    """RFC 8259 lets a reader ignore it."""
    text = BOM + SECRET
    assert reader(text.encode() if reader in OF_BYTES.values() else text) == {"username": "u", "password": "p"}


@pytest.mark.parametrize("reader", OF_BYTES.values(), ids=OF_BYTES)
def test_an_odd_byte_costs_nothing_beside_it(reader: Callable[[bytes], Any]) -> None:
    """An id is read though a name beside it is in another encoding."""
    assert reader(b'{"id": "x", "name": "\xf5"}') == {"id": "x", "name": "\ufffd"}


def test_what_is_nested_too_deep_is_no_json() -> None:
    """Without a crash."""
    assert (read_object(DEEP), read_json(DEEP.encode()), _answer(DEEP.encode())) == (None, None, {})
    assert opened(DEEP) == DEEP
    with pytest.raises(ValueError, match="too deep"):
        decode_json(DEEP)
    with pytest.raises(CredentialsUnavailable):
        credentials(DEEP)
