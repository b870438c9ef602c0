"""Run a process with a part of a CPU, as Lambda does: MemorySize in MB / 1,769 of one, by a cgroup's quota."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WHOLE = 1769  # MB that one vCPU comes with (AWS Lambda Developer Guide, "Configure Lambda function memory")
PERIOD = 20_000  # microseconds

_ROOT = Path("/sys/fs/cgroup")
_ENTER = 'echo $$ > "$0" && exec "$@"'


@contextmanager
def share(memory: int) -> Iterator[tuple[str, ...] | None]:
    """Make a cgroup with the CPU of so many MB; yield what to put before a command, None where that can't be made."""
    quota = round(PERIOD * min(memory / WHOLE, 1))
    try:
        group = _made(quota)
    except OSError:
        yield None
        return
    try:
        yield ("sh", "-c", _ENTER, str(group / "cgroup.procs"))
    finally:
        group.rmdir()


def _made(quota: int) -> Path:
    first_version = _ROOT / "cpu"
    group = (first_version if first_version.is_dir() else _ROOT) / f"messente-rcs-bench-{os.getpid()}"
    group.mkdir()
    try:
        if first_version.is_dir():
            (group / "cpu.cfs_period_us").write_text(str(PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        else:
            (group / "cpu.max").write_text(f"{quota} {PERIOD}")
    except OSError:
        group.rmdir()
        raise
    return group
