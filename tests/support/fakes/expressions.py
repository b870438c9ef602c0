"""DynamoDB's expressions over items in its own JSON: conditions, updates and key conditions.

But for a few words they are Python's, so Python reads them: what is no part of either is an error, never a guess.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from types import CodeType
from typing import Any

type Value = dict[str, Any]  # {"S": "text"}
type Item = dict[str, Value]
type Find = Callable[[str], Value | None]

_OPERAND = re.compile(r"[#:]?\b(?!(?:AND|OR|NOT|IN)\b)[a-zA-Z_]\w*(?:\.#?\w+)*\b(?!\s*\()")
_WORDS = {r"<>": "!=", r"(?<![<>!])=": "==", r"\bAND\b": "and", r"\bOR\b": "or", r"\bNOT\b": "not"}
_LIST = re.compile(r"\bIN \(([^)]*)\)")
_CLAUSES = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b")
_COMMA = re.compile(r",(?![^(]*\))")  # between two actions, not between two arguments


def _by(compare: Callable[[Any, Any], bool]) -> Callable[["_Operand", object], bool]:
    """Compare values of one type; nothing compares with another type, or with what is not there."""

    def compared(one: "_Operand", other: object) -> bool:
        assert isinstance(other, _Operand)
        if one.value is None or other.value is None or one.value.keys() != other.value.keys():
            return False
        return compare(plain(one.value), plain(other.value))

    return compared


class _Operand:
    """A value, or that of an attribute, None where it is not there."""

    __hash__ = None  # type: ignore[assignment]
    __eq__, __lt__, __le__ = _by(operator.eq), _by(operator.lt), _by(operator.le)
    __gt__, __ge__ = _by(operator.gt), _by(operator.ge)

    def __init__(self, value: Value | None) -> None:
        self.value = value

    def __add__(self, other: "_Operand") -> "_Operand":
        return _Operand(self.value and _added(self.value, other.value or {}))

    def __sub__(self, other: "_Operand") -> "_Operand":
        return self + _Operand({"N": str(-Decimal((other.value or {})["N"]))})


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "attribute_exists": lambda one: one.value is not None,
    "attribute_not_exists": lambda one: one.value is None,
    "contains": lambda members, one: (
        one.value is not None and one.value.get("S") in (members.value or {"SS": []})["SS"]
    ),
    "size": lambda one: _Operand(one.value and {"N": str(len(one.value["SS"]))}),
    "if_not_exists": lambda one, otherwise: otherwise if one.value is None else one,
}


@cache
def _read(text: str) -> tuple[CodeType, list[str]]:
    """Read an expression as Python's; `o[n]` is its operand of a number."""
    operands: list[str] = []

    def take(found: re.Match[str]) -> str:
        operands.append(found[0])
        return f"o[{len(operands) - 1}]"

    python = _LIST.sub(r"in [\1]", _OPERAND.sub(take, text))
    for word, pythons in _WORDS.items():
        python = re.sub(word, pythons, python)
    return compile(python.strip(), text, "eval"), operands


def _evaluated(text: str, find: Find) -> Any:
    code, operands = _read(text)
    scope = {"__builtins__": {}, "o": [_Operand(find(each)) for each in operands], **_FUNCTIONS}
    return eval(code, scope)  # noqa: S307 - of a text that our own code has written


def _finding(item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> Find:
    def find(operand: str) -> Value | None:
        if operand.startswith(":"):
            return values[operand]
        path = _path(operand, names)
        try:
            return _parent(item, path).get(path[-1])
        except KeyError:
            return None

    return find


def holds(text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> bool:
    return bool(_evaluated(text, _finding(item, names, values)))


def updated(text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> Item:
    """Return the item after an update, of which every right side sees the item as it was."""
    after, find = _copy(item), _finding(item, names, values)
    nothing, *clauses = _CLAUSES.split(text)
    if nothing.strip():
        raise SyntaxError(text)
    for clause, actions in zip(clauses[::2], clauses[1::2], strict=True):
        for action in _COMMA.split(actions):
            target, _, source = action.strip().partition(" ")
            path = _path(target, names)
            value = _written(clause, find(target), source, find)
            if value is None:
                _parent(after, path).pop(path[-1], None)
            else:
                _parent(after, path)[path[-1]] = value
    return dict(after)


def _written(clause: str, before: Value | None, source: str, find: Find) -> Value | None:
    """Return what an action makes of an attribute; None removes it."""
    if clause == "SET":
        value: Value | None = _evaluated(source.removeprefix("= "), find).value
        if value is None:
            raise ValueError("an update refers to an attribute that does not exist")
        return value
    if clause == "REMOVE":
        return None
    operand = find(source) or {}
    if clause == "ADD":
        return _added(before, operand)
    left = sorted({*(before or {"SS": []})["SS"]} - {*operand["SS"]})
    return {"SS": left} if left else None  # there are no empty sets


def unused(texts: str, names: Mapping[str, str], values: Mapping[str, Value]) -> list[str]:
    """List the names and values that no expression uses: DynamoDB refuses them."""
    return sorted({*names, *values} - set(re.findall(r"[#:]\w+", texts)))


def _path(operand: str, names: Mapping[str, str]) -> list[str]:
    return [names[step] if step.startswith("#") else step for step in operand.split(".")]


def too_long(update: str) -> bool:
    """Tell an update that DynamoDB refuses: it takes 4 kB, and 300 operators and functions."""
    return len(update.encode()) > 4096 or len(re.findall(r"[=+]|\w\(", update)) > 300


def _parent(item: Item, path: list[str]) -> dict[str, Value]:
    parent = item
    for name in path[:-1]:
        parent = parent[name]["M"]
    return parent


def _added(old: Value | None, new: Value) -> Value:
    if "SS" in new:
        return {"SS": sorted({*(old or {"SS": []})["SS"], *new["SS"]})}
    return {"N": str(Decimal((old or {"N": "0"})["N"]) + Decimal(new["N"]))}


def plain(value: Value) -> Any:
    """Return what a value stands for, such that values of one type compare."""
    [(kind, content)] = value.items()
    return Decimal(content) if kind == "N" else sorted(content) if kind == "SS" else content


def size(value: Any) -> int:
    """Count bytes as AWS does: names and values, three more for each list or map and one for each of its parts.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    if not isinstance(value, dict):
        raise TypeError(type(value).__name__)
    return sum(len(name.encode()) + _value_size(part) for name, part in value.items())


def _value_size(value: Value) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(str(content).encode())
        case "N":
            digits = str(content).strip("-").replace(".", "").strip("0")
            return (len(digits) + 1) // 2 + 1 + str(content).startswith("-")
        case "M":
            return 3 + len(content) + size(content)
        case "L":
            return 3 + sum(1 + _value_size(part) for part in content)
        case "SS":
            return sum(len(part.encode()) for part in content)
    return 1  # BOOL and NULL


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(part) for name, part in value.items()}
    return [_copy(part) for part in value] if isinstance(value, list) else value
