"""The command line as a process: whatever is at the other end of its streams, its exit code is honest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from local.process import ROOT, bare_environment
from support.world import TO

if TYPE_CHECKING:
    from pathlib import Path

RCS = (sys.executable, "-W", "error", "-m", "rcs_cli.main")


def rcs(*arguments: str | bytes, streams: str = '"$@"', **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command; `streams` says where its streams lead, and `variables` are more of the environment."""
    environment = bare_environment(PYTHONPATH=str(ROOT / "src"), AWS_EC2_METADATA_DISABLED="true") | variables
    command = ["sh", "-c", f"exec {streams}", "sh", *RCS, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A valid file with one message."""
    path = tmp_path / "offer.csv"
    path.write_text(f"to,text\n{TO},Hi\n")
    return str(path)


@pytest.fixture
def wrong(tmp_path: Path) -> str:
    """A file with 5,000 lines that are not valid, which is more than a pipe holds."""
    path = tmp_path / "wrong.csv"
    path.write_text("to,text\n" + "12,Hi\n" * 5000)
    return str(path)


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "latin-1", "ascii", "ascii:strict", "utf-16-le"])
def test_another_encoding(tmp_path: Path, encoding: str) -> None:
    """What it does not have is written as an escape."""
    path = tmp_path / "wrong.jsonl"
    path.write_text(json.dumps({"to": TO, "text": "Hi", "цвет": "1"}) + "\n")
    done = rcs("validate", str(path), PYTHONIOENCODING=encoding)
    said = done.stdout.decode(encoding.partition(":")[0])
    assert (done.returncode, done.stderr.decode(encoding.partition(":")[0]).count("\n")) == (1, 1)
    assert ("payload[цвет]" if encoding == "utf-16-le" else r"payload[\u0446\u0432\u0435\u0442]") in said


def test_help_in_another_encoding() -> None:
    """The frames are drawn with what there is."""
    helped = rcs("--help", PYTHONIOENCODING="ascii")
    assert (helped.returncode, helped.stderr) == (0, b"")


CLOSED = {"stdout": '"$@" >&-', "stderr": '"$@" 2>&-', "stdin": '"$@" <&-', "all": '"$@" <&- >&- 2>&-'}


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_stream(file: str, wrong: str, name: str) -> None:
    """The command does what it is for; the exit code says what came of it."""
    good, bad = (rcs("validate", each, streams=CLOSED[name]) for each in (file, wrong))
    assert (good.returncode, bad.returncode) == (0, 1)
    assert b"Traceback" not in good.stderr + bad.stderr
    assert rcs("validate", "-", streams=CLOSED[name]).returncode == 1


def test_a_reader_that_has_gone(file: str, wrong: str) -> None:
    """`| head -1` is no failure, and hides none."""
    for path, code in ((file, 0), (wrong, 1)):
        reader, writer = os.pipe()
        os.close(reader)
        command = [*RCS, "validate", path, "--json"]
        environment = bare_environment(PYTHONPATH=str(ROOT / "src"))
        done = subprocess.run(command, env=environment, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=120)
        os.close(writer)
        assert (done.returncode, done.stderr) == (code, b"")


def test_a_full_disk(file: str) -> None:
    """What was said is lost, and one line says so."""
    done = rcs("validate", file, streams='"$@" >/dev/full')
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"could not be written" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", b"\xff"),
        ("watch", b"\xff"),
        ("cancel", b"a\xffb"),
        ("redrive", b"\xff"),
        ("unknown", "--stack", b"\xff"),
        ("unknown", "--region", b"\xff"),
        ("unknown", "--profile", b"\xff"),
        ("send", TO, b"\xff"),
        ("send", TO, "Hi", "--key", b"\xff"),
        ("validate", b"\xff.csv"),
    ],
)
def test_an_argument_that_is_no_utf8(arguments: tuple[str | bytes, ...]) -> None:
    """One line, and no network is needed to say it."""
    local = () if {"--region", "--profile"} & set(arguments) else ("--local",)
    done = rcs(*arguments, *local, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_REGION="eu-west-1")
    assert done.returncode in {1, 2}, done.stderr
    assert done.stderr.count(b"\n") == 1, done.stderr


@pytest.mark.parametrize(("columns", "term"), [("0", "dumb"), ("1", "xterm"), ("x", ""), ("10000000", "dumb")])
def test_odd_terminals(wrong: str, columns: str, term: str) -> None:
    """Nothing of the terminal's settings makes a command fail."""
    done = rcs("validate", wrong, COLUMNS=columns, TERM=term, NO_COLOR="", FORCE_COLOR="1")
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1), done.stderr
    assert b"payload[to]" in done.stdout


def test_a_terminal_without_a_width() -> None:
    """COLUMNS=0 says that nobody knows it, and not that nothing is to be written."""
    done = rcs("--help", COLUMNS="0")
    assert (done.returncode, b"send-many" in done.stdout) == (0, True)


def test_json_is_ascii(tmp_path: Path) -> None:
    """Whatever reads it, reads it in its own encoding."""
    path = tmp_path / "wrong.csv"
    path.write_text(f"to,text\n{TO},Hi\n12,Hi\n")
    done = rcs("validate", str(path), "--json", PYTHONIOENCODING="utf-16-le")
    assert json.loads(done.stdout.decode("utf-16-le"))["errors"]
