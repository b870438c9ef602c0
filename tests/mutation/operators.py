"""The words in which a mutation says what it takes out of the code.

A place is `module:function`, `module:Class.method` or `module:CONSTANT`, the module without its package. What is meant
there is told by names that it mentions: functions, attributes, constants, numbers, texts; `.name` is an attribute only.
Local variables, the order of statements and the formatting are free to change. A place or a target that is not there
exactly once is an error, and so is new code that speaks of names which its module does not know.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

type Name = str | int  # of something that is mentioned
type Replacements = list[tuple[ast.AST, ast.AST | None]]  # a node, and what stands there instead (None: nothing)
type Find = Callable[[ast.AST, ast.Module], Replacements]


class NotOnce(Exception):  # noqa: N818 - what is wrong with the mutation
    """The place or the target of a mutation is not there, or there more than once."""


@dataclass(frozen=True)
class Change:
    """What is done at one place. `find` gets the node of the place and the module, and tells what is replaced."""

    place: str
    find: Find

    @property
    def module(self) -> str:
        """The module of the place, without its package."""
        return self.place.partition(":")[0]

    def apply(self, source: str) -> str:
        """Return the module's source with the change made."""
        tree = ast.parse(source)
        before = ast.unparse(tree)
        for old, new in self.find(_at(tree, self.place), tree):
            _Replacing(old, new).visit(tree)
        after = ast.unparse(ast.fix_missing_locations(tree))
        assert after != before, f"{self.place}: nothing has changed"
        return after


# --- Conditions -------------------------------------------------------------------------------------------------------


def never(place: str, *names: Name) -> Change:
    """Let the condition that mentions these names never hold."""
    return _condition(place, names, holds=False)


def always(place: str, *names: Name) -> Change:
    """Let the condition that mentions these names always hold."""
    return _condition(place, names, holds=True)


def compared(place: str, *names: Name, by: type[ast.cmpop]) -> Change:
    """Compare in another way where a condition mentions these names."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        condition = _one(place, names, _innermost(_conditions(node), names))
        assert isinstance(condition, ast.Compare), f"{place}: {names} is no comparison"
        return [(condition, ast.Compare(condition.left, [by()], condition.comparators))]

    return Change(place, find)


def taken_for(place: str, member: str, other: str) -> Change:
    """Take a member of an enumeration for another one, which a `case` or a comparison names."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        choice = _one(place, (other,), [each for each in ast.walk(node) if _is_choice(each, other)])
        if isinstance(choice, ast.MatchValue):
            return [(choice, ast.MatchOr([choice, ast.MatchValue(_sibling(choice.value, member))]))]
        assert isinstance(choice, ast.Compare)
        [operator], [value] = choice.ops, choice.comparators
        among = ast.NotIn() if isinstance(operator, ast.IsNot | ast.NotEq) else ast.In()
        members = ast.Tuple([value, _sibling(value, member)], ast.Load())
        return [(choice, ast.Compare(choice.left, [among], [members]))]

    return Change(place, find)


def ignoring(place: str, attribute: str) -> Change:
    """Let a write's condition, made of `Attr(…)`, not look at an attribute of the record."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        looks = [each for each in ast.walk(node) if _looks_at(each, attribute)]
        return [(_one(place, (attribute,), looks), _expression("Attr('id').exists() | Attr('id').not_exists()"))]

    return Change(place, find)


# --- Statements and values --------------------------------------------------------------------------------------------


def without(place: str, *names: Name) -> Change:
    """Leave out the statement that mentions these names: a call, or the assignment of a value."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        simple = [each for each in ast.walk(node) if isinstance(each, ast.Expr | ast.Assign | ast.AnnAssign)]
        return [(_one(place, names, [each for each in simple if _mentions(each, names)]), ast.Pass())]

    return Change(place, find)


def without_member(place: str, *names: Name) -> Change:
    """Leave the member that mentions these names out of a list or tuple."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        members = [m for each in ast.walk(node) if isinstance(each, ast.List | ast.Tuple) for m in each.elts]
        return [(_one(place, names, _innermost(members, names)), None)]

    return Change(place, find)


def assigned(place: str, *names: Name, instead: str) -> Change:
    """Assign another value where the one that mentions these names is assigned."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        values = [each.value for each in ast.walk(node) if isinstance(each, ast.Assign | ast.AnnAssign) and each.value]
        value = _one(place, names, [each for each in values if _mentions(each, names)])
        return [(value, _new(place, instead, node, tree, it=value))]

    return Change(place, find)


