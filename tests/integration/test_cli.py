"""Every command of `rcs`, as a process of its own, against the deployed template; the accept log is the truth."""

import json
from pathlib import Path

import pytest

from rcs_cli.problems import NoAnswer, Problem
from rcs_cli.stack import account_of_the_user
from tests.local.process import PATIENCE, poll
from tests.local.rcs import Rcs
from tests.local.stack import Stack
from tests.standin import numbers
from tests.standin.server import Server
from tests.support.peer import Peer, Talk, answer

TO = "+37255512345"


def test_send_show_and_watch(rcs: Rcs, desk: Server, message_id: str) -> None:
    """A text is accepted once, however often the command runs; it is shown, and watched until it is delivered."""
    text = f"text of {message_id}"
    for _ in range(2):
        said = rcs("send", TO, text, "--key", message_id, "--json")
        assert (said.code, said.json["state"]) == (0, "sent"), said.err
    assert len(desk.messente.by_text()[text]) == 1
    watched = rcs("watch", message_id, "--json", "--interval", "0.2")
    assert (watched.code, watched.lines[-1]["delivery"] in {"delivered", "seen"}) == (0, True)
    shown = rcs("show", message_id)
    assert shown.code == 0
    assert message_id in shown.out
    assert TO not in shown.out
    assert rcs("show", said.json["omnimessage_id"], "--json", "--numbers").json["to"] == TO
    assert rcs("show", "none").code == 1


def test_a_file_through_the_queue(rcs: Rcs, desk: Server, message_id: str) -> None:
    """A payload is piped in, waits in the queue, and is sent."""
    payload = {"to": TO, "messages": [{"channel": "rcs", "text": f"text of {message_id}"}]}
    said = rcs("send", "-", "--queue", "--key", message_id, "--json", given=json.dumps(payload))
    assert said.json == {"id": message_id, "queued": True}
    assert rcs("watch", message_id, "--interval", "0.2").code == 0
    assert len(desk.messente.by_text()[f"text of {message_id}"]) == 1


def test_cancel(rcs: Rcs, message_id: str) -> None:
    """A message that waits at Messente for its time is cancelled."""
    payload = {"to": TO, "text": "later", "time_to_send": "2030-01-01T00:00:00Z"}
    assert rcs("send", "-", "--key", message_id, given=json.dumps(payload)).code == 0
    assert rcs("cancel", message_id, "--json").json["state"] == "cancelled"


