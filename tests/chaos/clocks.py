"""Each execution environment gets a clock of its own: ahead or behind by some seconds, as machines' clocks are."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.build import Built

AHEAD = (-3, 0, 3, 8, 40)  # seconds

# The module that Lambda imports instead of the handler's. It is a machine whose clock is wrong, and no part of ours.
_MODULE = """import random
import time

_right, _ahead = time.time, random.SystemRandom().choice({ahead})
time.time = lambda: _right() + _ahead

from {module} import {name}
"""


def set_wrong(built: Built) -> None:
    """Let every function of a build, which is changed by this, start with one of these clocks, by chance."""
    for function, properties in built.functions().items():
        module, _, name = properties["Handler"].rpartition(".")
        (built.bundle(function) / "wrong_clock.py").write_text(_MODULE.format(ahead=AHEAD, module=module, name=name))
        properties["Handler"] = f"wrong_clock.{name}"
