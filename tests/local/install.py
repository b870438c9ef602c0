"""Install what lock files name, with the Python that runs this: `python -m tests.local.install FOLDER=LOCK...`.

pip installs uv, and uv makes all environments at once; without an argument, only uv is installed. This runs before
anything is installed, so it needs the standard library alone.
"""

import ast
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from tests.local.process import EVERY, NotReady, Process, stop_at_signals

_WIDTH = 60
_CACHE = Path(".cache")
_UV, _UV_LOCK = f"{_CACHE}/uv", "tests/requirements/uv.txt"

# The lock file is copied last, so that an interrupted installation does not look finished.
_INSTALL_UV = """
set -e
rm -rf "$1"
echo "pip installs uv"
"$0" -m pip install --disable-pip-version-check --no-input --progress-bar off --no-compile --root-user-action ignore \
  --require-hashes --no-deps --only-binary :all: --target "$1" -r "$2"
cp "$2" "$1/lock.txt"
"""
_INSTALL = f"""
set -e
rm -f "$1/lock.txt"
echo "uv asks the package index"
{_UV}/bin/uv venv --quiet --clear --python "$0" "$1"
{_UV}/bin/uv pip install --python "$1/bin/python" --require-hashes --no-progress $NO_INDEX -r "$2"
cp "$2" "$1/lock.txt"
"""

# What uv is told in other words than pip. It is told by the environment, because an index may hold a password.
_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "timeout": "UV_HTTP_TIMEOUT",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "no-index": "NO_INDEX",
}


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _environment_of_uv() -> dict[str, str]:
    """Return the environment of uv, which is told the package index, proxy and certificates of this machine's pip."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    listed = subprocess.run(pip, env=_environment(), capture_output=True, text=True, check=False).stdout
    settings = {
        "UV_CACHE_DIR": str((_CACHE / "uv-files").absolute()),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_SYSTEM_CERTS": "true",
        # Each file has its hash, so it does not matter which index it comes from.
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }
    # A variable of pip's overrides what its files say.
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        key, _, value = line.partition("=")
        if name := _SETTINGS.get(key.rpartition(".")[2]):
            settings[name] = ("," if name == "UV_FIND_LINKS" else " ").join(str(ast.literal_eval(value)).split())
    settings["NO_INDEX"] = "--no-index" if settings.get("NO_INDEX", "").lower() in {"1", "true", "yes", "on"} else ""
    return settings | _environment()


def _is_current(folder: str, lock_file: str) -> bool:
    installed = Path(folder, "lock.txt")
    return installed.exists() and installed.read_bytes() == Path(lock_file).read_bytes()


def _take_turns(turns: IO[str]) -> bool:
    """Wait while another make installs here; return whether one did."""
    waited = False
    while True:
        try:
            fcntl.flock(turns, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another make installs here; waiting for its end", flush=True)
            waited = True
            time.sleep(EVERY)
        else:
            return waited


def _follow(running: Mapping[str, Process]) -> None:
    """Wait for all of them, and tell every few seconds what each does; raises NotReady if one fails."""
    begin = told = time.monotonic()
    open_ones = dict(running)
    while open_ones:
        for folder, process in list(open_ones.items()):
            if (code := process.code()) is not None:
                del open_ones[folder]
                if code:
                    raise NotReady(f"{folder} could not be installed:\n{process.tail()}")
                print(f"installed {folder}", flush=True)
        if (now := time.monotonic()) - told >= EVERY:
            told = now
            doing = [f"{folder}: {process.tail(1)[:_WIDTH]}" for folder, process in open_ones.items()]
            print(f"{now - begin:.0f} s  {'; '.join(doing)}", flush=True)
        time.sleep(0.1)


def _install(steps: str, lock_files: Mapping[str, str], environment: Mapping[str, str]) -> None:
    with ExitStack() as resources:
        logs = Path(resources.enter_context(tempfile.TemporaryDirectory()))
        running = {}
        for number, (folder, lock_file) in enumerate(lock_files.items()):
            command = ["sh", "-c", steps, sys.executable, folder, lock_file]
            running[folder] = Process(command, logs / str(number), environment, Path.cwd())
            resources.callback(running[folder].stop)
        _follow(running)


def main(pairs: Sequence[str]) -> int:
    stop_at_signals()
    lock_files = dict(pair.split("=", 1) for pair in pairs)
    _CACHE.mkdir(exist_ok=True)
    try:
        with (_CACHE / "install.lock").open("w") as turns:
            if _take_turns(turns):
                lock_files = {name: lock for name, lock in lock_files.items() if not _is_current(name, lock)}
            if not _is_current(_UV, _UV_LOCK):
                _install(_INSTALL_UV, {_UV: _UV_LOCK}, _environment())
            _install(_INSTALL, lock_files, _environment_of_uv())
    except NotReady as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next run installs again what was not finished", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
