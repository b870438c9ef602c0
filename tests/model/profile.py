"""How much the model tests do: little and always the same by default, more and at random by the environment.

RCS_MODEL_EXAMPLES is how many courses the state machine takes; the fuzzing grows by the same factor. RCS_MODEL_SEED
repeats a random run, and RCS_MODEL_SHRINK=no shows a failure as it was found, without the search for a shorter one.
"""

import os
import secrets
from collections import Counter

from hypothesis import HealthCheck, Phase, settings

COURSES = 200  # of the state machine, by default
STEPS = 50  # of each course, at most

_wanted = os.environ.get("RCS_MODEL_EXAMPLES", "")
SEED = int(os.environ.get("RCS_MODEL_SEED") or secrets.randbelow(2**32)) if _wanted else None
FACTOR = int(_wanted or COURSES) / COURSES

# What was done, for the summary: courses, steps, deliveries, ...
figures: Counter[str] = Counter()

MARK = "zq7 private"  # stands in what goes in, and must come out nowhere; no key, since keys are logged
leaks: list[str] = []  # lines of the log that say something private


def profile(examples: int, steps: int = STEPS) -> settings:
    """Make settings for so many examples, times the factor that the environment asks for."""
    phases = [Phase.explicit, Phase.generate]
    return settings(
        max_examples=max(1, round(examples * FACTOR)),
        stateful_step_count=steps,
        derandomize=SEED is None,
        database=None,
        deadline=None,
        print_blob=False,
        phases=phases if os.environ.get("RCS_MODEL_SHRINK") == "no" else [*phases, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
