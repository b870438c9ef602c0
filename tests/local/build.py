"""The real template and the bundle of its functions, made with the Makefile that `sam build` runs."""

import os
import shutil
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.local.process import ARCHITECTURE, ROOT, NotReady, run


@dataclass(frozen=True)
class Built:
    """The template, intrinsic functions in their long form, and the folder that would be uploaded for each function."""

    template: dict[str, Any]
    bundle: Path

    def functions(self) -> dict[str, dict[str, Any]]:
        """Return the properties of each function by its logical id."""
        resources = self.template["Resources"].items()
        return {name: each["Properties"] for name, each in resources if each["Type"] == "AWS::Serverless::Function"}


class _CloudFormation(yaml.SafeLoader):
    """YAML whose short tags become the long form: `!Ref X` is {"Ref": "X"}, `!Sub X` is {"Fn::Sub": "X"}."""


def _function(loader: _CloudFormation, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{suffix} of a mapping is not used here")
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_CloudFormation.add_multi_constructor("!", _function)


def read_template(text: str) -> dict[str, Any]:
    template: dict[str, Any] = yaml.load(text, Loader=_CloudFormation)  # noqa: S506 - a SafeLoader
    return template


def build(into: Path, project: Path = ROOT) -> Built:
    """Build a project into a new folder, for this machine; raises NotReady with what make printed."""
    into.mkdir()
    [makefile] = (project / "src").glob(f"*/{ARCHITECTURE}/Makefile")
    command = ["make", "-f", str(makefile.relative_to(project / "src")), "build-any", f"ARTIFACTS_DIR={into}"]
    # PYTHON* steers the bundle's bytecode elsewhere.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment.setdefault("RCS_BUILD_CACHE", str(ROOT / ".cache" / "bundle"))
    environment["PATH"] = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    code, printed = run(command, environment, project / "src")
    if code:
        raise NotReady(f"the build failed:\n{printed.strip()}")
    if sys.platform != "linux":
        _use_native_modules_of_this_machine(into)
    return Built(read_template((project / "template.yaml").read_text()), into)


def _use_native_modules_of_this_machine(bundle: Path) -> None:
    """Put our own environment's compiled packages (same locked versions) in place of the bundle's Linux ones."""
    ours = Path(sysconfig.get_path("platlib"))
    for package in {path.relative_to(bundle).parts[0] for path in bundle.rglob("*.so")}:
        shutil.copytree(ours / package, bundle / package, dirs_exist_ok=True)
