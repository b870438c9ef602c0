"""The command line stays outside of the functions: neither the package nor the bundle takes it in."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.support.template import ROOT

SOURCE = ROOT / "src"


def imported(package: str) -> Iterator[str]:
    for path in (SOURCE / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (each.name.split(".")[0] for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield str(node.module).split(".")[0]


@pytest.mark.parametrize("package", ["messente_rcs", "bundle", "rcs_openapi"])
def test_nothing_else_imports_the_command_line(package: str) -> None:
    """Neither the command line, nor what only the command line needs, which the bundle does not have."""
    assert not {"rcs_cli", "typer", "rich"} & set(imported(package))
    assert not re.search(r"^(typer|rich|click)==", (SOURCE / "requirements.txt").read_text(), re.MULTILINE)


def test_the_distribution_names_what_it_imports() -> None:
    """`pip install .` brings everything that both packages import."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = {re.split("[><=]", each)[0].replace("-", "_") for each in project["project"]["dependencies"]}
    used = {*imported("rcs_cli"), *imported("messente_rcs")} & {"aws_lambda_powertools", "boto3", "pydantic", "rich"}
    assert used | {"typer", "urllib3"} == named
