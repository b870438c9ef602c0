"""Finding a place in the code and a target at it, each exactly once, and putting something else there."""

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

type Name = str | int  # of something that is mentioned
type Replacements = list[tuple[ast.AST, ast.AST | None]]  # a node, and what stands there instead (None: nothing)


class NotOnce(Exception):  # noqa: N818 - what is wrong with the mutation
    """The place or the target of a mutation is not there, or there more than once."""


@dataclass(frozen=True)
class Place:
    """A `module:function`, `module:Class.method` or `module:CONSTANT`: its node in the module."""

    name: str
    node: ast.AST
    tree: ast.Module

    def one[T](self, names: Iterable[Name], found: Iterable[T]) -> T:
        return _one(self.name, names, [*found])

    def mentioning[T: ast.AST](self, names: tuple[Name, ...], found: Iterable[T]) -> T:
        return self.one(names, (each for each in found if mentions(each, names)))

    def innermost[T: ast.AST](self, names: tuple[Name, ...], found: Iterable[T]) -> T:
        """Choose the one that mentions the names, without any that has another of them inside."""
        matching = [each for each in found if mentions(each, names)]
        around = [each for each in matching if any(part in matching for part in ast.walk(each) if part is not each)]
        return self.one(names, (each for each in matching if each not in around))

    def nodes[T: ast.AST](self, *kinds: type[T]) -> Iterator[T]:
        return (each for each in ast.walk(self.node) if isinstance(each, kinds))

    def conditions(self) -> Iterator[ast.expr]:
        """Find what decides about a branch, a loop, a part of a comprehension or a returned truth, and its operands."""
        for each in ast.walk(self.node):
            match each:
                case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                    yield from _with_operands(test)
                case ast.comprehension(ifs=tests):
                    for test in tests:
                        yield from _with_operands(test)
                case ast.match_case(guard=ast.expr() as test) | ast.Return(value=ast.expr() as test):
                    yield from _with_operands(test)

    def calls(self, name: str) -> list[ast.Call]:
        return [
            each for each in self.nodes(ast.Call) if name == getattr(each.func, "attr", getattr(each.func, "id", None))
        ]

    def values(self, *kinds: type[ast.Assign | ast.AnnAssign | ast.Return]) -> Iterator[ast.expr]:
        """Find what is assigned or returned."""
        return (each.value for each in self.nodes(*kinds) if each.value)

    def check_names(self, new: ast.AST) -> None:
        """Refuse new code with a name that is not there: a test would notice that, not the missing safeguard."""
        modules = {name for each in self.tree.body if isinstance(each, ast.Import) for name in _defined(each)}
        known = {name for each in self.tree.body for name in _defined(each)} | {*dir(builtins), "it"}
        known |= {each.arg for each in self.nodes(ast.arg)}
        attributes = {each.attr for each in ast.walk(self.tree) if isinstance(each, ast.Attribute)}
        for each in ast.walk(new):
            match each:
                case ast.Name(id=name):
                    assert name in known, f"{self.name}: nobody knows {name}"
                case ast.Attribute(value=ast.Name(id=name)) if name in modules:
                    pass  # of another package
                case ast.Attribute(attr=name):
                    assert name in attributes, f"{self.name}: nobody knows .{name}"

    def expression(self, text: str, it: ast.expr) -> ast.expr:
        """Read an expression, in which `it` is what stood there before."""
        new = ast.parse(text, mode="eval").body
        self.check_names(new)
        for each in [each for each in ast.walk(new) if isinstance(each, ast.Name) and each.id == "it"]:
            new = _Replacing(each, it).visit(new)
        return new


@dataclass(frozen=True)
class Change:
    """What is done at one place; `find` tells what is replaced there."""

    place: str
    find: Callable[[Place], Replacements]

    @property
    def file(self) -> Path:
        """The file of the place within src: of the functions, or of the command line if the place says so."""
        path = self.place.partition(":")[0].split(".")
        return Path(*path if path[0] == "rcs_cli" else ("messente_rcs", *path)).with_suffix(".py")

    def apply(self, source: str) -> str:
        """Return the module's source with the change made."""
        tree = ast.parse(source)
        before = ast.unparse(tree)
        for old, new in self.find(Place(self.place, _at(tree, self.place), tree)):
            _Replacing(old, new).visit(tree)
        after = ast.unparse(ast.fix_missing_locations(tree))
        assert after != before, f"{self.place}: nothing has changed"
        return after


def _at(tree: ast.Module, place: str) -> ast.AST:
    module, colon, path = place.partition(":")
    assert colon, f"{module}: no place in the module"
    node: ast.AST = tree
    for name in path.split("."):
        node = _one(place, (name,), [each for each in _body(node) if name in _defined(each)])
    return node


def _one[T](place: str, names: Iterable[Name], found: Sequence[T]) -> T:
    if len(found) != 1:
        raise NotOnce(f"{place}: {', '.join(map(str, names))} is there {len(found)} times")
    return found[0]


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


def mentions(node: ast.AST, names: Iterable[Name]) -> bool:
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


def _with_operands(condition: ast.expr) -> Iterator[ast.expr]:
    yield condition
    for operand in condition.values if isinstance(condition, ast.BoolOp) else []:
        yield from _with_operands(operand)


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST | None) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else super().visit(node)
