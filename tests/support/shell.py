"""Commands as a user pastes them into a shell: `aws` is carried out by clients, as its own models read its options."""

import json
import shlex
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name

_OF_THE_PROGRAM = {"region", "profile", "endpoint-url"}  # which every command of aws takes


def run_aws(command: str, client: Callable[[str], Any], given: str = "") -> Any:
    """Carry out a command of aws; `given` is what is typed at its input. Fails where AWS knows no such command."""
    program, service, operation, *words = shlex.split(command)
    assert program == "aws"
    model = _model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    if operation == "wait":
        waiter = client(service).get_waiter(words.pop(0).replace("-", "_"))
        call, operation = waiter.wait, xform_name(waiter.config.operation, "-")
    else:
        call = getattr(client(service), xform_name(names[operation]))
    members = model.operation_model(names[operation]).input_shape.members
    options = {xform_name(name, "-"): name for name in members}
    arguments: dict[str, Any] = {}
    while words:
        word = words.pop(0)
        if not word.startswith("--"):  # where `aws lambda invoke` writes its answer
            continue
        option = word.removeprefix("--")
        if option in _OF_THE_PROGRAM:
            words.pop(0)
        elif (kind := members[options[option]].type_name) == "boolean":
            arguments[options[option]] = True
        else:
            text = words.pop(0)
            arguments[options[option]] = _read(given if text == "file:///dev/stdin" else text, kind)
    return call(**arguments)


def _read(text: str, kind: str) -> Any:
    if text.startswith("file://"):
        text = Path(text.removeprefix("file://")).read_text()
    if kind in ("structure", "list", "map"):
        return json.loads(text)
    return int(text) if kind in ("integer", "long") else text


@cache
def _model(service: str) -> Any:
    return botocore.session.Session().get_service_model(service)