def test_unknown_and_resolve(rcs: Rcs, desk: Server, message_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message whose answer was cut off is found, listed, and closed by a person once; it is not sent again."""
    monkeypatch.setattr(desk.courier, "enabled", False)  # no report corrects it
    text = f"text of {message_id}"
    assert rcs("send", numbers.CUT_AFTER_ACCEPT, text, "--key", message_id, "--json").json["state"] == "unknown"
    found = rcs.checks()["unknown"]
    assert (found["verdict"], "rcs unknown" in found["next"]) == ("warn", True)
    listed = rcs("unknown", "--json")
    assert message_id in {each["id"] for each in listed.json["messages"]}
    assert numbers.CUT_AFTER_ACCEPT not in listed.out
    assert rcs("resolve", message_id, "--not-sent").code == 2
    early = rcs("resolve", message_id, "--not-sent", "--yes")
    assert (early.code, "A delivery report may still come" in early.err) == (1, True), early.err
    [acceptance] = desk.messente.by_text()[text]
    said = rcs("resolve", message_id, "--sent", "--omnimessage-id", acceptance.omnimessage_id, "--json")
    assert (said.code, said.json["state"]) == (0, "sent"), said.err
    assert rcs("show", acceptance.omnimessage_id, "--json").json["id"] == message_id
    assert message_id not in {each["id"] for each in rcs("unknown", "--json").json["messages"]}
    assert rcs("resolve", message_id, "--sent").code == 1
    assert rcs("send", numbers.CUT_AFTER_ACCEPT, text, "--key", message_id).code == 0
    assert len(desk.messente.by_text()[text]) == 1


def test_dead_letters_and_redrive(rcs: Rcs, desk: Server, message_id: str, tmp_path: Path) -> None:
    """A rejected message is read, stays where it is, and goes out once when it is corrected."""
    payload = {"to": numbers.BAD_REQUEST, "text": f"text of {message_id}"}
    assert rcs("send", "-", "--queue", "--key", message_id, given=json.dumps(payload)).code == 0
    letter = poll(lambda: rcs.dead_letter(message_id), PATIENCE, "the dead letter")
    assert (letter["reason"], letter["errors"][0]["source"]) == ("rejected", "payload[to]")
    assert payload["text"] not in rcs("dead-letters").out
    assert payload["text"] in rcs("dead-letters", "--bodies").out
    for meant in ((message_id,), ("--reason", "rejected")):
        assert rcs("redrive", *meant).code == 1
    corrected = tmp_path / "corrected.json"
    corrected.write_text(json.dumps(payload | {"to": TO}))
    assert rcs("redrive", message_id, "--with", str(corrected)).code == 0
    # Until it is sent, its record says that it was rejected, which is an end for `rcs watch`.
    poll(lambda: desk.messente.by_text().get(payload["text"]), PATIENCE, "the corrected message")
    assert rcs("watch", message_id, "--interval", "0.2").code == 0
    assert len(desk.messente.by_text()[payload["text"]]) == 1
    assert rcs.dead_letter(message_id) is None


def test_doctor(rcs: Rcs, desk: Server) -> None:
    """A whole stack passes without a message sent."""
    posts = desk.messente.posts
    checks = rcs.checks()
    for check in ("stack", "secret", "messente", "callback", "queue"):
        assert checks[check]["verdict"] == "ok", checks
    assert checks["alarms"]["verdict"] in {"warn", "fail"}  # this stack has no AlarmTopicArn
    assert desk.messente.posts == posts


def test_another_name(rcs: Rcs) -> None:
    """A stack that is not there is one line; so is an emulator that does not run."""
    for said in (rcs("unknown", "--stack", "none"), Rcs("http://127.0.0.1:9")("unknown")):
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1)


HOSTILE = {
    "AWS_PROFILE": "prod",
    "AWS_ACCESS_KEY_ID": "AKIAREAL",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ENDPOINT_URL_CLOUDFORMATION": "https://cloudformation.eu-west-1.amazonaws.com",
    "AWS_ENDPOINT_URL_SQS": "https://sqs.eu-west-1.amazonaws.com",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
}


def test_local_goes_nowhere_else(operated: Stack, message_id: str) -> None:
    """Whatever the environment says of AWS and of proxies, a local command goes to the emulator, as its root user."""
    hostile = Rcs(operated.emulator.url, **HOSTILE)
    assert hostile("send", TO, "hi", "--key", message_id).code == 0
    assert hostile("send", TO, "hi", "--queue", "--key", f"{message_id}-queued").code == 0
    assert hostile("watch", f"{message_id}-queued", "--interval", "0.2").code == 0
    checks = hostile("doctor", "--json").json["checks"]
    assert not [each for each in checks if "AWS" in each["found"]]
    assert all(operated.emulator.url in each["next"] for each in checks if {"aws", "sam"} & set(each["next"].split()))


def refuse(talk: Talk) -> None:
    talk.read()
    talk.say(answer(status="503 Service Unavailable"))


def test_the_proxy_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API, too, is reached through HTTPS_PROXY, unless NO_PROXY names it."""
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    account = account_of_the_user(None, "eu-west-1")
    with Peer(refuse) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(Problem, match="ProxyConnectionError"):
            account.request("GET", "https://abc.execute-api.eu-west-1.example/messages", signed=True)
        [asked] = proxy.requests
        assert asked.startswith(b"CONNECT abc.execute-api.eu-west-1.example:443 ")
        monkeypatch.setenv("NO_PROXY", "localhost")
        with pytest.raises(Problem, match="localhost gave no answer"):
            account.request("GET", "https://localhost:9/messages", signed=True)
        assert len(proxy.requests) == 1


def test_an_answer_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that went out and was not answered may have done what it is for; one that did not go out has not."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    account = account_of_the_user(None, "eu-west-1")
    with Peer(lambda talk: talk.connection.close()) as peer, pytest.raises(NoAnswer):
        account.request("POST", f"{peer.url}/messages", b"{}", signed=True)
    with pytest.raises(Problem) as refused:
        account.request("POST", "http://127.0.0.1:9/messages", b"{}", signed=True)
    assert not isinstance(refused.value, NoAnswer)
