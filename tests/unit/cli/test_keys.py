"""The keys of `rcs send-many`: two campaigns never share one, and the same file has the same keys again."""

import json
import os
import unicodedata
from pathlib import Path

import pytest

from messente_rcs.message_id import is_message_id
from rcs_cli.files import named_run
from tests.support.world import TO, message
from tests.unit.cli.conftest import Cli

LONG = "a" * 100


@pytest.mark.parametrize(
    "files",
    [
        ("январь.csv", "февраль.csv"),
        ("offer 1.csv", "offer-1.csv", "offer+1.csv", "offer_1.csv"),
        (f"{LONG}1.csv", f"{LONG}2.csv", f"{LONG}.csv"),
        ("-offer.csv", "offer.csv", "offer-.csv"),
        ("…csv.csv", "-csv.csv"),
        ("优惠.csv", "折扣.csv", "\U0001f381.csv", "файл.csv"),
        (os.fsdecode(b"\xff.csv"), os.fsdecode(b"\xfe.csv")),  # of an old system
    ],
)
def test_two_files_share_no_key(files: tuple[str, ...]) -> None:
    """Whatever their names have in common; each key can be an id."""
    runs = {named_run(file, None, None) for file in files}
    assert len(runs) == len(files)
    assert all(is_message_id(f"{run}:2") for run in runs)


@pytest.mark.parametrize(
    "names", [("Week 1", "Week-1"), ("spring/offer", "autumn/offer", "offer"), ("ä", "ö"), ("1.", "1")]
)
def test_two_names_share_no_key(names: tuple[str, ...]) -> None:
    """A name that the user gives counts as a whole, also with a slash in it."""
    assert len({named_run("offer.csv", None, name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["offer.csv", "2026-11_autumn.csv", "-x.csv", "A" * 96 + ".csv", "offer 1.csv"])
def test_the_name_is_in_the_key(name: str) -> None:
    """As it is, or what a key can hold of it with a hash that is the same on every machine."""
    run = "offer-1.csv~535061fe" if name == "offer 1.csv" else name
    assert named_run(f"folder/{name}", None, None) == run
    assert named_run(name, "folder/card.json", None) == f"{run}+card.json"
    assert named_run(name, "folder/card.json", "autumn") == "autumn"


def test_long_names_of_two_files(cli: Cli) -> None:
    """Both are in the key, and as much of them as SQS takes is in the group."""
    file, card = cli.file(f"{'a' * 90}.csv", f"to\n{TO}\n"), cli.file(f"{'b' * 90}.json", json.dumps({"text": "Hi"}))
    assert cli("send-many", file, "--message", card, "--json").json["name"] == f"{'a' * 90}.csv+{'b' * 90}.json"


def test_the_same_name_in_another_form_of_unicode() -> None:
    """A Mac writes é as two characters, and a person sees one name."""
    assert len({named_run(unicodedata.normalize(form, "été.csv"), None, None) for form in ("NFC", "NFD")}) == 1


def test_a_pipe_needs_a_name(cli: Cli, tmp_path: Path) -> None:
    """Two pipes are two campaigns, whatever their file is called; nothing is queued."""
    cli.piped = json.dumps(message()) + "\n"
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for file in ("-", str(pipe), "/dev/null", "/dev/stdin"):
        said = cli("send-many", file)
        assert (said.code, "--name" in said.err) == (2, True), said.err
    assert cli.queues.batches == []
    assert cli("send-many", "-", "--name", "spring").code == 0
    assert [each["idempotency_key"] for each in cli.queued()] == ["spring:1"]


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_no_name(cli: Cli, name: str) -> None:
    """A variable that was not set would give two campaigns the same keys."""
    file = cli.file("offer.csv", f"to,text\n{TO},Hi\n")
    assert (cli("send-many", file, "--name", name).code, cli.queues.batches) == (2, [])
