"""Install what lock files name, with the Python that runs this: `python -m tests.local.install FOLDER=LOCK...`.

pip installs uv, and uv makes the environments; without an argument, only uv is installed. This runs before anything is
installed, so it needs the standard library alone.
"""

import ast
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.local.process import NotReady, run, step, stop_at_signals

_CACHE = Path(".cache")
_UV, _UV_LOCK = f"{_CACHE}/uv", "tests/requirements/uv.txt"

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
    "no-index": "PIP_NO_INDEX",  # which uv knows as an option alone
}
_ON = {"1", "true", "yes", "on"}


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
    return settings | _environment()


def _is_current(folder: str, lock_file: str) -> bool:
    installed = Path(folder, "lock.txt")
    return installed.exists() and installed.read_bytes() == Path(lock_file).read_bytes()


def _install(folder: str, lock_file: str, commands: Sequence[Sequence[str]], environment: Mapping[str, str]) -> None:
    Path(folder, "lock.txt").unlink(missing_ok=True)
    with step(f"installing {folder}"):
        for command in commands:
            code, printed = run(command, environment, Path.cwd())
            if code:
                raise NotReady(f"{folder} could not be installed:\n{printed}")
    # It is copied last, so that an interrupted installation does not look finished.
    shutil.copy(lock_file, Path(folder, "lock.txt"))


def _install_uv() -> None:
    pip = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile"]
    pip += ["--root-user-action", "ignore", "--require-hashes", "--no-deps", "--only-binary", ":all:", "--upgrade"]
    _install(_UV, _UV_LOCK, [[*pip, "--target", _UV, "-r", _UV_LOCK]], _environment())


def _install_with_uv(folder: str, lock_file: str) -> None:
    uv, settings = f"{_UV}/bin/uv", _environment_of_uv()
    make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder]
    fill = [uv, "pip", "install", "--quiet", "--python", f"{folder}/bin/python", "--require-hashes", "-r", lock_file]
    if settings.get("PIP_NO_INDEX", "").lower() in _ON:
        fill.append("--no-index")
    _install(folder, lock_file, [make, fill], settings)


def main(pairs: Sequence[str]) -> int:
    stop_at_signals()
    _CACHE.mkdir(exist_ok=True)
    try:
        with (_CACHE / "install.lock").open("w") as turns:
            try:
                fcntl.flock(turns, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("another make installs here; waiting for its end", flush=True)
                fcntl.flock(turns, fcntl.LOCK_EX)
                pairs = [pair for pair in pairs if not _is_current(*pair.split("=", 1))]
            if not _is_current(_UV, _UV_LOCK):
                _install_uv()
            for pair in pairs:
                _install_with_uv(*pair.split("=", 1))
    except NotReady as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the next run installs again what was not finished", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
