"""Finding a place in the code and a target at it, each exactly once, and putting something else there."""

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    @property
    def file(self) -> Path:
        """The file of the place within src: of the functions, or of the command line if the place says so."""
        path = self.module.split(".")
        return Path(*path if path[0] == "rcs_cli" else ("messente_rcs", *path)).with_suffix(".py")

    def apply(self, source: str) -> str:
        """Return the module's source with the change made."""
        tree = ast.parse(source)
        before = ast.unparse(tree)
        for old, new in self.find(_at(tree, self.place), tree):
            _Replacing(old, new).visit(tree)
        after = ast.unparse(ast.fix_missing_locations(tree))
        assert after != before, f"{self.place}: nothing has changed"
        return after


def _at(tree: ast.Module, place: str) -> ast.AST:
    module, colon, path = place.partition(":")
    assert colon, f"{module}: no place in the module"
    node: ast.AST = tree
    for name in path.split("."):
        node = one(place, (name,), [each for each in _body(node) if name in _defined(each)])
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


def one[T](place: str, names: Iterable[Name], found: Sequence[T]) -> T:
    """Return what was found if it is one; raises NotOnce."""
    if len(found) != 1:
        raise NotOnce(f"{place}: {', '.join(map(str, names))} is there {len(found)} times")
    return found[0]


def mentions(node: ast.AST, names: Iterable[Name]) -> bool:
    """Tell whether all of the names stand somewhere in a node."""
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


def innermost[T: ast.AST](found: Iterable[T], names: tuple[Name, ...]) -> list[T]:
    """Choose those that mention the names, without any that has another of them inside."""
    matching = [each for each in found if mentions(each, names)]
    around = [each for each in matching if any(part in matching for part in ast.walk(each) if part is not each)]
    return [each for each in matching if each not in around]


def conditions_in(node: ast.AST) -> Iterator[ast.expr]:
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


def calls(node: ast.AST, name: str) -> list[ast.Call]:
    """Find the calls of a function or method, whatever it belongs to."""
    made = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
    return [each for each in made if name == getattr(each.func, "attr", getattr(each.func, "id", None))]


class _Replacing(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST | None) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else super().visit(node)


def check_names(place: str, new: ast.AST, node: ast.AST, tree: ast.Module) -> None:
    """Refuse new code with a name that is not there: a test would notice that, instead of the missing safeguard."""
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


def new_expression(place: str, text: str, node: ast.AST, tree: ast.Module, *, it: ast.expr) -> ast.expr:
    """Read an expression, in which `it` is what stood there before."""
    new = ast.parse(text, mode="eval").body
    check_names(place, new, node, tree)
    for each in [each for each in ast.walk(new) if isinstance(each, ast.Name) and each.id == "it"]:
        new = _Replacing(each, it).visit(new)
    return new
