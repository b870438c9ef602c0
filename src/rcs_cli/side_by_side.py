"""Makes calls side by side, a few at a time, and tells what came of each."""

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field

from rcs_cli.problems import Problem, explain

AT_ONCE = 16
PATIENCE = 10  # seconds for the calls that are under way when the user presses Ctrl-C


@dataclass
class Outcome[Result]:
    """What came of the tasks that were begun, by their places in the list; the others were not begun.

    A task failed if its call raised, or had not ended when the user did not want to wait any more.
    """

    done: dict[int, Result] = field(default_factory=dict)
    failed: dict[int, BaseException] = field(default_factory=dict)
    stopped: KeyboardInterrupt | None = None

    @property
    def problem(self) -> Problem | None:
        """Why not all was done: Ctrl-C, or else the first failure."""
        failures = [self.failed[place] for place in sorted(self.failed)]
        return explain(self.stopped or failures[0]) if self.stopped or failures else None


def side_by_side[Task, Result](
    do: Callable[[Task], Result],
    tasks: Iterable[Task],
    progress: Callable[[Task], None] = lambda _: None,
    patience: float = PATIENCE,
) -> Outcome[Result]:
    """Do the tasks; after the first failure or Ctrl-C, begin no more and wait for those that are under way."""
    outcome, begun = Outcome[Result](), 0
    running: dict[Future[Result], tuple[int, Task]] = {}

    def collect(timeout: float | None = None, until: str = FIRST_COMPLETED) -> None:
        ended, _ = wait(running, timeout, until)
        for future in ended:
            place, task = running.pop(future)
            if failure := future.exception():
                outcome.failed[place] = failure
            else:
                outcome.done[place] = future.result()
                progress(task)

    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for place, task in enumerate(tasks):
            begun = place + 1
            running[pool.submit(do, task)] = place, task
            if len(running) == AT_ONCE:
                collect()
            if outcome.failed:
                break
        while running:
            collect()
    except KeyboardInterrupt as stop:
        outcome.stopped = stop
        with suppress(KeyboardInterrupt):
            collect(patience, "ALL_COMPLETED")
        ended = outcome.done.keys() | outcome.failed.keys()
        outcome.failed |= dict.fromkeys(set(range(begun)) - ended, stop)
    pool.shutdown(wait=False)
    return outcome
