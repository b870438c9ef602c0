"""Each execution environment gets a clock of its own: ahead or behind by some seconds, as machines' clocks are."""

from tests.local.build import Built

AHEAD = (-3, 0, 3, 8, 40)  # seconds
REQUEST_ID = "$request_id"  # of an event: the id that its invocation has

# The module that Lambda imports instead of the handler's. It is a machine whose clock is wrong, and no part of ours.
# Lambda repeats an asynchronous invocation under its request id, where the emulator makes a new one.
_MODULE = """import os
import pathlib
import random
import time

_right, _ahead = time.time, random.SystemRandom().choice({ahead})
time.time = lambda: _right() + _ahead

from {module} import {name} as _handle

def {name}(event, context):
    if "{request_id}" in event:
        context.aws_request_id = event.pop("{request_id}")
    return _handle(event, context)

pathlib.Path("{folder}", f"up-{{os.getpid()}}").touch()
"""


def set_wrong(built: Built, folder: str) -> None:
    """Let every function of a build, which is changed by this, start with one of these clocks, by chance.

    Each process that is up leaves a mark in the folder.
    """
    for function, properties in built.functions().items():
        module, _, name = properties["Handler"].rpartition(".")
        code = _MODULE.format(ahead=AHEAD, module=module, name=name, request_id=REQUEST_ID, folder=folder)
        (built.bundle / f"wrong_clock_{function}.py").write_text(code)
        properties["Handler"] = f"wrong_clock_{function}.{name}"
