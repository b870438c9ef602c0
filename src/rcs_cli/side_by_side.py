"""Makes calls side by side, a few at a time, and tells what came of each."""

from collections.abc import Callable, Iterable
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import NamedTuple

from rcs_cli.problems import Problem, explain

AT_ONCE = 16
PATIENCE = 10  # seconds for the calls that are under way when the user presses Ctrl-C


class Outcome[Result](NamedTuple):
    """What came of the tasks that were begun, by their places in the list; `problem` is why not all was done.

    A task failed if its call raised, or had not ended when the user did not want to wait any more.
    """

    done: dict[int, Result]
    failed: dict[int, BaseException]
    problem: Problem | None


def side_by_side[Task, Result](
    do: Callable[[Task], Result],
    tasks: Iterable[Task],
    progress: Callable[[Task], None] = lambda _: None,
    patience: float = PATIENCE,
) -> Outcome[Result]:
    """Do the tasks; after the first failure or Ctrl-C, begin no more and wait for those that are under way."""
    done, failed, begun = dict[int, Result](), dict[int, BaseException](), 0
    running: dict[Future[Result], tuple[int, Task]] = {}

    def collect(timeout: float | None = None, until: str = FIRST_COMPLETED) -> None:
        for future in wait(running, timeout, until).done:
            place, task = running.pop(future)
            if failure := future.exception():
                failed[place] = failure
            else:
                done[place] = future.result()
                progress(task)

    pool = ThreadPoolExecutor(AT_ONCE)
    why: BaseException | None = None
    try:
        for begun, task in enumerate(tasks, start=1):
            running[pool.submit(do, task)] = begun - 1, task
            if len(running) == AT_ONCE:
                collect()
            if failed:
                break
        while running:
            collect()
    except KeyboardInterrupt as stop:
        why = stop
        with suppress(KeyboardInterrupt):
            collect(patience, ALL_COMPLETED)
        failed |= dict.fromkeys(set(range(begun)) - done.keys() - failed.keys(), stop)
    pool.shutdown(wait=False)
    why = why or (failed[min(failed)] if failed else None)
    return Outcome(done, failed, explain(why) if why else None)
