"""Take one safeguard out of the code, and the tests must go red.

Each mutation of safeguards.py is tried on a copy of src, with the tests that should notice it.
"""

import compileall
import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from tests.mutation.safeguards import MUTATIONS
from tests.support.forks import Forks

type Run = Callable[[Path, str], tuple[int, str]]


PROJECT = Path(__file__).parents[2]
SUSPECTS = sorted({mutation.noticed_by.partition("::")[0] for mutation in MUTATIONS.values()})
# None of these imports code of ours, of which each mutation has its own copy.
LIBRARIES = (
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.typing",
    "boto3.dynamodb.types",
    "cryptography.x509",
    "hypothesis.strategies",
    "messente_api.models.omnimessage",
    "pydantic.types",
    "pytest_socket",
    "requests",
    "rich.live",
    "rich.progress",
    "typer.testing",
    "urllib3",
    "yaml",
)
PASSED, FAILED = 0, 1  # pytest's words for tests that ran; an error while they are collected is another


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Run tests over a copy of src: return pytest's exit code and the end of its output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # none is needed, and they take half of the time
    with Forks(*LIBRARIES, environment=environment) as forks:

        def run(src: Path, tests: str) -> tuple[int, str]:
            options = ("-x", "-q", "-pno:cacheprovider", "-o", f"pythonpath={src} .")
            ended = forks.run("pytest:main", *options, tests)
            return ended.code, (ended.out + ended.err)[-2000:]

        yield run


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    src = tmp_path_factory.mktemp("compiled") / "src"
    shutil.copytree(PROJECT / "src", src, ignore=shutil.ignore_patterns("__pycache__"))
    assert compileall.compile_dir(src, quiet=1)
    return src


@pytest.fixture
def src(compiled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(compiled, tmp_path / "src"))


def change(src: Path, name: str) -> None:
    file = src / MUTATIONS[name].change.file
    file.write_text(MUTATIONS[name].change.apply(file.read_text()))
    Path(cache_from_source(str(file))).unlink()


@pytest.mark.parametrize("suspect", SUSPECTS)
def test_without_a_mutation_the_tests_pass(run: Run, src: Path, suspect: str) -> None:
    """The copy itself is sound, so that a red run means the mutation."""
    code, output = run(src, suspect)
    assert code == PASSED, output


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_safeguard_is_missed(run: Run, src: Path, name: str) -> None:
    """Without the safeguard at least one test fails, by an assertion or an error, not by an import."""
    change(src, name)
    code, output = run(src, MUTATIONS[name].noticed_by)
    assert code == FAILED, output
