"""`sam build` of the real template for this machine, into a folder that `sam deploy` does not look at."""

import fcntl
import hashlib
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.local.process import ARCHITECTURE, ROOT, NotReady, run

BUILD = ROOT / ".aws-sam" / "local"
STAMP = BUILD.with_name("local.inputs")  # a hash of what BUILD was built from


@dataclass(frozen=True)
class Built:
    """The built template, intrinsic functions in their long form, and the folder that its CodeUris are relative to."""

    template: dict[str, Any]
    folder: Path

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the properties of each function by its logical id."""
        resources = self.template["Resources"].items()
        return {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::Serverless::Function"}

    def bundle(self, function: str) -> Path:
        """Return the folder that would be zipped and uploaded for a function."""
        return self.folder / str(self.functions()[function]["CodeUri"])


def build(into: Path) -> Built:
    """Build what changed since the last time and copy it into a new folder; raises NotReady with what sam printed.

    `sam build` takes seconds to find out that nothing changed, so it only runs when something did.
    """
    BUILD.parent.mkdir(exist_ok=True)
    with (BUILD.parent / "local.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        inputs = _hash_of_inputs()
        if not (STAMP.exists() and BUILD.exists() and STAMP.read_text() == inputs):
            STAMP.unlink(missing_ok=True)
            sam_build(ROOT, BUILD)
            STAMP.write_text(inputs)
        return copy_of(BUILD, into)  # another run may build next


def copy_of(build: Path, into: Path) -> Built:
    """Copy a build of `sam` into a new folder, for this machine."""
    shutil.copytree(build, into)
    built = Built(yaml.safe_load((into / "template.yaml").read_text()), into)
    if sys.platform != "linux":
        _use_native_modules_of_this_machine(built)
    return built


def build_bundle(into: Path) -> Path:
    """Make the bundle, which is the same for each function, with the Makefile that `sam build` uses, but without sam.

    For a change of our own modules alone. Raises NotReady with what make printed.
    """
    makefile = f"bundle/{ARCHITECTURE}/Makefile"
    into.mkdir()
    _run("the build", ["make", "-f", makefile, "build-SendFunction", f"ARTIFACTS_DIR={into}"], ROOT / "src")
    if sys.platform != "linux":
        _use_native_modules_in(into)
    return into


def _hash_of_inputs() -> str:
    """Hash all that the build depends on; its products name no folder, so that a copy of the project may use them."""
    sources = ROOT / "src"
    files = [ROOT / "template.yaml", _sam().parents[1] / "lock.txt", sources / "requirements.txt"]
    folders = [sources / "messente_rcs", sources / "bundle"]
    files += [each for folder in folders for each in folder.rglob("*") if each.is_file()]
    return ARCHITECTURE + _hash_of(ROOT, [each for each in files if "__pycache__" not in each.parts])


def _hash_of(folder: Path, files: Iterable[Path]) -> str:
    """Hash the names of files, relative to a folder, and what is in them."""
    digest = hashlib.sha256()
    for each in sorted(files):
        content = each.read_bytes()
        digest.update(f"{each.relative_to(folder)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _sam() -> Path:
    sam = ROOT / ".venv-sam" / "bin" / "sam"
    if not sam.exists():
        raise NotReady("there is no .venv-sam: run `make environments`")
    return sam


def sam_build(project: Path, into: Path) -> None:
    """Build the template of a project; raises NotReady with what sam printed."""
    command: list[str | Path] = [_sam(), "build", "--template", project / "template.yaml", "--build-dir", into]
    command += ["--cached", "--cache-dir", into.with_name("cache")]
    command += ["--parameter-overrides", f"Architecture={ARCHITECTURE}"]
    _run("sam build", command, project)
    keep_equal_bundles_once(into)


def keep_equal_bundles_once(folder: Path) -> None:
    """Give functions with the same code one folder, so that it is copied and uploaded once and not five times."""
    file = folder / "template.yaml"
    built = Built(yaml.safe_load(file.read_text()), folder)
    first: dict[str, str] = {}
    for name, function in built.functions().items():
        bundle = built.bundle(name)
        files = (each for each in bundle.rglob("*") if each.is_file())
        function["CodeUri"] = first.setdefault(_hash_of(bundle, files), function["CodeUri"])
        if built.bundle(name) != bundle:
            shutil.rmtree(bundle)
    file.write_text(yaml.safe_dump(built.template, sort_keys=False))


def _run(what: str, command: Sequence[str | Path], folder: Path) -> None:
    code, printed = run(command, _environment(), folder)
    if code:
        raise NotReady(f"{what} failed:\n{printed.strip()}")


def _environment() -> dict[str, str]:
    # PYTHON* steers the bundle's bytecode elsewhere; AWS_* would let sam look for the user's account.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(ROOT / ".cache" / "sam"),
        "AWS_DEFAULT_REGION": "eu-west-1",
    }


def _use_native_modules_of_this_machine(built: Built) -> None:
    """Put our own environment's compiled packages (same locked versions) in place of the bundle's Linux ones."""
    for function in built.functions():
        _use_native_modules_in(built.bundle(function))


def _use_native_modules_in(bundle: Path) -> None:
    ours = Path(sysconfig.get_path("platlib"))
    for package in {path.relative_to(bundle).parts[0] for path in bundle.rglob("*.so")}:
        shutil.copytree(ours / package, bundle / package, dirs_exist_ok=True)