def returned(place: str, *names: Name, instead: str) -> Change:
    """Return another value where the one that mentions these names is returned; `it` is what was returned."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        values = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
        value = _one(place, names, [each for each in values if _mentions(each, names)])
        return [(value, _new(place, instead, node, tree, it=value))]

    return Change(place, find)


def also_where(place: str, *names: Name, do: str) -> Change:
    """Do something more, at first, where the condition of an `if` mentions these names and holds."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        ifs = [each for each in ast.walk(node) if isinstance(each, ast.If) and _mentions(each.test, names)]
        chosen = _one(place, names, ifs)
        [statement] = ast.parse(do).body
        _check_names(place, statement, node, tree)
        return [(chosen, ast.If(chosen.test, [statement, *chosen.body], chosen.orelse))]

    return Change(place, find)


# --- Constants --------------------------------------------------------------------------------------------------------


def constant(place: str, value: object) -> Change:
    """Give a constant of the module another value."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        return [(_value_of(place, node), ast.Constant(value))]  # type: ignore[arg-type]  # a number

    return Change(place, find)


def entry(place: str, key: Name, instead: str) -> Change:
    """Give the entry of a table, whose key mentions a name, another value."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        table = _value_of(place, node)
        assert isinstance(table, ast.Dict), f"{place} is no table"
        rows = [row for row in zip(table.keys, table.values, strict=True) if row[0] and _mentions(row[0], (key,))]
        _, value = _one(place, (key,), rows)
        return [(value, _new(place, instead, node, tree, it=value))]

    return Change(place, find)


# --- Calls ------------------------------------------------------------------------------------------------------------


def without_argument(place: str, call: str, argument: Name) -> Change:
    """Leave out an argument: the keyword of this name, or the argument that mentions it."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        return [(_argument(place, node, call, argument), None)]

    return Change(place, find)


def argument(place: str, call: str, which: Name, *, instead: str) -> Change:
    """Pass something else as an argument: the keyword of this name, or the argument that mentions it."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        given = _argument(place, node, call, which)
        value = given.value if isinstance(given, ast.keyword) else given
        return [(value, _new(place, instead, node, tree, it=value))]

    return Change(place, find)


def with_argument(place: str, call: str, keyword: str, value: str) -> Change:
    """Pass one more keyword argument."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        made = _one(place, (call,), _calls(node, call))
        more = ast.keyword(keyword, _new(place, value, node, tree, it=made))
        return [(made, ast.Call(made.func, made.args, [*made.keywords, more]))]

    return Change(place, find)


def called(place: str, call: str, *, instead: str) -> Change:
    """Call something else with the same arguments."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        made = _one(place, (call,), _calls(node, call))
        return [(made.func, _new(place, instead, node, tree, it=made.func))]

    return Change(place, find)


