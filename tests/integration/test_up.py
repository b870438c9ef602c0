"""`make up`: what one can do with it, and what one sees. One run serves all tests here."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from tests.local.process import PATIENCE, ROOT, bare_environment, poll
from tests.local.rcs import Rcs
from tests.page.server import HEADERS
from tests.support.processes import wait_for_end
from tests.support.up import Up, command

TO = "+37255510001"


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("up")) as running:
        yield running


def kinds(message: dict[str, Any]) -> list[str]:
    return [each["kind"] for each in message["timeline"]]


def states(message: dict[str, Any]) -> list[str]:
    changes = [each["data"].get("state") for each in message["timeline"] if each["kind"] == "record"]
    return [each[1] for each in changes if each]


def test_a_message_is_seen_on_the_phone_and_in_the_record(up: Up) -> None:
    """Whichever way it comes in, the story goes from the claim to the report that it was seen.

    The queue and the bus name a message that has no key.
    """
    triggers = {"api": "", "queue": "sqs:", "event": "event:"}
    sent = {through: up.send(through, {"to": TO, "text": "Hello"}) for through in triggers}
    assert [each["status"] for each in sent.values()] == [201, 202, 202]
    for through, prefix in triggers.items():
        assert sent[through]["id"].startswith(prefix)
        wanted = {"status": "seen", "state": "sent", "delivery": "seen", "reports": 3}
        message = up.wait_for_message(sent[through]["id"], **wanted)
        assert message["accepted"]
        assert states(message) == ["claimed", "sent"]
        assert [each for each in kinds(message) if each != "record"] == ["request", "post", "answer", *["report"] * 3]
        assert all(each["ok"] for each in message["timeline"] if each["kind"] in ("request", "answer", "report"))


def test_a_dead_letter_stays_for_other_readers(up: Up) -> None:
    """The page has read the letter, and `rcs` still finds it."""
    up.send("queue", {"to": TO, "text": "", "idempotency_key": "dead"})
    [letter] = poll(lambda: up.get("/api/state")["dead_letters"] or None, PATIENCE, "the dead letter")
    assert (letter["id"], letter["reason"], letter["errors"][0]["source"]) == ("dead", "invalid", "payload[text]")
    rcs = Rcs(up.emulator)
    assert poll(lambda: rcs.dead_letter("dead"), PATIENCE, "the letter for rcs")["reason"] == "invalid"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/settings", b"{", 400),
        ("/api/settings", {"mode": "sideways"}, 400),
        ("/api/faults", {"to": TO, "answer": "perhaps"}, 400),
        ("/api/messages", {"through": "window", "payload": {}}, 400),
        ("/api/validate", b'"' + b"x" * 1024 * 1024 + b'"', 413),
        ("/api/nothing", {}, 405),
    ],
)
def test_a_mistake_is_an_error_in_json(up: Up, path: str, body: Any, status: int) -> None:
    """A wrong body is refused with what is wrong, and so is one that is too large."""
    answer, found, _ = up.ask("POST", path, body)
    assert answer == status
    assert found["errors"][0]["detail"]


@pytest.mark.parametrize("content", ["", "text/plain", "application/json-seq"])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_only_json_changes_anything(up: Up, method: str, content: str) -> None:
    """A form of another site can send text, but no JSON."""
    assert up.ask(method, "/api/settings", {}, {"Content-Type": content})[0] == 415


@pytest.mark.parametrize(("host", "status"), [("", 421), ("evil.example", 421), ("localhost:{}", 200)])
def test_every_answer_has_the_headers(up: Up, host: str, status: int) -> None:
    """The browser is told to load nothing from elsewhere, also by a refusal."""
    answer, _, named = up.ask("GET", "/", None, {"Host": host.format(up.port + 2)})
    assert answer == status
    assert {name: named[name.lower()] for name in HEADERS} == HEADERS
    assert named["content-security-policy"].startswith("default-src 'none'; script-src 'self';")


def test_what_it_prints_works_to_the_letter(up: Up) -> None:
    """The lines for curl, rcs, aws and the README's commands are for a shell, as they stand: no region, no account.

    The page has the same lines.
    """
    text = "\n".join(up.lines)
    assert f"The page      {up.url}" in text
    lines = dict(re.findall(r"^With (\w+)(.*?)(?=^With|^For)", text, re.DOTALL | re.MULTILINE))
    shown = up.get("/api/state")["commands"]
    assert {name: line.split() for name, line in lines.items()} == {name: line.split() for name, line in shown.items()}
    assert '"state":"sent"' in shell(up, lines["curl"]).replace(" ", "")
    assert "sent" in shell(up, lines["rcs"])
    queue = up.get("/api/state")["stack"]["queue_url"]
    assert f"--region eu-west-1 \\\n  sqs send-message --queue-url {queue}" in shown["aws"]
    if which("aws"):  # it is not installed with the rest
        sent = json.loads(shell(up, f"{shown['aws']} --output json"))["MessageId"]
        assert up.wait_for_message(f"sqs:{sent}", state="sent")["accepted"]
    exports, api_url = (next(each for each in up.lines if each.startswith(name)) for name in ("export ", "API_URL="))
    python = "import boto3; print(boto3.client('sqs').list_queues()['QueueUrls'])"
    assert "MessageQueue" in shell(up, f'{exports}; .venv/bin/python -c "{python}"')
    signed = "curl -sS --aws-sigv4 aws:amz:eu-west-1:execute-api --user test:test"
    assert '"state":"sent"' in shell(up, f'{api_url}; {signed} "$API_URL/messages/hello-1"').replace(" ", "")


def shell(up: Up, line: str) -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=up.root,
        env=bare_environment(HOME=os.environ.get("HOME", "/")),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_change_is_deployed_and_the_state_stays(up: Up) -> None:
    """What a line of src/ says is what the next request gets; a build that fails changes nothing."""
    up.send("api", {"to": TO, "text": "before", "idempotency_key": "before"})
    file = up.root / "src" / "messente_rcs" / "triggers" / "http_api.py"
    code, printed = file.read_text(), len(up.lines)
    put(up, file, code.replace("Idempotent-Replayed", "Deployed-Again"))
    line = up.wait_for_line("deployed again in ", printed)
    assert line.endswith("s: src/messente_rcs/triggers/http_api.py")
    assert replay_header(up, "before") == "deployed-again"
    printed = len(up.lines)
    put(up, file, code + "\ndef (\n")
    up.wait_for_line("not deployed, the code from before stays: src/messente_rcs/triggers/http_api.py", printed)
    up.wait_for_line("SyntaxError", printed)
    assert replay_header(up, "before") == "deployed-again"
    assert [line for line in up.lines if "Traceback" in line] == []


def put(up: Up, file: Path, code: str) -> None:
    """Write a file of the copy at once: half of it would be deployed, too."""
    written = up.root / "written"
    written.write_text(code)
    written.replace(file)


def replay_header(up: Up, message_id: str) -> str:
    line = up.get("/api/state")["commands"]["curl"]
    line = line.replace("hello-1", message_id).replace('"Hello"', f'"{message_id}"')

    def look() -> str | None:
        headers = shell(up, f"{line} -sS -o /dev/null -D -").lower()
        return next((name for name in ("idempotent-replayed", "deployed-again") if f"{name}: true" in headers), None)

    return poll(look, PATIENCE, "the answer again")  # a request may meet the redeployment


def test_a_port_in_use_is_one_clear_line() -> None:
    """Nothing is started, and the line says what to do."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        environment = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            command(port), cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"port {port} of 127.0.0.1 is in use" in done.stderr
    assert "make up PORT=" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_ends_with_everything_that_it_started(up: Up) -> None:
    """The last test here: Ctrl-C ends it with 0 and leaves no process, though a page is open."""
    events = up.events()
    assert up.stop(signal.SIGINT) == 0
    assert up.lines[-1] == "all stopped"
    assert b"event:" not in b"".join(events)
    wait_for_end(up.mark)
