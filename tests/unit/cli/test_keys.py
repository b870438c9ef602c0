"""The keys of `rcs send-many`: two campaigns never share one, and the same file has the same keys again."""

import json
import os
import unicodedata
from pathlib import Path

import pytest

from messente_rcs.message_id import is_message_id
from tests.support.world import TO, message
from tests.unit.cli.conftest import Cli

CSV = f"to,text\n{TO},Hi\n"
LONG = "a" * 100


def key(cli: Cli, *arguments: str) -> str:
    cli.queues.messages.clear()
    said = cli("send-many", *arguments)
    assert said.code == 0, said.err
    [payload] = cli.queued()
    return str(payload["idempotency_key"])


@pytest.mark.parametrize(
    "names",
    [
        ("январь.csv", "февраль.csv"),
        ("offer 1.csv", "offer-1.csv", "offer+1.csv", "offer_1.csv"),
        (f"{LONG}1.csv", f"{LONG}2.csv", f"{LONG}.csv"),
        ("-offer.csv", "offer.csv", "offer-.csv"),
        ("…csv.csv", "-csv.csv"),
        ("优惠.csv", "折扣.csv", "\U0001f381.csv", "файл.csv"),
    ],
)
def test_two_files_share_no_key(cli: Cli, names: tuple[str, ...]) -> None:
    """Whatever their names have in common; each key can be an id."""
    keys = {key(cli, "--", cli.file(name, CSV)) for name in names}
    assert len(keys) == len(names)
    assert all(map(is_message_id, keys))


@pytest.mark.parametrize(
    "names", [("Week 1", "Week-1"), ("spring/offer", "autumn/offer", "offer"), ("ä", "ö"), ("1.", "1")]
)
def test_two_names_share_no_key(cli: Cli, names: tuple[str, ...]) -> None:
    """A name that the user gives counts as a whole, also with a slash in it."""
    file = cli.file("offer.csv", CSV)
    assert len({key(cli, file, "--name", name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["offer.csv", "2026-11_autumn.csv", "-x.csv", "A" * 96 + ".csv", "offer 1.csv"])
def test_the_name_is_in_the_key(cli: Cli, name: str) -> None:
    """As it is, or what a key can hold of it with a hash that is the same on every machine."""
    begin = "offer-1.csv~535061fe" if name == "offer 1.csv" else name
    assert key(cli, "--", cli.file(name, CSV)) == f"{begin}:2"


def test_the_same_name_in_another_form_of_unicode(cli: Cli) -> None:
    """A Mac writes é as two characters, and a person sees one name."""
    names = [unicodedata.normalize(form, "été.csv") for form in ("NFC", "NFD")]
    assert len({key(cli, cli.file(name, CSV)) for name in names}) == 1


def test_a_name_that_is_no_utf8(cli: Cli) -> None:
    """Files of an old system have such names."""
    assert is_message_id(key(cli, cli.file(os.fsdecode(b"\xff.csv"), CSV)))


def test_a_pipe_needs_a_name(cli: Cli, tmp_path: Path) -> None:
    """Two pipes are two campaigns, whatever their file is called; nothing is queued."""
    cli.piped = json.dumps(message()) + "\n"
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    for file in ("-", str(pipe), "/dev/null", "/dev/stdin"):
        said = cli("send-many", file)
        assert (said.code, "--name" in said.err) == (2, True), said.err
    assert cli.queues.batches == []
    assert key(cli, "-", "--name", "spring") == "spring:1"


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_no_name(cli: Cli, name: str) -> None:
    """A variable that was not set would give two campaigns the same keys."""
    assert (cli("send-many", cli.file("offer.csv", CSV), "--name", name).code, cli.queues.batches) == (2, [])
