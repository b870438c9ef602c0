"""`python -m models`: write the models' validation schema, as pydantic-core takes it, as a Python module.

That module is committed, and a unit test fails while it is behind.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any

from pydantic import TypeAdapter

from models.omnimessage import Payload

FILE = Path(__file__).parents[1] / "messente_rcs" / "payload" / "schema.py"

HEADER = '''"""What pydantic-core validates a payload by: written by `make schema` from src/models, not by hand."""

from messente_rcs.payload import checks, rules

'''

# For JSON Schemas, serialization and reprs: the validator does without.
UNUSED = {"metadata", "cls", "computed_fields", "serialization"}


def module() -> str:
    """Write the module."""
    return f"{HEADER}SCHEMA = {written(TypeAdapter(Payload).core_schema)}\n"


def written(node: Any) -> str:  # noqa: PLR0911 - one for each kind of value
    """Write a part of the schema as a Python expression."""
    match node:
        case dict():
            parts = (f"{key!r}: {written(value)}" for key, value in node.items() if key not in UNUSED)
            return f"{{{', '.join(parts)}}}"
        case list():
            return f"[{', '.join(map(written, node))}]"
        case tuple():
            return f"({''.join(f'{written(part)}, ' for part in node)})"
        case frozenset():
            return f"frozenset({written(sorted(node))})"
        case MethodType():
            return f"{written(node.__self__)}.{node.__name__}"
        case FunctionType():
            return _named(node)
        case str():
            return repr(re.sub(r"^(models\.[\w.]+):\d+$", r"\1", node))  # a reference ends in an address in memory
        case None | bool() | int() | float():
            return repr(node)
    if is_dataclass(node):
        arguments = (f"{field.name}={written(getattr(node, field.name))}" for field in fields(node))
        return f"{_named(type(node))}({', '.join(arguments)})"
    raise TypeError(f"a schema does not hold {type(node).__name__}")


def _named(thing: Any) -> str:
    return f"{thing.__module__.rpartition('.')[2]}.{thing.__qualname__}"


if __name__ == "__main__":
    FILE.write_text(module())
