"""The event of a change: the public record as it is now, its revision, and the state before.

Every rule on the bus can read an event. So an event has no text, and the recipient's number only if the stack's
parameters say so. Messente may quote both in anything that it writes: its words stay in the table, and a value in an
unexpected form is left out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from messente_rcs.errors import Error
from messente_rcs.payload.decode import has_form
from messente_rcs.payload.errors import loggable
from messente_rcs.phone import is_named_in
from messente_rcs.records.expressions import decoded
from messente_rcs.records.record import Delivery, State
from messente_rcs.records.table import read

# Attributes whose length Messente decides. Without them, every event is small.
_LONG = ("messages", "errors")

_AMOUNT = re.compile(r"-?\d{1,7}(\.\d{1,7})?", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)

# What the texts look like that Messente writes into the entry of a channel. Its words for `err` are not among them.
_FORMS = {
    "channel": re.compile(r"[A-Za-z_]{1,40}"),
    "sender": re.compile(r".{1,100}"),
    "status": re.compile(r"[A-Z_]{1,40}"),
    "timestamp": _TIME,
}
_PRICES = ("part_price", "parts_count", "total_price")

_json = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def detail(new: Mapping[str, Any], old: Mapping[str, Any] | None, *, with_recipient: bool) -> dict[str, Any]:
    """Build a detail from the item after and before the change, None for a new one. Raises UnreadableRecord."""
    record = read(new)
    told = record.public | {
        "revision": record.revision,
        "messages": {message_id: _entry(entry, record.to) for message_id, entry in record.messages.items()},
    }
    if record.errors is not None:
        told["errors"] = _in_terms(record.errors)
    if record.delivery_channel and not _FORMS["channel"].fullmatch(record.delivery_channel):
        del told["delivery_channel"]
    if not with_recipient:
        del told["to"]
    return told | ({"previous": _before(decoded(old))} if old else {})


def written(told: Mapping[str, Any], limit: int) -> str:
    """Write a detail as JSON. One of more bytes than the limit loses its long parts, and names them in `left_out`."""
    text = _json(told)
    if len(text.encode()) <= limit:
        return text
    left_out = [name for name in _LONG if name in told]
    return _json({name: value for name, value in told.items() if name not in left_out} | {"left_out": left_out})


def _entry(entry: Mapping[str, Any], recipient: str) -> dict[str, Any]:
    told: dict[str, Any] = {name: entry[name] for name in ("rank", "err") if isinstance(entry.get(name), int)}
    told |= {name: entry[name] for name, form in _FORMS.items() if has_form(entry.get(name), form)}
    if is_named_in(told.get("sender", ""), recipient):
        del told["sender"]
    prices = entry.get("price_info")
    if isinstance(prices, dict):
        told["price_info"] = {name: prices[name] for name in _PRICES if has_form(prices.get(name), _AMOUNT)}
    return told


def _in_terms(errors: Sequence[Error]) -> list[dict[str, str | None]]:
    """Return the code and the field of each error, without its words, as log lines do."""
    terms = [loggable([error]) for error in errors]
    return [{"code": next(iter(each["codes"]), None), "source": next(iter(each["sources"]), None)} for each in terms]


def _before(attributes: Mapping[str, Any]) -> dict[str, Any]:
    known = {"state": State, "delivery": Delivery}
    return {name: attributes[name] for name, values in known.items() if attributes.get(name) in list(values)}
