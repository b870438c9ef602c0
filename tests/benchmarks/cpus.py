"""Who runs where: what is measured has one CPU to itself, as a function of up to 1,769 MB has at the most."""

import os


def leave_one() -> None:
    """Keep this process away from the CPU that `subject.one_cpu` takes, where there is another one."""
    if hasattr(os, "sched_setaffinity"):
        cpus = os.sched_getaffinity(0)
        os.sched_setaffinity(0, (cpus - {max(cpus)}) or cpus)
