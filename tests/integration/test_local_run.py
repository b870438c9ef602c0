"""`make run`: what it sends, what it shows, and that nothing stays behind."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.process import PATIENCE, ROOT, WORK, Process, bare_environment, poll
from tests.support.processes import marked, processes, wait_for_end

PYTHON = {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}  # as the Makefile gives it
FILES = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "events").glob("*.json"))]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.local.run", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=marked(**PYTHON)[1], capture_output=True, text=True, timeout=2 * PATIENCE, check=False
    )


def test_two_messages_arrive_through_queue_and_api() -> None:
    """Without an event, one message goes through SQS and one through the API, and their ids are shown."""
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "records with an omnimessage_id: 2; accepted by the stand-in for Messente: 2" in done.stdout
    assert done.stdout.count("state           sent") == 2
    assert done.stdout.count("message_ids     rcs ") == 2


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Run once with all files of events/, a record that no retry can help, and a message whose answer is cut off."""
    folder = tmp_path_factory.mktemp("events")
    bad = json.dumps({"to": "+37255510001", "text": "", "idempotency_key": "bad-1"})
    (folder / "bad.json").write_text(json.dumps({"Records": [{"eventSource": "aws:sqs", "body": bad}]}))
    cut = {"to": "+37255500004", "text": "cut", "idempotency_key": "cut-1"}
    (folder / "cut.json").write_text(json.dumps(cut))
    return run(*FILES, *map(str, sorted(folder.iterdir())))


def test_every_event_file_can_be_sent(ran: subprocess.CompletedProcess[str]) -> None:
    """All files come to ends that records, dead-letter queue and accept log agree on."""
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [file for file in FILES if f"sending through {file} ..." not in ran.stdout] == []
    assert "MISSING" not in ran.stdout


def test_a_bad_record_is_shown_with_its_reasons(ran: subprocess.CompletedProcess[str]) -> None:
    """A record that no retry can help is found in the dead-letter queue, with the reason and the errors."""
    shown = shown_of(ran, "bad-1")
    assert "lies in the dead-letter queue" in shown
    assert "payload[text]" in shown


def test_a_lost_answer_is_shown_and_healed(ran: subprocess.CompletedProcess[str]) -> None:
    """An answer that is cut off after acceptance leaves an unknown record, and the reports make it sent."""
    assert "state           unknown" in shown_of(ran, "cut-1")
    assert "cut-1: unknown -> sent" in ran.stdout


def shown_of(ran: subprocess.CompletedProcess[str], message_id: str) -> str:
    [shown] = re.findall(rf"^{message_id}\n(?:  .*\n)+", ran.stdout, re.MULTILINE)
    return str(shown)


def test_a_file_that_is_no_event_is_one_clear_line(tmp_path: Path) -> None:
    """A wrong file name ends with one line that names it, and nothing is started."""
    done = run(str(tmp_path / "none.json"))
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "none.json" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_behind(number: signal.Signals, tmp_path: Path) -> None:
    """However a run is ended, the emulator, the functions in it and its files are gone."""
    mark, environ = marked(TMPDIR=str(tmp_path), **PYTHON)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.local.run"],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    poll(lambda: processes([mark, "tests.local.front"]) or None, PATIENCE, "the emulator of the run")
    child.send_signal(number)
    child.communicate(timeout=PATIENCE)
    wait_for_end(mark)
    assert list(tmp_path.glob("messente-rcs-emulator-*")) == []


def test_a_process_that_ends_by_itself_is_explained() -> None:
    """A process that does not get ready is reported with the end of its log."""
    process = Process([sys.executable, "-c", "raise SystemExit('no reason')"], WORK / "test.log", bare_environment())
    with pytest.raises(Exception, match="no reason"):
        process.wait_until(lambda: False, PATIENCE, "a process")
