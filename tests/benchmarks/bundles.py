"""The bundles that are compared, as they would be deployed: what `sam build` makes, and the others."""

import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import CACHE, UNCHECKED
from tests.local.build import build
from tests.local.process import ROOT, NotReady

_LOCKED = ROOT / "tests" / "requirements" / "bench.txt"
_HANDLERS = {name: Path(__file__).parent / name / "handler.py" for name in ("naive", "tidy")}


@dataclass(frozen=True)
class Bundle:
    """A folder that would be zipped and uploaded, its handler, and what its environment sets beside names and URLs."""

    folder: Path
    handler: str
    variables: Mapping[str, str]

    def zipped(self) -> int:
        with io.BytesIO() as buffer:
            with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in self.folder.rglob("*"):
                    archive.write(file, file.relative_to(self.folder))
            return buffer.tell()


def ours(into: Path) -> Bundle:
    """Build the template; its sending function has the bundle that all functions have."""
    built = build(into)
    function = built.functions()["SendFunction"]
    named = built.template["Globals"]["Function"]["Environment"]["Variables"].items()
    literal = {name: value for name, value in named if isinstance(value, str)}
    return Bundle(built.bundle, function["Handler"], literal)


def others() -> tuple[Bundle, Bundle]:
    """Return the naive and the tidy handler, with the naive one's locked dependencies, as their authors published them.

    Everything is compiled, which is their best case: an ordinary `sam build` ships no bytecode, and doubles a cold
    start.
    """
    handlers = b"".join(handler.read_bytes() for handler in _HANDLERS.values())
    key = hashlib.sha256(_LOCKED.read_bytes() + handlers + sys.version.encode()).hexdigest()[:32]
    folder = CACHE / key
    if not folder.exists():
        new = folder.with_suffix(f".{os.getpid()}")
        _install(new)
        for name, handler in _HANDLERS.items():
            shutil.copy(handler, new / f"{name}.py")
        compile_dir(new, quiet=1, force=True, stripdir=new, invalidation_mode=UNCHECKED)
        new.rename(folder)
    return Bundle(folder, "naive.lambda_handler", {}), Bundle(folder, "tidy.lambda_handler", {})


def _install(into: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    command += ["--no-compile", "--target", str(into), "-r", str(_LOCKED)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotReady(f"installing the naive handler's dependencies failed:\n{done.stderr.strip()}")
