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
from tests.local.build import Built
from tests.local.process import ARCHITECTURE, ROOT

SAM = ROOT / ".venv-sam" / "bin"
PACKAGES = {
    "annotated_types", "aws_lambda_powertools", "boto3", "botocore", "certificates", "dateutil", "jmespath",
    "messente_rcs", "pydantic", "pydantic_core", "s3transfer", "six.py", "typing_extensions.py", "typing_inspection",
    "urllib3", "__pycache__",
}  # fmt: skip

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


# Run by sam's own Python: what `sam local start-api` does with a template before it starts a container.
ROUTES = """
import json, sys
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1])
routes = [(method, each) for each in ApiProvider(stacks).routes for method in each.methods]
print(json.dumps({f"{name} {each.path}": [each.function_name, each.payload_format_version] for name, each in routes}))
"""
EVERY_ROUTE = {
    "POST /messages": ["SendFunction", "2.0"],
    "GET /messages": ["SendFunction", "2.0"],
    "GET /messages/{id}": ["SendFunction", "2.0"],
    "DELETE /messages/{id}": ["SendFunction", "2.0"],
    "POST /messages/{id}/resolution": ["SendFunction", "2.0"],
    "POST /delivery-reports": ["ReportFunction", "2.0"],
    "POST /delivery-reports/{id}": ["ReportFunction", "2.0"],
    "POST /inbound-messages": ["InboundFunction", "2.0"],
}


def sam(folder: Path, *command: str | Path, **variables: str) -> str:
    """Run a program of sam's environment as a user does, with this Python as python3.13; return what it printed.

    The arguments of each run of python3.13 are in a file of the folder.
    """
    (folder / "bin").mkdir(exist_ok=True)
    python = folder / "bin" / "python3.13"
    python.write_text(f'#!/bin/sh\necho "$@" >>"{folder}/runs"\nexec "{sys.base_prefix}/bin/python3.13" "$@"\n')
    python.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        **variables,
    }
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def build(folder: Path, architecture: str, **variables: str) -> Path:
    """Run `sam build`; return the folder of the template and of the functions' bundles."""
    command: list[str | Path] = [
        SAM / "sam",
        "build",
        "--no-cached",
        "--parallel",
        "--template",
        ROOT / "template.yaml",
    ]
    command += ["--build-dir", folder / "build", "--parameter-overrides", f"Architecture={architecture}"]
    sam(folder, *command, **variables)
    return folder / "build"


@pytest.fixture(scope="module")
def by_sam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build with an empty cache."""
    folder = tmp_path_factory.mktemp("sam")
    return build(folder, ARCHITECTURE, RCS_BUILD_CACHE=str(folder / "cache"))


@pytest.fixture
def bundle(built: Built) -> Path:
    return built.bundle


@pytest.fixture
def files(bundle: Path) -> list[Path]:
    return sorted(file.relative_to(bundle) for file in bundle.rglob("*") if file.is_file())


def test_the_same_input_gives_the_same_bytes(by_sam: Path, built: Built, bundle: Path, files: list[Path]) -> None:
    """For each function, with an empty cache or not, in any folder, by sam or by make; and all is installed once."""
    for function in built.functions():
        other = by_sam / function
        assert sorted(file.relative_to(other) for file in other.rglob("*") if file.is_file()) == files
        assert filecmp.cmpfiles(bundle, other, [str(file) for file in files], shallow=False)[1:] == ([], [])
    assert (by_sam.parent / "runs").read_text().count("-m pip install") == 1


def test_arm64_gets_its_own_binaries(tmp_path: Path) -> None:
    """The template's Architecture reaches the build: no x86_64 library is in the arm64 bundle."""
    libraries = [file.name for file in build(tmp_path, "arm64").rglob("*.so")]
    assert libraries
    assert all("aarch64" in name for name in libraries)


def test_sam_finds_the_routes_of_both_apis(by_sam: Path, tmp_path: Path) -> None:
    """On one port, `sam local start-api` serves both, each route by its own function.

    Sam decides by the first resource whose type it knows: the order of the template matters, and `sam build` keeps it.
    """
    for folder in (ROOT, by_sam):
        assert json.loads(sam(tmp_path, SAM / "python", "-c", ROUTES, folder / "template.yaml")) == EVERY_ROUTE


def test_it_holds_only_what_runs(bundle: Path, files: list[Path]) -> None:
    """The locked dependencies and the function: no tests, metadata, stubs, scripts or tools of the build."""
    assert {entry.name for entry in bundle.iterdir()} == PACKAGES
    junk = ("*.dist-info/*", "*/tests/*", "*/examples/*", "*.pyi", "py.typed", "*.js", "*.tar.gz", "bin/*", "Makefile")
    assert not [file for file in files if any(file.match(pattern) for pattern in junk)]


def test_botocore_knows_the_four_services_and_only_our_operations(bundle: Path) -> None:
    """Each cold start parses this data, so it holds no more than the function calls.

    But a record that somebody else wrote may have a type that ours do not have, and must be readable.
    """
    models = {file.parts[-3]: json.loads(file.read_text()) for file in bundle.glob("botocore/data/*/*/service-2.json")}
    assert {name: set(model["operations"]) for name, model in models.items()} == trim_botocore.OPERATIONS
    assert {entry.name for entry in (bundle / "botocore" / "data").iterdir()} == {
        *models, "_retry.json", "endpoints.json", "sdk-default-configuration.json",
    }  # fmt: skip
    types = models["dynamodb"]["shapes"]["AttributeValue"]["members"]
    assert set(types) == {"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"}


def test_all_bytecode_is_there_and_is_never_checked(bundle: Path, files: list[Path]) -> None:
    """/var/task is read-only: a module without bytecode is compiled at every cold start, a checked one may be.

    Tracebacks show /var/task, and nothing of the machine that built it.
    """
    for source in (file for file in files if file.suffix == ".py"):
        code = (bundle / source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc").read_bytes()
        assert code[:8] == MAGIC_NUMBER + (0b01).to_bytes(4, "little"), source
        assert (f"/var/task/{source}".encode() in code, str(bundle).encode() in code) == (True, False), source


def test_it_is_small(bundle: Path, files: list[Path]) -> None:
    """Lambda fetches the zip before it starts the function. Without trimming the zip would have 21 MB."""
    with io.BytesIO() as buffer:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in files:
                archive.write(bundle / file, file)
        assert buffer.tell() < 7_000_000


@pytest.mark.parametrize("function", ["send", "report", "inbound", "reconcile", "publish"])
def test_it_imports_with_nothing_but_itself(bundle: Path, function: str) -> None:
    """Every handler loads from its bundle alone, so trimming took nothing that it imports."""
    handler = f"messente_rcs.functions.{function}.lambda_handler"
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", IMPORT, str(bundle), handler]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("package", ["annotated_types", "boto3", "pydantic", "pydantic_core", "typing_inspection"])
def test_no_module_is_patched(bundle: Path, package: str) -> None:
    """What is read in a published package is what runs: each module is the same as in the locked environment."""
    published = Path(sysconfig.get_path("platlib"))
    modules = [str(file.relative_to(bundle)) for file in (bundle / package).rglob("*.py")]
    assert modules
    assert filecmp.cmpfiles(bundle, published, modules, shallow=False)[1:] == ([], [])
