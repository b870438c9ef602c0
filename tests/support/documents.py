"""The documents as the tests read them: their code blocks, tables and sections.

A JSON block's second word names what it is: ```json payload is checked as a payload, and so on.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.support.template import ROOT

type Rows = list[list[str]]


class Block(NamedTuple):
    """A code block."""

    language: str
    kind: str
    text: str


@dataclass(frozen=True)
class Document:
    """A Markdown file of the project."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def prose(self) -> str:
        """What is left without the code blocks."""
        return re.sub(r"^```.*?^```$", "", self.text, flags=re.MULTILINE | re.DOTALL)

    @cached_property
    def blocks(self) -> list[Block]:
        found = re.findall(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", self.text, re.MULTILINE | re.DOTALL)
        return [Block(*each) for each in found]

    @cached_property
    def anchors(self) -> set[str]:
        """What a link can lead to, as GitHub names it."""
        headings = re.findall(r"^#+ (.+)$", self.prose, re.MULTILINE)
        return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}

    def section(self, heading: str) -> str:
        found = re.search(rf"^#+ {re.escape(heading)}$(.*?)(?=^#|\Z)", self.prose, re.MULTILINE | re.DOTALL)
        assert found, heading
        return found[1]

    def tables(self, head_of_first_column: str) -> list[Rows]:
        """Return the rows of each table whose first column is headed so, code marks removed; there must be one."""
        found = [_rows(table) for table in re.findall(r"(?:^\|.*\|\n)+", self.prose, re.MULTILINE)]
        asked = [body for head, _, *body in found if head[0] == head_of_first_column]
        assert asked, head_of_first_column
        return asked

    def table(self, head_of_first_column: str) -> Rows:
        """Return the rows of the one table whose first column is headed so."""
        [rows] = self.tables(head_of_first_column)
        return rows

    def names(self, head_of_first_column: str) -> list[str]:
        """Return the names in the first column of the one table that is headed so; a cell may hold several."""
        return [name for cell, *_ in self.table(head_of_first_column) for name in re.findall(r"\w+", cell)]


def _rows(table: str) -> Rows:
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()]


README, TESTS = Document(ROOT / "README.md"), Document(ROOT / "tests" / "README.md")
BENCHMARKS = Document(ROOT / "tests" / "benchmarks" / "README.md")
PAGES = {file.stem: Document(file) for file in sorted((ROOT / "src" / "docs").iterdir())}
CAMPAIGN, CONFIGURATION, DATA, DELIVERY, OPERATING, PAYLOAD, PROTOCOL, RELEASES = (
    PAGES[name]
    for name in ("campaign", "configuration", "data", "delivery", "operating", "payload", "protocol", "releases")
)
DOCUMENTS = (README, *PAGES.values(), TESTS, BENCHMARKS)


def all_blocks() -> Iterator[Block]:
    """Go through the code blocks of all documents."""
    return chain.from_iterable(each.blocks for each in DOCUMENTS)


def blocks(language: str, kind: str = "") -> list[str]:
    """Return the texts of the code blocks of a language and kind, of all documents; there must be one."""
    found = [each.text for each in all_blocks() if (each.language, each.kind) == (language, kind)]
    assert found, (language, kind)
    return found


def documented_parameters() -> dict[str, str]:
    """Return the default of each parameter of the template, as the table of parameters says."""
    rows = CONFIGURATION.table("parameter")
    assert len({name for name, *_ in rows}) == len(rows)
    return {name: default for name, default, *_ in rows}


def documented_alarms() -> dict[str, str]:
    """Return the section of each alarm of the template: what it means, what to do, and what good looks like."""
    return {name: OPERATING.section(name) for name in re.findall(r"^### (\w+Alarm)$", OPERATING.text, re.MULTILINE)}
