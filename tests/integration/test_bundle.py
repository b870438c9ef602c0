"""What `sam build` makes of the template: only what runs, compiled, small, the same every time."""

import filecmp
import io
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from bundle import trim_botocore

ROOT = Path(__file__).parents[2]
SAM = ROOT / ".venv-sam" / "bin" / "sam"
PACKAGES = {
    "annotated_types", "aws_lambda_powertools", "boto3", "botocore", "certificates", "dateutil", "jmespath",
    "messente_rcs", "pydantic", "pydantic_core", "s3transfer", "six.py", "typing_extensions.py", "typing_inspection",
    "urllib3", "__pycache__",
}  # fmt: skip

RUNS = "runs"

# What Lambda and the template set, for a handler that reads its settings when it is imported.
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/dead",
    "MESSENTE_URL": "https://api.messente.com/v1",
    "QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/queue",
    "SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:messente",
    "TABLE_NAME": "messages",
}

# It runs with the bundle alone: no site-packages, no current folder, no environment but the above. It fails with what
# was imported from elsewhere.
IMPORT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])
module, _, name = sys.argv[2].rpartition(".")
assert callable(getattr(importlib.import_module(module), name))
outside = [m for m in sys.modules.values() if "site-packages" in (getattr(m, "__file__", None) or "")]
sys.exit(f"imported from outside: {outside}" if outside else 0)
"""


def build(folder: Path, architecture: str) -> Path:
    """Run `sam build` as a user does, with this Python as python3.13; return the folder of the functions' bundles.

    The arguments of each run of python3.13 are in a file.
    """
    (folder / "bin").mkdir()
    python = folder / "bin" / "python3.13"
    python.write_text(f'#!/bin/sh\necho "$@" >>"{folder / RUNS}"\nexec "{sys.base_prefix}/bin/python3.13" "$@"\n')
    python.chmod(0o755)
    environment = {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"}
    where = ["--template", str(ROOT / "template.yaml"), "--build-dir", str(folder / "build")]
    command = [str(SAM), "build", "--no-cached", "--parallel", *where]
    command += ["--parameter-overrides", f"Architecture={architecture}"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "build"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("x86_64"), "x86_64")


@pytest.fixture(scope="module")
def bundle(built: Path) -> Path:
    return built / "SendFunction"


@pytest.fixture(scope="module")
def files(bundle: Path) -> list[Path]:
    return sorted(file.relative_to(bundle) for file in bundle.rglob("*") if file.is_file())


def test_it_holds_only_what_runs(bundle: Path, files: list[Path]) -> None:
    """The locked dependencies and the function: no tests, metadata, stubs, scripts or tools of the build."""
    assert {entry.name for entry in bundle.iterdir()} == PACKAGES
    junk = ("*.dist-info/*", "*/tests/*", "*/examples/*", "*.pyi", "py.typed", "*.js", "*.tar.gz", "bin/*", "Makefile")
    assert not [file for file in files if any(file.match(pattern) for pattern in junk)]


def test_botocore_knows_the_four_services_and_only_our_operations(bundle: Path) -> None:
    """Each cold start parses this data, so it holds no more than the function calls."""
    models = {file.parts[-3]: json.loads(file.read_text()) for file in bundle.glob("botocore/data/*/*/service-2.json")}
    assert {name: set(model["operations"]) for name, model in models.items()} == trim_botocore.OPERATIONS
    assert {entry.name for entry in (bundle / "botocore" / "data").iterdir()} == {
        *models, "_retry.json", "endpoints.json", "sdk-default-configuration.json",
    }  # fmt: skip


def test_all_bytecode_is_there_and_is_never_checked(bundle: Path, files: list[Path]) -> None:
    """/var/task is read-only: a module without bytecode is compiled at every cold start, a checked one may be."""
    for source in (file for file in files if file.suffix == ".py"):
        cached = bundle / source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        header = cached.read_bytes()[:8]
        assert header == MAGIC_NUMBER + (0b01).to_bytes(4, "little"), source


def test_bytecode_names_the_paths_of_lambda(bundle: Path) -> None:
    """Tracebacks show /var/task, and nothing of the machine that built it."""
    code = (bundle / "messente_rcs" / "__pycache__" / "errors.cpython-313.pyc").read_bytes()
    assert b"/var/task/messente_rcs/errors.py" in code
    assert str(bundle).encode() not in code


def test_it_is_small(bundle: Path, files: list[Path]) -> None:
    """Lambda fetches the zip before it starts the function. Without trimming the zip would have 21 MB."""
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(bundle / file, file)
        assert buffer.tell() < 7_000_000


@pytest.mark.parametrize("function", ["send", "report", "reconcile", "publish"])
def test_it_imports_with_nothing_but_itself(built: Path, function: str) -> None:
    """Every handler loads from its bundle alone, so trimming took nothing that it imports."""
    folder, handler = built / f"{function.title()}Function", f"messente_rcs.functions.{function}.lambda_handler"
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", IMPORT, str(folder), handler]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("package", ["annotated_types", "boto3", "pydantic", "pydantic_core", "typing_inspection"])
def test_no_module_is_patched(bundle: Path, package: str) -> None:
    """What is read in a published package is what runs: each module is the same as in the locked environment."""
    published = Path(sysconfig.get_path("platlib"))
    modules = [str(file.relative_to(bundle)) for file in (bundle / package).rglob("*.py")]
    assert modules
    assert filecmp.cmpfiles(bundle, published, modules, shallow=False)[1:] == ([], [])


def test_dynamodb_keeps_every_type(bundle: Path) -> None:
    """A record that somebody else wrote may have a type that ours do not have, and must be readable."""
    (file,) = bundle.glob("botocore/data/dynamodb/*/service-2.json")
    members = json.loads(file.read_text())["shapes"]["AttributeValue"]["members"]
    assert set(members) == {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}


def test_the_same_input_gives_the_same_bytes(
    bundle: Path, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build with an empty cache, in another folder, makes the same files, and installs once for all functions."""
    monkeypatch.setenv("RCS_BUILD_CACHE", str(tmp_path / "cache"))
    again = build(tmp_path, "x86_64") / bundle.name
    assert (tmp_path / RUNS).read_text().count("-m pip install") == 1
    assert filecmp.cmpfiles(bundle, again, [str(file) for file in files], shallow=False)[1:] == ([], [])


@pytest.mark.parametrize("function", ["ReportFunction", "ReconcileFunction", "PublishFunction"])
def test_every_function_has_the_same_bundle(built: Path, bundle: Path, files: list[Path], function: str) -> None:
    """One code, four handlers: no function runs an older or a differently trimmed one."""
    other = built / function
    assert sorted(file.relative_to(other) for file in other.rglob("*") if file.is_file()) == files
    assert filecmp.cmpfiles(bundle, other, [str(file) for file in files], shallow=False)[1:] == ([], [])


def test_arm64_gets_its_own_binaries(tmp_path: Path) -> None:
    """The template's Architecture reaches the build: no x86_64 library is in the arm64 bundle."""
    libraries = [file.name for file in build(tmp_path, "arm64").rglob("*.so")]
    assert libraries
    assert all("aarch64" in name for name in libraries)
