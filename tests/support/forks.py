"""Programs that run in forks of a process which has imported what they need: `with Forks("pytest") as forks`.

A program does as it would in a process of its own, without the time that its imports take. This file is the process,
too: it imports nothing of ours by itself, since the programs may bring code of their own.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn, Self

DIED = 70  # the exit code of a program that raised
SECONDS = 600  # a program that takes longer hangs


class Ended(NamedTuple):
    """The exit code of a program, which is negative after a signal, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """The JSON of each line."""
        return [json.loads(line) for line in self.out.splitlines()]


class Forks:
    """The process; `python` are options of Python. More than one thread may use it, one at a time."""

    def __init__(self, *modules: str, environment: Mapping[str, str], python: tuple[str, ...] = ()) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", *python, __file__, *modules],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._turns = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._process.communicate()

    def run(
        self, program: str, *arguments: str, environment: Mapping[str, str] | None = None, given: str = ""
    ) -> Ended:
        """Run a `module:function` to its end; without an environment, in that of the process."""
        assert self._process.stdin
        assert self._process.stdout
        request = [program, arguments, environment, given]
        with self._turns:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            return Ended(*json.loads(self._process.stdout.readline()))


def _answer(program: str, arguments: list[str], environment: dict[str, str] | None, given: str) -> Ended:
    with tempfile.TemporaryFile("w+") as file, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        file.write(given)
        file.seek(0)
        if (child := os.fork()) == 0:
            for number, stream in enumerate((file, out, err)):
                os.dup2(stream.fileno(), number)
            _run(program, arguments, environment)
        _, status = os.waitpid(child, 0)
        for stream in (out, err):
            stream.seek(0)
        return Ended(os.waitstatus_to_exitcode(status), out.read(), err.read())


def _run(program: str, arguments: list[str], environment: dict[str, str] | None) -> NoReturn:
    code: Any = DIED
    try:
        signal.alarm(SECONDS)
        if environment is not None:
            os.environ.clear()
            os.environ.update(environment)
        module, _, name = program.partition(":")
        sys.stdin, sys.argv = open(0, closefd=False), [program, *arguments]  # noqa: SIM115
        code = getattr(importlib.import_module(module), name)() or 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else DIED if end.code else 0
    except BaseException:  # noqa: BLE001 - whatever it is, it ends the program
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    for name in sys.argv[1:]:
        importlib.import_module(name)
    gc.freeze()  # so that forks share the memory of what is there
    for line in sys.stdin:
        print(json.dumps(_answer(*json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
