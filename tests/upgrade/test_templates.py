"""What CloudFormation and DynamoDB take from one release to the next."""

from typing import Any

import pytest

from tests.local.build import read_template
from tests.support.template import ROOT, TEMPLATE
from tests.upgrade import release

type Template = dict[str, Any]


def index_changes(before: Template, after: Template) -> dict[str, list[str]]:
    """Name the indexes of each table that one of two templates lacks, or has with other keys or attributes."""
    old, new = _indexes(before), _indexes(after)
    return {
        table: sorted(name for name in old[table] | new[table] if old[table].get(name) != new[table].get(name))
        for table in old.keys() & new
    }


def _indexes(template: Template) -> dict[str, dict[str, Any]]:
    tables = {name: each for name, each in template["Resources"].items() if each["Type"] == "AWS::DynamoDB::Table"}
    return {
        name: {each["IndexName"]: each for each in table["Properties"].get("GlobalSecondaryIndexes", [])}
        for name, table in tables.items()
    }


def table_with(*indexes: str) -> Template:
    """Make a template of a table with these indexes."""
    named = [{"IndexName": name} for name in indexes]
    table = {"Type": "AWS::DynamoDB::Table", "Properties": {"GlobalSecondaryIndexes": named}}
    return {"Resources": {"Table": table}}


@pytest.fixture(scope="module")
def before() -> Template:
    """Read the template of the release before."""
    text = release.git("show", f"{release.before()}:template.yaml")
    return read_template(text)


def test_at_most_one_index_of_a_table_changes(before: Template) -> None:
    """DynamoDB creates or deletes one index in an update, and CloudFormation makes one update of a table."""
    changed = index_changes(before, TEMPLATE)
    assert changed.keys() == {"MessageTable", "OptOutTable"}
    assert [table for table, names in changed.items() if len(names) > 1] == []


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_the_changelog_names_what_came_and_what_went(before: Template, section: str) -> None:
    """An operator learns of each new or removed parameter and output."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert [name for name in before[section].keys() ^ TEMPLATE[section] if f"`{name}" not in changelog] == []


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [(["a"], ["a"], []), (["a"], ["a", "b"], ["b"]), (["a", "b"], ["a"], ["b"]), (["a"], ["b"], ["a", "b"])],
)
def test_a_new_index_and_one_that_is_gone_are_two_changes(old: list[str], new: list[str], changed: list[str]) -> None:
    """A renamed index is both."""
    assert index_changes(table_with(*old), table_with(*new)) == {"Table": changed}
