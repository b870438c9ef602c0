"""DynamoDB's expressions over items in its own JSON: conditions, updates and key conditions.

The part of the language that a record keeper uses; anything else is a SyntaxError, never a guess.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

type Value = dict[str, Any]  # {"S": "text"}
type Item = dict[str, Value]

_TOKEN = re.compile(r"\s*(<>|<=|>=|[=<>(),.+-]|[#:]?\w+)")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


class _Parser:
    """One expression, read from left to right over one item."""

    def __init__(self, text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> None:
        self._tokens = _TOKEN.findall(text)
        if "".join(self._tokens) != re.sub(r"\s", "", text):
            raise SyntaxError(text)
        self._item = item
        self._names = names
        self._values = values

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def take(self, *expected: str) -> str:
        token = self._tokens.pop(0) if self._tokens else ""
        if not token or (expected and token not in expected):
            raise SyntaxError(f"{token or 'the end'} instead of {' or '.join(expected) or 'a word'}")
        return token

    def accept(self, token: str) -> bool:
        if self.peek() == token:
            self.take()
            return True
        return False

    # Conditions. Both sides are always read, so that the position is right.

    def condition(self) -> bool:
        holds = self._all()
        while self.accept("OR"):
            other = self._all()
            holds = holds or other
        return holds

    def _all(self) -> bool:
        holds = self._single()
        while self.accept("AND"):
            other = self._single()
            holds = holds and other
        return holds

    def _single(self) -> bool:
        if self.accept("NOT"):
            return not self._single()
        if self.accept("("):
            holds = self.condition()
            self.take(")")
            return holds
        if self.peek() in ("attribute_exists", "attribute_not_exists"):
            wanted = self.take() == "attribute_exists"
            [found] = self._arguments(self._attribute)
            return (found is not None) is wanted
        if self.accept("contains"):
            members, found = self._arguments(self._attribute, self._operand)
            return found is not None and found.get("S") in (members or {"SS": []})["SS"]
        return self._comparison()

    def _arguments(self, *read: Callable[[], Value | None]) -> list[Value | None]:
        """Read the arguments of a function, each in its way."""
        self.take("(")
        found = [read[0]()]
        for each in read[1:]:
            self.take(",")
            found.append(each())
        self.take(")")
        return found

    def _comparison(self) -> bool:
        left = self._operand()
        operator = self.take(*_COMPARE, "IN")
        if operator == "IN":
            return left in self._list()
        right = self._operand()
        if left is None or right is None:
            return operator == "<>"
        return set(left) == set(right) and _COMPARE[operator](plain(left), plain(right))

    def _list(self) -> list[Value | None]:
        self.take("(")
        options = [self._operand()]
        while self.accept(","):
            options.append(self._operand())
        self.take(")")
        return options

    # Updates. Every right side sees the item as it was.

    def update(self) -> Item:
        after: Item = _copy(self._item)
        while self.peek():
            clause = self.take(*_CLAUSES)
            self._action(clause, after)
            while self.accept(","):
                self._action(clause, after)
        return after

    def _action(self, clause: str, after: Item) -> None:
        path = self.path()
        if clause == "REMOVE":
            _parent(after, path).pop(path[-1], None)
            return
        if clause == "SET":
            self.take("=")
            _parent(after, path)[path[-1]] = self._sum()
            return
        operand, old = self._values[self.take()], self._look_up(path)
        if clause == "ADD":
            _parent(after, path)[path[-1]] = _added(old, operand)
        elif left := sorted({*(old or {"SS": []})["SS"]} - {*operand["SS"]}):
            _parent(after, path)[path[-1]] = {"SS": left}
        else:
            _parent(after, path).pop(path[-1], None)  # there are no empty sets

    def _sum(self) -> Value:
        total = self._term()
        while self.peek() in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            total = {"N": str(Decimal(total["N"]) + sign * Decimal(self._term()["N"]))}
        return total

    def _term(self) -> Value:
        if self.accept("if_not_exists"):
            found, otherwise = self._arguments(self._attribute, self._term)
            found = otherwise if found is None else found
        else:
            found = self._operand()
        if found is None:
            raise ValueError("an update refers to an attribute that does not exist")
        return found

    # Operands.

    def path(self) -> list[str]:
        path = [self._name()]
        while self.accept("."):
            path.append(self._name())
        return path

    def _name(self) -> str:
        token = self.take()
        return self._names[token] if token.startswith("#") else token

    def _operand(self) -> Value | None:
        if self.peek().startswith(":"):
            return self._values[self.take()]
        if self.accept("size"):
            [found] = self._arguments(self._attribute)
            return found and {"N": str(len(found["SS"]))}
        return self._attribute()

    def _attribute(self) -> Value | None:
        return self._look_up(self.path())

    def _look_up(self, path: list[str]) -> Value | None:
        try:
            return _parent(self._item, path).get(path[-1])
        except KeyError:
            return None

    def end(self) -> None:
        if self._tokens:
            raise SyntaxError(f"{self.peek()} is too much")


def holds(text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> bool:
    parser = _Parser(text, item, names, values)
    result = parser.condition()
    parser.end()
    return result


def updated(text: str, item: Item, names: Mapping[str, str], values: Mapping[str, Value]) -> Item:
    return _Parser(text, item, names, values).update()


def unused(texts: str, names: Mapping[str, str], values: Mapping[str, Value]) -> list[str]:
    """List the names and values that no expression uses: DynamoDB refuses them."""
    return sorted({*names, *values} - set(_TOKEN.findall(texts)))


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
