"""What `make release` makes: zips that `sam deploy` takes as they are, on a machine that can build nothing."""

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundle import release
from messente_rcs import __version__
from tests.integration.conftest import PASSWORD, USERNAME
from tests.local.build import read_template
from tests.local.emulator import Emulator
from tests.local.process import ARCHITECTURE, ROOT, run
from tests.local.stack import deployed, emulated
from tests.standin.server import Server
from tests.support.template import TEMPLATE


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("release") / "dist"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}")
        release.release(folder)
        yield folder


@pytest.fixture(scope="module")
def unzipped(dist: Path) -> Path:
    zipped = dist / f"messente-rcs-{__version__}-{ARCHITECTURE}.zip"
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(dist.parent)
    return dist.parent / zipped.stem


def test_a_second_build_gives_the_same_bytes(dist: Path, tmp_path: Path) -> None:
    """A release can be made again by anybody, and compared; `sha256sum --check` reads the checksums."""
    release.release(tmp_path / "dist")
    first, second = ({file.name: file.read_bytes() for file in each.iterdir()} for each in (dist, tmp_path / "dist"))
    assert first == second
    sums = first.pop("SHA256SUMS").decode().splitlines()
    assert sums == [f"{hashlib.sha256(first[name]).hexdigest()}  {name}" for name in sorted(first)]
    zips = {f"messente-rcs-{__version__}-{architecture}.zip" for architecture in ("arm64", "x86_64")}
    assert first.keys() == zips | {f"messente-rcs-{__version__}.cdx.json"}


def test_the_template_names_the_bundle_and_one_processor(unzipped: Path) -> None:
    """All else is the template of the repository."""
    released = read_template((unzipped / "template.yaml").read_text())
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
    template = read_template((unzipped / "template.yaml").read_text())
    file = unzipped / "emulated.json"
    file.write_text(json.dumps(template | {"Resources": emulated(template["Resources"])}))
    given = {"MessenteUrl": standin.url, "DefaultSender": "Example", "CallbackBaseUrl": "none"}
    command: list[str | Path] = [ROOT / ".venv-sam" / "bin" / "sam", "deploy", "--template", file]
    command += ["--stack-name", "released", "--no-confirm-changeset"]
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
