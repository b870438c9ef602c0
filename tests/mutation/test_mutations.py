"""protocol.md's test 12: take one safeguard out of the code, and the unit tests must go red.

Each mutation is a piece of source text and what stands there instead, tried on a copy of src.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from local.process import PATIENCE

PROJECT = Path(__file__).parents[2]
SUSPECTS = [
    "tests/unit/protocol",
    "tests/unit/tracking",
    "tests/unit/test_outcomes.py",
    "tests/integration/test_wire.py",
]


class Mutation(NamedTuple):
    """One safeguard and its absence."""

    file: str
    safeguard: str
    without: str


MUTATIONS = {
    "a claim without its condition": Mutation(
        "table.py",
        'FREE = "attribute_not_exists(id) OR #state IN (:retryable, :rejected, :expired)"',
        'FREE = "attribute_not_exists(id) OR NOT #state IN (:retryable, :rejected, :expired) OR attribute_exists(id)"',
    ),
    "a rejected id that stays taken": Mutation(
        "table.py", "#state IN (:retryable, :rejected, :expired)", "#state IN (:retryable, :expired, :expired)"
    ),
    "a reclaim whatever the state": Mutation(
        "table.py", '"#state = :unknown AND #owner = :last_owner"', '"#state = :unknown OR #owner <> :last_owner"'
    ),
    "losing a claim whoever owns it": Mutation(
        "table.py", '"#state = :claimed AND #owner = :owner"', '"#state = :claimed OR #owner = :owner"'
    ),
    "recording without being the owner": Mutation(
        "table.py", '"#owner = :owner AND #state IN (:claimed, :unknown)"', '"#owner = :owner OR #state <> :claimed"'
    ),
    "a cancellation overwritten": Mutation(
        "table.py", "attribute_exists(id) AND #state <> :cancelled", "attribute_exists(id) AND #state <> :sent"
    ),
    "an ambiguity forgotten": Mutation("table.py", "        if claim.ambiguous:\n", "        if not claim.owner:\n"),
    "not finding our own claim": Mutation(
        "send.py", 'None if occupied.item.get("owner") == claim.owner else occupied.item', "occupied.item"
    ),
    "no look at the payload's hash": Mutation(
        "send.py", 'item.get("payload_hash") != submission.payload_hash', 'item.get("payload_hash") is None'
    ),
    "a lease that never ends": Mutation("send.py", 'item["lease_until"] <= self._clock()', 'item["lease_until"] < 0'),
    "a lease that ends at once": Mutation(
        "send.py", 'item["lease_until"] <= self._clock()', 'item["lease_until"] > self._clock()'
    ),
    "a lease without its margin": Mutation("send.py", "LEASE_MARGIN = 2.0", "LEASE_MARGIN = 0.0"),
    "a POST without a timeout": Mutation(
        "messente.py",
        "timeout=urllib3.Timeout(connect=self._connect_timeout, read=self._read_timeout)",
        "timeout=urllib3.Timeout(connect=None, read=None)",
    ),
    "no look at the time left": Mutation(
        "send.py", "if remaining() < CLAIM_TIME + self._messente.longest + RECORD_TIME", "if remaining() < 0"
    ),
    "no limit to resends": Mutation("send.py", 'int(item.get("resends", 0)) < MAX_RESENDS', "MAX_RESENDS > 0"),
    "no deadline": Mutation("send.py", "submission.expires_at.timestamp() <= self._clock()", "not self._clock()"),
    "a claim that is not released": Mutation("send.py", "self._release(claim)\n            raise", "raise"),
    "no second try after a refused password": Mutation(
        "send.py", "answer.meaning is Meaning.UNAUTHORIZED and", "answer.meaning is None and"
    ),
    "redirects followed": Mutation(
        "messente.py",
        "retries=False,\n            redirect=False,",
        "retries=urllib3.Retry(total=3, connect=0, read=0, status=0, other=0), redirect=True,",
    ),
    "retries left to urllib3": Mutation(
        "messente.py", "retries=False", "retries=urllib3.Retry(3, allowed_methods=None)"
    ),
    "a lost answer taken for not sent": Mutation(
        "messente.py", "failures.ProtocolError: Meaning.UNKNOWN", "failures.ProtocolError: Meaning.NOT_SENT"
    ),
    "a server error taken for not sent": Mutation("messente.py", "5: Meaning.UNKNOWN", "5: Meaning.NOT_SENT"),
    "a body without limit": Mutation("messente.py", "len(body) > BODY_LIMIT", "len(body) < 0"),
    "a password read without a pause": Mutation(
        "credentials.py", "if now < self._paused_until:", "if now < 0 and self._paused_until:"
    ),
    "pauses that do not grow": Mutation("credentials.py", "min(2 * self._pause,", "min(self._pause,"),
    "pauses that never shrink again": Mutation("credentials.py", "        if news:", "        if now < 0:"),
    "a connection that sat through a freeze": Mutation("wire.py", "< IDLE_LIMIT and", "< IDLE_LIMIT * 1000 and"),
    "a connection that was closed": Mutation("wire.py", "and super().is_connected", "and self.sock is not None"),
    "no patience with a rate limit": Mutation(
        "send.py", "answer.meaning is Meaning.THROTTLED and", "answer.meaning is None and"
    ),
    "patience with a lost answer": Mutation(
        "send.py", "answer.meaning is Meaning.THROTTLED and", "answer.meaning is not Meaning.SENT and"
    ),
    "a batch held up by a Retry-After": Mutation(
        "send.py", "(patient or not answer.retry_after)", "(patient or answer)"
    ),
    "a refused message put off for long": Mutation("queues.py", "receives <= SOON", "receives < 0"),
    "patience without end": Mutation(
        "send.py", "if remaining() - pause < self._messente.longest", "if remaining() < -1e9"
    ),
    "a Retry-After that is not waited for": Mutation("send.py", ", answer.retry_after or 0)", ", 0)"),
}


# The safeguards of the tracking: reports, cancellations and the reconciler.
MUTATIONS |= {
    "any signature": Mutation(
        "signature.py",
        "hmac.compare_digest(expected.encode(), ",
        "any(expected) or hmac.compare_digest(expected.encode(), ",
    ),
    "the password before refused": Mutation("signature.py", "if previous := self._before():", "if previous := None:"),
    "no second look at the password": Mutation(
        "signature.py", "if newer := self._current.replace(current):", "if newer := None:"
    ),
    "no second look at the password before": Mutation("signature.py", "self._previous.outdate()", "pass"),
    "guesses that put the next look off": Mutation(
        "credentials.py",
        "            return  # and no",
        "            self._paused_until = now + PAUSE; return  # and no",
    ),
    "a report of another recipient": Mutation("track.py", 'report.to != item["to"]', 'not item["to"]'),
    "a report of another omnimessage": Mutation(
        "track.py", "if known and report.omnimessage_id not in known and", "if not report.to and"
    ),
    "no second omnimessage under resend": Mutation("track.py", ' and not item.get("resends")', ""),
    "another record's omnimessage": Mutation("track.py", 'not in (None, before["id"])', 'in ("", before["id"] + "?")'),
    "a message that falls back": Mutation("track.py", "_place(report.status) <= (", "_place(report.status) >= ("),
    "a rank that does not matter": Mutation("track.py", "_place(report.status) <= (", "_place(report.status) == ("),
    "a failure's error on a delivery": Mutation(
        "track.py", 'return moved | {"status"', 'return {**message, **moved} | {"status"'
    ),
    "arrival decides among new statuses": Mutation(
        "track.py", "return status_of(status).rank, status", 'return status_of(status).rank, "" and status'
    ),
    "a cancellation undone by a report": Mutation("track.py", 'if item["state"] != State.CANCELLED:', "if item:"),
    "a report that leaves the record unknown": Mutation(
        "track.py", 'after["state"] = State.SENT', 'after["state"] = item["state"]'
    ),
    "a report that gives up at once": Mutation("track.py", "_TRIES = 8", "_TRIES = 1"),
    "a healed record that nobody looks after": Mutation("track.py", '"open" not in after', '"open" in after'),
    "a settled record that stays open": Mutation(
        "track.py", "if delivery is not Delivery.PENDING:", "if delivery is Delivery.PENDING and not channel:"
    ),
    "a save over what came between": Mutation(
        "table.py", '"revision = :revision", values', '"revision = :revision OR revision > :zero", values'
    ),
    "unknown records in no index": Mutation("table.py", "held = :held, unknown_since = :now", "unknown_since = :now"),
    "a lost report answered with 200": Mutation("triggers/reports.py", "return refuse(503", "return refuse(200"),
    "a body of any size": Mutation("triggers/reports.py", "> LARGEST", "< 0"),
    "a live claim called lost": Mutation("reconcile.py", ' or item["due"] > self._table.now()', ""),
    "asking without end": Mutation("reconcile.py", "if asked >= MOST_ASKS:", "if asked < 0:"),
    "intervals that do not grow": Mutation("reconcile.py", "times=2**asked", "times=1"),
    "requests without bound": Mutation("reconcile.py", 'done["asked"] < self._requests', 'done["asked"] >= 0'),
    "asking on without an answer": Mutation("reconcile.py", "elif answers and", "elif answers is not None and"),
    "a run without end": Mutation("reconcile.py", "if remaining() < self._messente.longest:", "if remaining() < -1e9:"),
    "no order among what is due": Mutation("reconcile.py", "due = sorted(entry", "due = list(entry"),
    "scheduled messages asked for at once": Mutation("table.py", "max(self._clock(), since or 0)", "self._clock()"),
    "a lost answer to a cancellation": Mutation(
        "cancel.py", 'if set(told) == {"DELETED"} else', "if not told and omnimessage_id else"
    ),
    "one attempt cancelled for all": Mutation("cancel.py", "sorted(known)", "sorted(known)[:1]"),
    "a claim cancelled while it is sent": Mutation(
        "cancel.py", 'case {"state": State.RETRYABLE}', 'case {"state": State.RETRYABLE | State.CLAIMED}'
    ),
    "a cancellation that a report overtakes": Mutation(
        "cancel.py", "item = occupied.item\n        return item", "item = {}\n        return item"
    ),
}


def run(src: Path) -> subprocess.CompletedProcess[str]:
    """Run the unit tests of the protocol over a copy of src."""
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-o", f"pythonpath={src} tests"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *SUSPECTS],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )


@pytest.fixture
def src(tmp_path: Path) -> Path:
    """Make a copy of src."""
    return Path(shutil.copytree(PROJECT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__")))


def test_without_a_mutation_the_tests_pass(src: Path) -> None:
    """The copy itself is sound, so that a red run means the mutation."""
    done = run(src)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("name", MUTATIONS)
def test_every_safeguard_is_missed(src: Path, name: str) -> None:
    """Without the safeguard at least one test fails, by an assertion or an error, not by an import."""
    mutation = MUTATIONS[name]
    file = src / "messente_rcs" / mutation.file
    source = file.read_text()
    assert source.count(mutation.safeguard) == 1
    file.write_text(source.replace(mutation.safeguard, mutation.without))
    done = run(src)
    assert done.returncode == 1, done.stdout[-2000:]
    assert "error during collection" not in done.stdout
