"""The command line at the end of any stream: its exit code is honest. One test of each kind starts a process."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rcs_cli.main import main
from tests.local.process import ROOT, bare_environment
from tests.support.world import TO

RCS = (sys.executable, "-W", "error", "-m", "rcs_cli.main")
STREAMS = ("stdin", "stdout", "stderr")


def rcs(*arguments: str | bytes, streams: str = '"$@"', **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a process; `streams` says where its streams lead, and `variables` join the environment."""
    environment = bare_environment(PYTHONPATH=str(ROOT / "src"), AWS_EC2_METADATA_DISABLED="true") | variables
    command = ["sh", "-c", f"exec {streams}", "sh", *RCS, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=120)


type Run = Callable[..., tuple[int, bytes, bytes]]  # a command in this process: exit code, output, errors


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    def call(
        *arguments: str | bytes, encoding: str = "utf-8", closed: tuple[str, ...] = (), **variables: str
    ) -> tuple[int, bytes, bytes]:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "RCS_STACK"):
            monkeypatch.delenv(name, raising=False)
        for name, value in ({"AWS_EC2_METADATA_DISABLED": "true"} | variables).items():
            monkeypatch.setenv(name, value)
        buffers = {name: io.BytesIO() for name in STREAMS}
        for name, buffer in buffers.items():
            monkeypatch.setattr(sys, name, None if name in closed else io.TextIOWrapper(buffer, encoding))
        monkeypatch.setattr(sys, "argv", ["rcs", *map(os.fsdecode, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        for name in STREAMS:
            getattr(sys, name).close() if name in closed else getattr(sys, name).flush()
        return int(ended.value.code or 0), buffers["stdout"].getvalue(), buffers["stderr"].getvalue()

    yield call
    logging.disable(logging.NOTSET)


CONTENTS = {
    "right.csv": f"to,text\n{TO},Hi\n",
    "wrong.csv": "to,text\n" + "12,Hi\n" * 60,
    "cyrillic.jsonl": json.dumps({"to": TO, "text": "Hi", "цвет": "1"}) + "\n",  # the error names this field
}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    for name, content in CONTENTS.items():
        (tmp_path / name).write_text(content)
    return {name: str(tmp_path / name) for name in CONTENTS}


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "latin-1", "ascii", "utf-16-le"])
def test_another_encoding(run: Run, files: dict[str, str], encoding: str) -> None:
    """What it does not have is written as an escape."""
    code, out, err = run("validate", files["cyrillic.jsonl"], encoding=encoding)
    assert (code, err.decode(encoding).count("\n")) == (1, 1)
    escaped = r"payload[\u0446\u0432\u0435\u0442]"
    assert ("payload[цвет]" if encoding == "utf-16-le" else escaped) in out.decode(encoding)


@pytest.mark.parametrize("closed", [("stdin",), ("stdout",), ("stderr",), STREAMS])
def test_a_closed_stream(run: Run, files: dict[str, str], closed: tuple[str, ...]) -> None:
    """The command does what it is for; the exit code says what came of it."""
    assert [run("validate", each, closed=closed)[0] for each in (files["right.csv"], files["wrong.csv"], "-")] == [
        0,
        1,
        1,
    ]


def test_a_process_does_as_a_call_in_this_one(files: dict[str, str]) -> None:
    """In another encoding that would raise, with the streams that a shell closes, and with bytes for an argument."""
    done = rcs("validate", files["cyrillic.jsonl"], PYTHONIOENCODING="ascii:strict")
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert rb"payload[\u0446\u0432\u0435\u0442]" in done.stdout
    assert rcs("validate", files["right.csv"], streams='"$@" <&- >&- 2>&-').returncode == 0
    done = rcs("send", TO, "Hi", "--key", b"\xff", "--local")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1), done.stderr


def test_a_reader_that_has_gone(files: dict[str, str]) -> None:
    """`| head -1` is no failure, and hides none."""
    Path(files["wrong.csv"]).write_text("to,text\n" + "12,Hi\n" * 5000)  # the errors are more than a pipe holds
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
]


@pytest.mark.parametrize("arguments", NO_UTF8)
def test_an_argument_that_is_no_utf8(run: Run, arguments: tuple[str | bytes, ...]) -> None:
    """One line, and no network is needed to say it."""
    local = () if {"--region", "--profile"} & set(arguments) else ("--local",)
    code, _, err = run(*arguments, *local, AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_REGION="eu-west-1")
    assert (code in {1, 2}, err.count(b"\n")) == (True, 1), err


@pytest.mark.parametrize(("columns", "term"), [("0", "dumb"), ("1", "xterm"), ("x", ""), ("10000000", "dumb")])
def test_odd_terminals(run: Run, files: dict[str, str], columns: str, term: str) -> None:
    """Nothing of the terminal's settings makes a command fail."""
    code, out, err = run("validate", files["wrong.csv"], COLUMNS=columns, TERM=term, NO_COLOR="", FORCE_COLOR="1")
    assert (code, err.count(b"\n")) == (1, 1), err
    assert b"payload[to]" in out


@pytest.mark.parametrize(("encoding", "columns"), [("ascii", "80"), ("utf-8", "0")])
def test_help_on_any_terminal(run: Run, encoding: str, columns: str) -> None:
    """Its frames are drawn with what there is; COLUMNS=0 says that nobody knows the width."""
    code, out, err = run("--help", encoding=encoding, COLUMNS=columns)
    assert (code, b"send-many" in out, err) == (0, True, b"")


def test_json_is_ascii(run: Run, files: dict[str, str]) -> None:
    """Whatever reads it, reads it in its own encoding."""
    _, out, _ = run("validate", files["wrong.csv"], "--json", encoding="utf-16-le")
    assert json.loads(out.decode("utf-16-le"))["errors"]
