"""The mutations say what they mean: they survive a rename, and none of them misses its target in silence."""

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import operators
from tests.mutation.safeguards import MUTATIONS
from tests.mutation.search import Change, NotOnce

SRC = Path(__file__).parents[2] / "src"
RENAMED = "_renamed"


def renamed(source: str) -> str:
    """Give every local variable another name, parameters aside; comments and the formatting go as well."""
    tree = ast.parse(source)
    for function in [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]:
        names = _variables(function)
        for each in ast.walk(function):
            _rename(each, names)
    return ast.unparse(tree)


def _variables(function: ast.FunctionDef) -> set[str]:
    names: set[str] = set()
    for each in ast.walk(function):
        match each:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.ExceptHandler(name=str() as name)
                | ast.MatchAs(name=str() as name)
            ):
                names.add(name)
    parameters = {each.arg for each in ast.walk(function) if isinstance(each, ast.arg)}
    return {name for name in names - parameters if not name.endswith(RENAMED)}


def _rename(node: ast.AST, names: set[str]) -> None:
    match node:
        case ast.Name(id=name) if name in names:
            node.id = f"{name}{RENAMED}"
        case ast.ExceptHandler(name=str() as name) | ast.MatchAs(name=str() as name) if name in names:
            node.name = f"{name}{RENAMED}"


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_rename_of_local_variables_makes_no_difference(name: str) -> None:
    """Nor do comments and formatting: what comes of the renamed code is the same but for the names."""
    change = MUTATIONS[name].change
    source = (SRC / change.file).read_text()
    assert change.apply(renamed(source)).replace(RENAMED, "") == change.apply(source)


CODE = """
import json

LIMIT = 5
TABLE = {"a": 1}

class Parser:
    def read(self, text, size):
        if size > LIMIT and text:
            return None
        if not self.allowed(text):
            self.count(text)
            self.count(size)
        return json.loads(text)
"""


@pytest.mark.parametrize(
    "change",
    [
        operators.never("code:Parser.write", "LIMIT"),
        operators.never("code:Reader.read", "LIMIT"),
        operators.never("code:Parser.read", "MAXIMUM"),
        operators.never("code:Parser.read", "text"),
        operators.always("code:Parser.read", "size", "allowed"),
        operators.without("code:Parser.read", "count"),
        operators.without_argument("code:Parser.read", "loads", "size"),
        operators.without_argument("code:Parser.read", "count", "self"),
        operators.without_member("code:Parser.read", "LIMIT"),
        operators.called("code:Parser.read", "count", instead="print"),
        operators.answered("code:Parser.read", "dumps", instead="it"),
        operators.with_argument("code:Parser.read", "count", "by", "1"),
        operators.returned("code:Parser.read", "dumps", instead="it"),
        operators.assigned("code:TABLE", "LIMIT", instead="it"),
        operators.also_where("code:Parser.read", "size", "allowed", do="pass"),
        operators.ignoring("code:Parser.read", "state"),
        operators.taken_for("code:Parser.read", "SENT", "UNKNOWN"),
        operators.constant("code:MAXIMUM", 1),
        operators.entry("code:TABLE", "b", "1"),
    ],
)
def test_a_target_must_be_there_once(change: Change) -> None:
    """A place or a target that is not there, or there twice, is no mutation."""
    with pytest.raises(NotOnce):
        change.apply(CODE)


@pytest.mark.parametrize("value", ["maximum", "self.disallowed", "json.loads(words)"])
def test_new_code_knows_what_it_speaks_of(value: str) -> None:
    """Otherwise a test would notice the unknown name instead of the missing safeguard."""
    with pytest.raises(AssertionError, match="nobody knows"):
        operators.returned("code:Parser.read", "loads", instead=value).apply(CODE)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (operators.never("code:Parser.read", "LIMIT"), "if False and text:"),
        (operators.always("code:Parser.read", "allowed"), "if True:"),
        (
            operators.argument("code:Parser.read", "loads", "text", instead="it or 'null'"),
            "return json.loads(text or 'null')",
        ),
        (operators.constant("code:LIMIT", 7), "LIMIT = 7"),
        (operators.entry("code:TABLE", "a", "2"), "TABLE = {'a': 2}"),
    ],
)
def test_a_change_is_made_where_it_is_meant(change: Change, line: str) -> None:
    """One line is another one, and all the others are as they were."""
    before, after = ast.unparse(ast.parse(CODE)).splitlines(), change.apply(CODE).splitlines()
    different: list[Any] = [new for old, new in zip(before, after, strict=True) if old != new]
    assert [each.strip() for each in different] == [line]
