"""The page "Your first campaign" as it is read, and a campaign of a thousand people that is stopped in between."""

import json
import shlex
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tests.local.process import PATIENCE, ROOT, bare_environment, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin.server import Server
from tests.support.documents import CAMPAIGN

FILES = {kind: text for _, kind, text in CAMPAIGN.blocks if kind in ("people", "card")}
COMMANDS = [line for _, kind, text in CAMPAIGN.blocks if kind == "campaign" for line in text.splitlines()]
PEOPLE = 1000


def titles(desk: Server, about: str) -> Counter[str]:
    """Count the titles of accepted cards that speak of this."""
    cards = [each.body["messages"][0].get("rich_card") for each in list(desk.messente.accepted)]
    found = (each["standalone_card"]["card_content"]["title"] for each in cards if each)
    return Counter(title for title in found if about in title)


def test_the_page(rcs: Rcs, desk: Server, tmp_path: Path) -> None:
    """Every command does what the page says, and each person gets the own card once."""
    (tmp_path / "people.csv").write_text(FILES["people"])
    (tmp_path / "card.json").write_text(FILES["card"])
    dry_run, send, watch = (
        [str(tmp_path / word) if Path(word).suffix else word for word in shlex.split(each)[1:]] for each in COMMANDS
    )
    said = rcs(*dry_run)
    assert (said.code, "rcs 3, sms 3" in said.out, titles(desk, "Spring in")) == (0, True, Counter())
    assert "advice" not in said.out
    for _ in range(2):
        assert rcs(*send).code == 0
    said = rcs(*watch, "--interval", "0.3")
    assert (said.code, "delivered 3" in said.out or "seen" in said.out) == (0, True), said.err
    assert titles(desk, "Spring in") == {
        f"Spring in {city}!": 1 for city in ("Tartu, Ann", "Põlva, Ben", "Tallinn, Zoë")
    }
    rows = (tmp_path / "result.csv").read_text().splitlines()
    assert [row.split(",")[:3] for row in rows[1:]] == [
        [str(line), f"+3725551000{line - 1}", f"people.csv+card.json:{line}"] for line in (2, 3, 4)
    ]


def test_a_thousand_people(desk: Server, operated: Stack, tmp_path: Path) -> None:
    """One command, Ctrl-C, and the same command again: each gets a card with the own name, and nobody two."""
    card: dict[str, Any] = json.loads(FILES["card"])
    people = "".join(f"+3725552{each:04},Person {each},Tartu,C-{each}\n" for each in range(PEOPLE))
    (tmp_path / "thousand.csv").write_text("to,name,city,code\n" + people)
    (tmp_path / "card.json").write_text(json.dumps(card).replace("Spring in", "Autumn in"))
    command = [sys.executable, "-m", "rcs_cli.main", "send-many", "thousand.csv", "--message", "card.json", "--local"]
    environment = bare_environment(AWS_ENDPOINT_URL=operated.emulator.url, PYTHONPATH=str(ROOT / "src"))

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)

    stopped = start()
    poll(lambda: titles(desk, "Autumn in") or stopped.poll() is not None or None, PATIENCE, "a card", every=0.02)
    stopped.send_signal(signal.SIGINT)
    # If all were queued by then: 0, or Python was on its way out and no longer caught the signal.
    assert stopped.wait(PATIENCE) in (130, 0, -signal.SIGINT)
    assert start().wait(PATIENCE) == 0
    poll(lambda: len(titles(desk, "Autumn in")) == PEOPLE or None, 4 * PATIENCE, "a thousand cards", every=0.5)
    poll(lambda: operated.waiting() == 0 or None, PATIENCE, "an empty queue", every=0.3)
    assert titles(desk, "Autumn in") == {f"Autumn in Tartu, Person {each}!": 1 for each in range(PEOPLE)}
