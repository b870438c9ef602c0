"""The command line as a process, at the end of any stream: its exit code is honest."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.process import ROOT, bare_environment
from tests.support.world import TO

RCS = (sys.executable, "-W", "error", "-m", "rcs_cli.main")


def rcs(*arguments: str | bytes, streams: str = '"$@"', **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command; `streams` says where its streams lead, and `variables` join the environment."""
    environment = bare_environment(PYTHONPATH=str(ROOT / "src"), AWS_EC2_METADATA_DISABLED="true") | variables
    command = ["sh", "-c", f"exec {streams}", "sh", *RCS, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)


CONTENTS = {
    "right.csv": f"to,text\n{TO},Hi\n",
    "wrong.csv": "to,text\n" + "12,Hi\n" * 5000,  # the errors are more than a pipe holds
    "cyrillic.jsonl": json.dumps({"to": TO, "text": "Hi", "цвет-õ": "1"}) + "\n",  # the error names this field
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    for name, content in CONTENTS.items():
        (tmp_path / name).write_text(content)
    return {name: str(tmp_path / name) for name in CONTENTS}


@pytest.mark.parametrize("encoding", ["ascii:strict", "utf-16-le:strict"])
def test_another_encoding(files: dict[str, str], encoding: str) -> None:
    """What it does not have is written as an escape, and JSON has nothing that it does not have."""
    name, *_ = encoding.split(":")
    done = rcs("validate", files["cyrillic.jsonl"], PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr.decode(name).count("\n")) == (1, 1)
    told = r"payload[\u0446\u0432\u0435\u0442-\xf5]" if name == "ascii" else "payload[цвет-õ]"
    assert told in done.stdout.decode(name)
    done = rcs("validate", files["cyrillic.jsonl"], "--json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout.decode(name))["errors"]


@pytest.mark.parametrize("streams", ['"$@" <&-', '"$@" >&- 2>&-'])
def test_a_closed_stream(files: dict[str, str], streams: str) -> None:
    """The command does what it is for; the exit code says what came of it."""
    codes = [rcs("validate", each, streams=streams).returncode for each in (files["right.csv"], files["wrong.csv"])]
    assert codes == [0, 1]


def test_ctrl_c_while_the_program_is_imported(tmp_path: Path) -> None:
    """It ends the process without a traceback, as at any other time."""
    (tmp_path / "typer.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)")
    done = rcs("unknown", PYTHONPATH=f"{tmp_path}:{ROOT / 'src'}")
    assert (done.returncode, done.stderr) == (-signal.SIGINT, b"")


def test_a_reader_that_has_gone(files: dict[str, str]) -> None:
    """`| head -1` is no failure, and hides none."""
    for path, code in ((files["right.csv"], 0), (files["wrong.csv"], 1)):
        reader, writer = os.pipe()
        os.close(reader)
        command = [*RCS, "validate", path, "--json"]
        environment = bare_environment(PYTHONPATH=str(ROOT / "src"))
        done = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=120)
        os.close(writer)
        assert (done.returncode, done.stderr) == (code, b"")


def test_a_full_disk(files: dict[str, str]) -> None:
    """What was said is lost, and one line says so."""
    done = rcs("validate", files["right.csv"], streams='"$@" >/dev/full')
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"could not be written" in done.stderr


NO_UTF8: list[tuple[str | bytes, ...]] = [
    ("show", b"\xff", "--local"),
    ("redrive", b"\xff", "--local"),
    ("unknown", "--stack", b"\xff", "--local"),
    ("unknown", "--region", b"\xff"),
    ("unknown", "--profile", b"\xff"),
    ("send", TO, b"\xff", "--local"),
    ("validate", b"\xff.csv"),
]


@pytest.mark.parametrize("arguments", NO_UTF8)
def test_an_argument_that_is_no_utf8(arguments: tuple[str | bytes, ...]) -> None:
    """One line, and no network is needed to say it."""
    done = rcs(*arguments, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_REGION="eu-west-1")
    assert (done.returncode in {1, 2}, done.stderr.count(b"\n")) == (True, 1), done.stderr


@pytest.mark.parametrize(("columns", "term"), [("0", "dumb"), ("1", "xterm"), ("x", "")])
def test_odd_terminals(files: dict[str, str], columns: str, term: str) -> None:
    """Nothing of the terminal's settings makes a command fail; COLUMNS=0 says that nobody knows the width."""
    odd = {"COLUMNS": columns, "TERM": term, "NO_COLOR": "", "FORCE_COLOR": "1", "PYTHONIOENCODING": "ascii:strict"}
    done, helped = rcs("validate", files["wrong.csv"], **odd), rcs("--help", **odd)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1), done.stderr
    assert b"payload[to]" in done.stdout
    assert (helped.returncode, b"send-many" in helped.stdout, helped.stderr) == (0, True, b"")
