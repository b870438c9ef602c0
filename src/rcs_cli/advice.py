"""Advice on the messages of a file: what is said of many lines is said once."""

from collections.abc import Iterable, Sequence
from typing import Any

from messente_rcs.payload.advice import PAGE, advise
from messente_rcs.payload.submission import parse
from rcs_cli.batches import Line
from rcs_cli.files import listed
from rcs_cli.output import Output


def advice_on(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Collect the advice on messages, with the numbers of the lines; the words are those of the first line."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for line in lines:
        for each in advise(parse(line.payload), is_campaign=len(lines) > 1):
            found.setdefault((each["rule"], each["source"]), {**each, "lines": []})["lines"].append(line.number)
    return list(found.values())


def show_advice(output: Output, advice: Iterable[dict[str, Any]]) -> None:
    """Write advice as a table for people; programs get it within the answer."""
    rows = [(each["rule"], each["source"], listed(each.get("lines", [])), each["detail"]) for each in advice]
    if rows:
        output.table(("advice", "where", "lines", "what to know"), rows)
        output.say(f"Advice rejects nothing. {PAGE} has more on each.")