def answered(place: str, call: str, *, instead: str) -> Change:
    """Go on with something else than what a call answers; `it` is the answer."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        made = _one(place, (call,), _calls(node, call))
        return [(made, _new(place, instead, node, tree, it=made))]

    return Change(place, find)


def together(*changes: Change) -> Change:
    """Make several changes at one place."""
    [place] = {each.place for each in changes}
    return Change(place, lambda node, tree: [pair for each in changes for pair in each.find(node, tree)])


# --- What finds the place and the target ------------------------------------------------------------------------------


def _at(tree: ast.Module, place: str) -> ast.AST:
    module, colon, path = place.partition(":")
    assert colon, f"{module}: no place in the module"
    node: ast.AST = tree
    for name in path.split("."):
        node = _one(place, (name,), [each for each in _body(node) if name in _defined(each)])
    return node


def _body(node: ast.AST) -> list[ast.stmt]:
    return node.body if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else []


def _defined(statement: ast.AST) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            return [alias.asname or alias.name.partition(".")[0] for alias in aliases]
    return []


def _one[T](place: str, names: Iterable[Name], found: list[T]) -> T:
    if len(found) != 1:
        raise NotOnce(f"{place}: {', '.join(map(str, names))} is there {len(found)} times")
    return found[0]


def _mentions(node: ast.AST, names: Iterable[Name]) -> bool:
    return set(names) <= set(_mentioned(node))


def _mentioned(node: ast.AST) -> Iterator[Any]:
    for each in ast.walk(node):
        match each:
            case ast.Name(id=name):
                yield name
            case ast.Attribute(attr=name):
                yield from (name, f".{name}")
            case ast.keyword(arg=str() as name):
                yield name
            case ast.Constant(value=str() | int() as value):
                yield value


def _innermost[T: ast.AST](found: Iterable[T], names: tuple[Name, ...]) -> list[T]:
    """Choose those that mention the names, without any that has another of them inside."""
    matching = [each for each in found if _mentions(each, names)]
    around = [each for each in matching if any(part in matching for part in ast.walk(each) if part is not each)]
    return [each for each in matching if each not in around]


def _conditions(node: ast.AST) -> Iterator[ast.expr]:
    """Find what decides about a branch, a loop, a part of a comprehension or a returned truth, and its operands."""
    for each in ast.walk(node):
        match each:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield from _with_operands(test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from _with_operands(test)
            case ast.match_case(guard=ast.expr() as test) | ast.Return(value=ast.expr() as test):
                yield from _with_operands(test)


def _with_operands(condition: ast.expr) -> Iterator[ast.expr]:
    yield condition
    for operand in condition.values if isinstance(condition, ast.BoolOp) else []:
        yield from _with_operands(operand)


def _condition(place: str, names: tuple[Name, ...], *, holds: bool) -> Change:
    def find(node: ast.AST, _: ast.Module) -> Replacements:
        return [(_one(place, names, _innermost(_conditions(node), names)), ast.Constant(holds))]

    return Change(place, find)


def _is_choice(node: ast.AST, member: str) -> bool:
    match node:
        case ast.MatchValue(value=ast.Attribute(attr=attr)):
            return attr == member
        case ast.Compare(ops=[ast.Is() | ast.IsNot() | ast.Eq() | ast.NotEq()], comparators=[ast.Attribute(attr=attr)]):
            return attr == member
    return False


def _sibling(member: ast.expr, name: str) -> ast.expr:
    assert isinstance(member, ast.Attribute)
    return ast.Attribute(member.value, name, ast.Load())


def _looks_at(node: ast.AST, attribute: str) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Call(func=ast.Name(id="Attr"), args=[ast.Constant(value=looked_at)]))):
            return bool(looked_at == attribute)
    return False


def _calls(node: ast.AST, name: str) -> list[ast.Call]:
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return [each for each in calls if name == getattr(each.func, "attr", getattr(each.func, "id", None))]


def _argument(place: str, node: ast.AST, call: str, which: Name) -> ast.keyword | ast.expr:
    calls = _calls(node, call)
    named = [each for made in calls for each in made.keywords if each.arg == which]
    given = [each for made in calls for each in (*made.args, *made.keywords) if _mentions(each, (which,))]
    return _one(place, (call, which), named or given)


def _value_of(place: str, node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.Assign | ast.AnnAssign), f"{place} is no constant"
    assert node.value is not None, f"{place} has no value"
    return node.value


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST | None) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else super().visit(node)


# --- New code ---------------------------------------------------------------------------------------------------------


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _new(place: str, text: str, node: ast.AST, tree: ast.Module, *, it: ast.expr) -> ast.expr:
    """Read an expression, in which `it` is what stood there before."""
    new = _expression(text)
    _check_names(place, new, node, tree)
    for each in [each for each in ast.walk(new) if isinstance(each, ast.Name) and each.id == "it"]:
        new = _Replacing(each, it).visit(new)
    return new


def _check_names(place: str, new: ast.AST, node: ast.AST, tree: ast.Module) -> None:
    """Refuse new code that would fail for a name that is not there (any more), which is not what a test should notice."""
    modules = {name for each in tree.body if isinstance(each, ast.Import) for name in _defined(each)}
    known = {name for each in tree.body for name in _defined(each)} | {*dir(builtins), "it"}
    known |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
    attributes = {each.attr for each in ast.walk(tree) if isinstance(each, ast.Attribute)}
    for each in ast.walk(new):
        match each:
            case ast.Name(id=name):
                assert name in known, f"{place}: nobody knows {name}"
            case ast.Attribute(value=ast.Name(id=name)) if name in modules:
                pass  # of another package
            case ast.Attribute(attr=name):
                assert name in attributes, f"{place}: nobody knows .{name}"
