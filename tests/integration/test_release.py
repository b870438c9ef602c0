"""What `make release` makes: zips that `sam deploy` takes as they are, on a machine that can build nothing."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bundle import release
from messente_rcs import __version__
from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.emulator import Emulator
from tests.local.process import ARCHITECTURE, ROOT, run
from tests.local.stack import deployed, emulated
from tests.standin.server import Server
from tests.support.template import TEMPLATE, CloudFormation

SAM = ROOT / ".venv-sam" / "bin" / "sam"


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory, monkeypatch_module: pytest.MonkeyPatch) -> Path:
    monkeypatch_module.setenv("PATH", f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path_factory.mktemp("release") / "dist"
    release.release(folder)
    return folder


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def unzipped(dist: Path) -> Path:
    zipped = dist / f"messente-rcs-{__version__}-{ARCHITECTURE}.zip"
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(dist.parent)
    return dist.parent / zipped.stem


def test_a_second_build_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    """A release can be made again by anybody, and compared."""
    release.release(tmp_path / "dist")
    first, second = ({file.name: file.read_bytes() for file in each.iterdir()} for each in (dist, tmp_path / "dist"))
    assert first == second
    zips = {f"messente-rcs-{__version__}-{architecture}.zip" for architecture in ("arm64", "x86_64")}
    assert first.keys() == zips | {f"messente-rcs-{__version__}.cdx.json", "SHA256SUMS"}


def test_the_checksums_are_those_of_the_files(dist: Path) -> None:
    """`sha256sum --check` reads them."""
    files = [file for file in sorted(dist.iterdir()) if file.name != "SHA256SUMS"]
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}" for file in files]
    assert (dist / "SHA256SUMS").read_text().splitlines() == lines


def test_the_template_names_the_bundle_and_one_processor(unzipped: Path) -> None:
    """All else is the template of the repository."""
    released = yaml.load((unzipped / "template.yaml").read_text(), Loader=CloudFormation)  # noqa: S506 - a SafeLoader
    assert released["Globals"]["Function"].pop("CodeUri") == "bundle/"
    choice = {"Default": ARCHITECTURE, "AllowedValues": [ARCHITECTURE]}
    expected = json.loads(json.dumps(TEMPLATE))
    expected["Parameters"]["Architecture"] |= choice
    expected["Globals"]["Function"].pop("CodeUri")
    for resource in expected["Resources"].values():
        resource.pop("Metadata") if "BuildMethod" in resource.get("Metadata", {}) else None
    assert released == expected


def test_it_is_deployed_without_python_pip_or_make(
    unzipped: Path, emulator: Emulator, standin: Server, tmp_path: Path
) -> None:
    """`sam deploy` needs nothing else on the PATH, and the stack sends."""
    template = yaml.load((unzipped / "template.yaml").read_text(), Loader=CloudFormation)  # noqa: S506 - a SafeLoader
    file = unzipped / "emulated.json"
    file.write_text(json.dumps(template | {"Resources": emulated(template["Resources"])}))
    given = {"MessenteUrl": standin.url, "DefaultSender": "Example", "CallbackBaseUrl": "none"}
    command: list[str | Path] = [
        SAM,
        "deploy",
        "--template",
        file,
        "--stack-name",
        "released",
        "--no-confirm-changeset",
    ]
    command += ["--parameter-overrides", *(f"{name}={value}" for name, value in given.items())]
    environment = {
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "HOME": str(tmp_path),
        "PATH": str(tmp_path),
        "SAM_CLI_TELEMETRY": "0",
    }
    code, printed = run(command, environment, unzipped)
    assert code == 0, printed
    stack = deployed(emulator, "released")
    stack.put_secret(USERNAME, PASSWORD)
    assert stack.call("POST", "/messages", json.dumps({"to": "+37255512399", "text": "Released"})).status == 201


def test_the_bill_of_materials_names_what_the_bundle_is_made_of(dist: Path) -> None:
    """Each locked package is there, with the version of its lock."""
    bom = json.loads((dist / f"messente-rcs-{__version__}.cdx.json").read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    locked = (ROOT / "src" / "requirements.txt").read_text()
    pinned = {line.split(" ")[0] for line in locked.splitlines() if "==" in line and not line.startswith((" ", "#"))}
    assert {f"{each['name']}=={each['version']}" for each in bom["components"]} == pinned
    assert [each["purl"] for each in bom["components"]] == bom["dependencies"][0]["dependsOn"]
