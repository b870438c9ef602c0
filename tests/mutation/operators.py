"""The words in which a mutation says what it takes out of the code.

A place is `module:function`, `module:Class.method` or `module:CONSTANT`, the module without its package. What is meant
there is told by names that it mentions: functions, attributes, constants, numbers, texts; `.name` is an attribute only.
Local variables, the order of statements and the formatting are free to change. A place or a target that is not there
exactly once is an error, and so is new code that speaks of names which its module does not know.
"""

import ast
from collections.abc import Callable

from tests.mutation.search import Change, Name, Place, Replacements, mentions

ANYTHING = "Attr('id').exists() | Attr('id').not_exists()"

# --- Conditions -------------------------------------------------------------------------------------------------------


def never(place: str, *names: Name) -> Change:
    """Let the condition that mentions these names never hold."""
    return Change(place, lambda at: [(at.innermost(names, at.conditions()), ast.Constant(value=False))])


def always(place: str, *names: Name) -> Change:
    """Let the condition that mentions these names always hold."""
    return Change(place, lambda at: [(at.innermost(names, at.conditions()), ast.Constant(value=True))])


def ignoring(place: str, attribute: str) -> Change:
    """Let a write's condition, made of `Attr(…)`, not look at an attribute of the record."""
    looked_at = f"Attr({attribute!r})"

    def look(at: Place) -> ast.expr:
        calls = at.nodes(ast.Call)
        return at.one((attribute,), (each for each in calls if ast.unparse(each.func).rpartition(".")[0] == looked_at))

    return _replaced(place, look, ANYTHING)


# --- Statements and values --------------------------------------------------------------------------------------------


def without(place: str, *names: Name) -> Change:
    """Leave out the statement that mentions these names: a call, or the assignment of a value."""
    kinds: tuple[type[ast.stmt], ...] = ast.Expr, ast.Assign, ast.AnnAssign
    return Change(place, lambda at: [(at.mentioning(names, at.nodes(*kinds)), ast.Pass())])


def assigned(place: str, *names: Name, instead: str) -> Change:
    """Assign another value where the one that mentions these names is assigned."""
    return _replaced(place, lambda at: at.mentioning(names, at.values(ast.Assign, ast.AnnAssign)), instead)


def returned(place: str, *names: Name, instead: str) -> Change:
    """Return another value where the one that mentions these names is returned; `it` is what was returned."""
    return _replaced(place, lambda at: at.mentioning(names, at.values(ast.Return)), instead)


def also_where(place: str, *names: Name, do: str) -> Change:
    """Do something more, at first, where the condition of an `if` mentions these names and holds."""

    def find(at: Place) -> Replacements:
        chosen = at.one(names, (each for each in at.nodes(ast.If) if mentions(each.test, names)))
        [statement] = ast.parse(do).body
        at.check_names(statement)
        return [(chosen, ast.If(chosen.test, [statement, *chosen.body], chosen.orelse))]

    return Change(place, find)


# --- Constants --------------------------------------------------------------------------------------------------------


def constant(place: str, value: object) -> Change:
    """Give a constant of the module another value."""
    return assigned(place, instead=repr(value))


# --- Calls ------------------------------------------------------------------------------------------------------------


def without_argument(place: str, call: str, argument: Name) -> Change:
    """Leave out an argument: the keyword of this name, or the argument that mentions it."""
    return Change(place, lambda at: [(_argument(at, call, argument), None)])


def argument(place: str, call: str, which: Name, *, instead: str) -> Change:
    """Pass something else as an argument: the keyword of this name, or the argument that mentions it."""

    def value(at: Place) -> ast.expr:
        given = _argument(at, call, which)
        return given.value if isinstance(given, ast.keyword) else given

    return _replaced(place, value, instead)


def called(place: str, call: str, *, instead: str) -> Change:
    """Call something else with the same arguments."""
    return _replaced(place, lambda at: at.one((call,), at.calls(call)).func, instead)


def answered(place: str, call: str, *, instead: str) -> Change:
    """Go on with something else than what a call answers; `it` is the answer."""
    return _replaced(place, lambda at: at.one((call,), at.calls(call)), instead)


def together(*changes: Change) -> Change:
    [place] = {each.place for each in changes}
    return Change(place, lambda at: [pair for each in changes for pair in each.find(at)])


# --- What they need ---------------------------------------------------------------------------------------------------


def _replaced(place: str, choose: Callable[[Place], ast.expr], instead: str) -> Change:
    def find(at: Place) -> Replacements:
        old = choose(at)
        return [(old, at.expression(instead, old))]

    return Change(place, find)


def _argument(at: Place, call: str, which: Name) -> ast.keyword | ast.expr:
    given: list[ast.keyword | ast.expr] = []
    for made in at.calls(call):
        given += (*made.args, *made.keywords)
    named = [each for each in given if isinstance(each, ast.keyword) and each.arg == which]
    return at.one((call, which), named or [each for each in given if mentions(each, (which,))])
