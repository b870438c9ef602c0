"""The documented way to rotate the secret, run in a shell at a terminal, with a program in place of `aws`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from messente_rcs.messente.credentials import credentials, inbound_keys
from tests.support.documents import blocks

# Keeps the secret in a file, and writes its arguments into another one.
AWS = f"""#!{sys.executable}
import pathlib, sys
folder, (*_, last) = pathlib.Path(__file__).parent, sys.argv
with folder.joinpath("arguments").open("a") as log:
    print(sys.argv, file=log)
if "get-secret-value" in sys.argv:
    print(folder.joinpath("secret").read_text())
else:
    folder.joinpath("secret").write_text(pathlib.Path(last.removeprefix("file://")).read_text())
"""
AT_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(['bash', '-c', sys.argv[1]]))"


def rotate(folder: Path, *typed: str) -> str:
    """Run the command, type each text when it is asked for, and return what the terminal showed."""
    aws = folder / "aws"
    aws.write_text(AWS)
    aws.chmod(0o755)
    path = os.pathsep.join([str(folder), str(Path(sys.executable).parent), os.environ["PATH"]])
    [command] = blocks("sh", "rotation")
    with subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PATH": path, "SECRET_ARN": "arn"},
    ) as terminal:
        assert terminal.stdin
        assert terminal.stdout
        shown = b""
        for text in typed:
            shown += _until(terminal.stdout, b": ")
            terminal.stdin.write(f"{text}\n".encode())
            terminal.stdin.flush()
        shown += terminal.stdout.read()
    return shown.decode()


def _until(stream: IO[bytes], end: bytes) -> bytes:
    read = b""
    while not read.endswith(end):
        one = stream.read(1)
        assert one, read
        read += one
    return read


def test_a_rotation_keeps_every_field(tmp_path: Path) -> None:
    """Twice: what inbound messages are checked by is still there, and nobody sees a password."""
    secret = tmp_path / "secret"
    secret.write_text(
        "\ufeff" + json.dumps({"username": "user", "password": "old", "inbound_secrets": ["key"], "x": 1})
    )
    shown = rotate(tmp_path, "", "hunter2 \"'õ$x") + rotate(tmp_path, "another", "hunter3")
    assert json.loads(secret.read_text()).keys() == {"username", "password", "inbound_secrets", "x"}
    found = credentials(secret.read_text())
    assert (found.username, found.password, inbound_keys(secret.read_text())) == ("another", "hunter3", ("key",))
    assert "hunter" not in shown + (tmp_path / "arguments").read_text()


def test_a_value_that_is_not_typed_stays(tmp_path: Path) -> None:
    """Enter alone keeps it."""
    secret = tmp_path / "secret"
    secret.write_text(json.dumps({"username": "user", "password": "hunter1"}))
    rotate(tmp_path, "", "")
    assert credentials(secret.read_text()).password == "hunter1"
    rotate(tmp_path, "", "hunter2 \"'õ$x")
    assert credentials(secret.read_text()).password == "hunter2 \"'õ$x"
