"""Make dist/: what `sam deploy` takes without Python 3.13, pip or make, and what it consists of.

For each processor there is a zip with a template, samconfig.toml and the built bundle. Beside them lie the list of
their parts, as a CycloneDX SBOM, and SHA256SUMS. The same source and the same Python give the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NAME = "messente-rcs"
ARCHITECTURES = ("arm64", "x86_64")
_BUILD = re.compile(r"    Metadata: (?:&build\n(?:      .*\n)+|{ <<: \*build }\n)")
_CHOICE = re.compile(r"(  Architecture:\n(?:    .*\n)*?    Default: )\w+(\n    AllowedValues: )\[.*\]")
_LOCKED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+) \\\n(?P<hashes>(?:    --hash=.*\n)+)", re.MULTILINE)
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say; the times of the files would differ from build to build


def version() -> str:
    """Return the version, from the one place where it stands."""
    code = (ROOT / "src" / "messente_rcs" / "__init__.py").read_text()
    return str(re.findall(r'^__version__ = "(.+)"$', code, re.MULTILINE)[0])


def template(architecture: str) -> str:
    """Return the template with the built bundle in place of the source and of how to build it."""
    text = (ROOT / "template.yaml").read_text()
    for pattern, new in (
        (_BUILD, ""),
        (re.compile(r"CodeUri: src/"), "CodeUri: bundle/"),
        (_CHOICE, rf"\g<1>{architecture}\g<2>[{architecture}]"),
    ):
        text, count = pattern.subn(new, text)
        if not count:
            raise SystemExit(f"template.yaml has no {pattern.pattern!r}: nothing was released")
    return text


def components() -> list[dict[str, Any]]:
    """List what the bundle is made of, from the lock file that it is built from."""
    locked = (ROOT / "src" / "requirements.txt").read_text()
    return [
        {
            "type": "library",
            "name": found["name"],
            "version": found["version"],
            "purl": f"pkg:pypi/{found['name']}@{found['version']}",
        }
        for found in _LOCKED.finditer(locked)
    ]


def bill_of_materials() -> str:
    """Write the parts as CycloneDX 1.6."""
    ours = {"type": "application", "name": NAME, "version": version(), "bom-ref": NAME}
    bom = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours},
        "components": [{**each, "bom-ref": each["purl"]} for each in components()],
        "dependencies": [{"ref": NAME, "dependsOn": [each["purl"] for each in components()]}],
    }
    return json.dumps(bom, indent=2) + "\n"


def pack(architecture: str, into: Path) -> Path:
    """Build the bundle for a processor and write its zip."""
    samconfig = (ROOT / "samconfig.toml").read_text().replace("Architecture=arm64", f"Architecture={architecture}")
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle"
        bundle.mkdir()
        make = ["make", "-f", f"bundle/{architecture}/Makefile", "build-Release", f"ARTIFACTS_DIR={bundle}"]
        subprocess.run(make, cwd=ROOT / "src", check=True)  # noqa: S603 - our own Makefile
        name = f"{NAME}-{version()}-{architecture}"
        target = into / f"{name}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            _add(archive, f"{name}/template.yaml", template(architecture).encode())
            _add(archive, f"{name}/samconfig.toml", samconfig.encode())
            for file in sorted(bundle.rglob("*")):
                if file.is_file():
                    _add(archive, f"{name}/{file.relative_to(bundle.parent)}", file.read_bytes())
    return target


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, content)


def release(into: Path) -> None:
    """Write everything into the new folder `into`."""
    into.mkdir()
    made = [pack(architecture, into) for architecture in ARCHITECTURES]
    bom = into / f"{NAME}-{version()}.cdx.json"
    bom.write_text(bill_of_materials())
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted([*made, bom])]
    (into / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    release(Path(sys.argv[1]))
