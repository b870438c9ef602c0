"""The one command that mends what is broken, written so that a shell takes it as it is."""

from __future__ import annotations

import json
import shlex
from typing import Any


def aws(operation: str, **arguments: Any) -> str:
    """Write a command of `aws`; an argument that is True is a flag, and one that is no text is written as JSON."""
    words = ["aws", *operation.split()]
    for name, value in arguments.items():
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(shlex.quote(value if isinstance(value, str) else json.dumps(value)))
    return " ".join(words)


def deploy(stack: str, **parameters: Any) -> str:
    """Write the command that deploys a stack again with other parameters; all others keep their values."""
    given = " ".join(f"{name}={value}" for name, value in parameters.items())
    return f"sam deploy --stack-name {stack} --parameter-overrides {given}"
