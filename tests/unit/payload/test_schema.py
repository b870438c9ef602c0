"""The compiled schema says what the models say."""

from __future__ import annotations

import ast

import pytest

from models.__main__ import FILE, module, written


def test_it_is_in_step_with_the_models() -> None:
    """After a change of the models, or of pydantic, `make schema` writes it anew."""
    assert ast.dump(ast.parse(FILE.read_text())) == ast.dump(ast.parse(module())), "run `make schema`"


def test_it_is_made_of_what_the_bundle_has() -> None:
    """It imports our own checks and rules, and nothing of pydantic: the bundle has only its core."""
    imports = [node for node in ast.walk(ast.parse(FILE.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["from messente_rcs.payload import checks, rules"]


def test_what_can_not_be_written_is_an_error() -> None:
    """A new kind of value in a schema is not silently turned into its repr."""
    with pytest.raises(TypeError, match="object"):
        written({"type": object()})
