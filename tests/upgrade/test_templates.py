"""What CloudFormation and DynamoDB take from one release to the next."""

from typing import Any

import pytest

from tests.local.build import read_template
from tests.support.template import ROOT, TEMPLATE
from tests.upgrade import release

type Template = dict[str, Any]


def indexes(template: Template) -> dict[str, dict[str, Any]]:
    """Return the indexes of each table by their names."""
    tables = {name: each for name, each in template["Resources"].items() if each["Type"] == "AWS::DynamoDB::Table"}
    return {
        name: {each["IndexName"]: each for each in table["Properties"].get("GlobalSecondaryIndexes", [])}
        for name, table in tables.items()
    }


@pytest.fixture(scope="module")
def before() -> Template:
    """Read the template of the release before."""
    text = release.git("show", f"{release.before()}:template.yaml")
    return read_template(text)


def test_at_most_one_index_of_a_table_changes(before: Template) -> None:
    """DynamoDB creates or deletes one index in an update, and CloudFormation makes one update of a table."""
    old, new = indexes(before), indexes(TEMPLATE)
    assert old.keys() == {"MessageTable", "OptOutTable"}
    for table in old:
        names = old[table] | new[table]
        assert len([name for name in names if old[table].get(name) != new[table].get(name)]) <= 1, table


@pytest.mark.parametrize("section", ["Parameters", "Outputs"])
def test_the_changelog_names_what_came_and_what_went(before: Template, section: str) -> None:
    """An operator learns of each new or removed parameter and output."""
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert [name for name in before[section].keys() ^ TEMPLATE[section] if f"`{name}" not in changelog] == []
