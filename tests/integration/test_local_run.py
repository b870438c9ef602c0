"""`make run`: what it sends, and what it shows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.process import PATIENCE, ROOT, WORK, NotReady, Process, bare_environment
from tests.support.processes import marked

FILES = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "events").glob("*.json"))]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.local.run", *arguments]
    environment = marked(PYTHONPATH=f"{ROOT / 'src'}:{ROOT}")[1]  # as the Makefile gives it
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )


def test_two_messages_arrive_through_queue_and_api() -> None:
    """Without an event, one message goes through SQS and one through the API, and their ids are shown."""
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "records with an omnimessage_id: 2; accepted by the stand-in for Messente: 2" in done.stdout
    assert done.stdout.count("state           sent") == 2
    assert done.stdout.count("message_ids     rcs ") == 2


def test_every_event_file_can_be_sent(tmp_path: Path) -> None:
    """All end as records, dead-letter queue and accept log agree, an invalid message and a lost answer too."""
    invalid = json.dumps({"to": "+37255510001", "text": "", "idempotency_key": "bad-1"})
    lost = {"to": "+37255500004", "text": "cut", "idempotency_key": "cut-1"}
    (tmp_path / "bad.json").write_text(json.dumps({"Records": [{"eventSource": "aws:sqs", "body": invalid}]}))
    (tmp_path / "cut.json").write_text(json.dumps(lost))
    done = run(*FILES, *map(str, tmp_path.iterdir()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [file for file in FILES if f"sending through {file} ..." not in done.stdout] == []
    assert "MISSING" not in done.stdout
    shown = dict(re.findall(r"^(\S+)\n((?:  .*\n)+)", done.stdout, re.MULTILINE))
    assert "lies in the dead-letter queue" in shown["bad-1"]
    assert "payload[text]" in shown["bad-1"]
    assert "state           unknown" in shown["cut-1"]
    assert "cut-1: unknown -> sent" in done.stdout


def test_a_file_that_is_no_event_is_one_clear_line(tmp_path: Path) -> None:
    """A wrong file name ends with one line that names it, and nothing is started."""
    done = run(str(tmp_path / "none.json"))
    assert (done.returncode, done.stderr.count("\n"), "none.json" in done.stderr) == (1, 1, True)


def test_a_process_that_ends_by_itself_is_explained() -> None:
    """With the end of its log."""
    process = Process([sys.executable, "-c", "raise SystemExit('no reason')"], WORK / "test.log", bare_environment())
    with pytest.raises(NotReady, match="no reason"):
        process.wait_until(lambda: False, "a process")
