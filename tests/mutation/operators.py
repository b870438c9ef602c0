"""The words in which a mutation says what it takes out of the code.

A place is `module:function`, `module:Class.method` or `module:CONSTANT`, the module without its package. What is meant
there is told by names that it mentions: functions, attributes, constants, numbers, texts; `.name` is an attribute only.
Local variables, the order of statements and the formatting are free to change. A place or a target that is not there
exactly once is an error, and so is new code that speaks of names which its module does not know.
"""

import ast

from tests.mutation.search import (
    Change,
    Name,
    Replacements,
    calls,
    check_names,
    conditions_in,
    innermost,
    mentions,
    new_expression,
    one,
)

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
        condition = one(place, names, innermost(conditions_in(node), names))
        assert isinstance(condition, ast.Compare), f"{place}: {names} is no comparison"
        return [(condition, ast.Compare(condition.left, [by()], condition.comparators))]

    return Change(place, find)


def taken_for(place: str, member: str, other: str) -> Change:
    """Take a member of an enumeration for another one, which a `case` or a comparison names."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        choice = one(place, (other,), [each for each in ast.walk(node) if _is_choice(each, other)])
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

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        looks = [each for each in ast.walk(node) if isinstance(each, ast.Call) and _looks_at(each, attribute)]
        look = one(place, (attribute,), looks)
        return [(look, new_expression(place, "Attr('id').exists() | Attr('id').not_exists()", node, tree, it=look))]

    return Change(place, find)


# --- Statements and values --------------------------------------------------------------------------------------------


def without(place: str, *names: Name) -> Change:
    """Leave out the statement that mentions these names: a call, or the assignment of a value."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        simple = [each for each in ast.walk(node) if isinstance(each, ast.Expr | ast.Assign | ast.AnnAssign)]
        return [(one(place, names, [each for each in simple if mentions(each, names)]), ast.Pass())]

    return Change(place, find)


def without_member(place: str, *names: Name) -> Change:
    """Leave the member that mentions these names out of a list or tuple."""

    def find(node: ast.AST, _: ast.Module) -> Replacements:
        members = [m for each in ast.walk(node) if isinstance(each, ast.List | ast.Tuple) for m in each.elts]
        return [(one(place, names, innermost(members, names)), None)]

    return Change(place, find)


def assigned(place: str, *names: Name, instead: str) -> Change:
    """Assign another value where the one that mentions these names is assigned."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        values = [each.value for each in ast.walk(node) if isinstance(each, ast.Assign | ast.AnnAssign) and each.value]
        value = one(place, names, [each for each in values if mentions(each, names)])
        return [(value, new_expression(place, instead, node, tree, it=value))]

    return Change(place, find)


def returned(place: str, *names: Name, instead: str) -> Change:
    """Return another value where the one that mentions these names is returned; `it` is what was returned."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        values = [each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value]
        value = one(place, names, [each for each in values if mentions(each, names)])
        return [(value, new_expression(place, instead, node, tree, it=value))]

    return Change(place, find)


def also_where(place: str, *names: Name, do: str) -> Change:
    """Do something more, at first, where the condition of an `if` mentions these names and holds."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        ifs = [each for each in ast.walk(node) if isinstance(each, ast.If) and mentions(each.test, names)]
        chosen = one(place, names, ifs)
        [statement] = ast.parse(do).body
        check_names(place, statement, node, tree)
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
        rows = [row for row in zip(table.keys, table.values, strict=True) if row[0] and mentions(row[0], (key,))]
        _, value = one(place, (key,), rows)
        return [(value, new_expression(place, instead, node, tree, it=value))]

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
        return [(value, new_expression(place, instead, node, tree, it=value))]

    return Change(place, find)


def with_argument(place: str, call: str, keyword: str, value: str) -> Change:
    """Pass one more keyword argument."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        made = one(place, (call,), calls(node, call))
        more = ast.keyword(keyword, new_expression(place, value, node, tree, it=made))
        return [(made, ast.Call(made.func, made.args, [*made.keywords, more]))]

    return Change(place, find)


def called(place: str, call: str, *, instead: str) -> Change:
    """Call something else with the same arguments."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        made = one(place, (call,), calls(node, call))
        return [(made.func, new_expression(place, instead, node, tree, it=made.func))]

    return Change(place, find)


def answered(place: str, call: str, *, instead: str) -> Change:
    """Go on with something else than what a call answers; `it` is the answer."""

    def find(node: ast.AST, tree: ast.Module) -> Replacements:
        made = one(place, (call,), calls(node, call))
        return [(made, new_expression(place, instead, node, tree, it=made))]

    return Change(place, find)


def together(*changes: Change) -> Change:
    [place] = {each.place for each in changes}
    return Change(place, lambda node, tree: [pair for each in changes for pair in each.find(node, tree)])


# --- What they need ---------------------------------------------------------------------------------------------------


def _condition(place: str, names: tuple[Name, ...], *, holds: bool) -> Change:
    def find(node: ast.AST, _: ast.Module) -> Replacements:
        return [(one(place, names, innermost(conditions_in(node), names)), ast.Constant(holds))]

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


def _looks_at(node: ast.Call, attribute: str) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Call(func=ast.Name(id="Attr"), args=[ast.Constant(value=looked_at)]))
        ):
            return bool(looked_at == attribute)
    return False


def _argument(place: str, node: ast.AST, call: str, which: Name) -> ast.keyword | ast.expr:
    given: list[ast.keyword | ast.expr] = []
    for made in calls(node, call):
        given += (*made.args, *made.keywords)
    named = [each for each in given if isinstance(each, ast.keyword) and each.arg == which]
    return one(place, (call, which), named or [each for each in given if mentions(each, (which,))])


def _value_of(place: str, node: ast.AST) -> ast.expr:
    assert isinstance(node, ast.Assign | ast.AnnAssign), f"{place} is no constant"
    assert node.value is not None, f"{place} has no value"
    return node.value
