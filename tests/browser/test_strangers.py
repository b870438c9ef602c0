"""A page of another site, open in the same browser, reaches nothing of the local stack."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Page as Tab

from tests.local.process import PATIENCE, poll
from tests.local.start import Local
from tests.page.server import Page
from tests.support.peer import Peer, answer, answering

CODE = {"FunctionName": "stranger", "Runtime": "python3.13", "Handler": "m.f", "Code": {"ZipFile": "UEsFBg=="}}
ROLE = {"Role": "arn:aws:iam::000000000000:role/any"}
PAGE = answer(b"<!doctype html><title>evil</title><body></body>", "Content-Type: text/html")
TEXT = {"to": "+37255599999", "text": "from a stranger"}

# Tries a request in each way that a page has, and says what could be read of the answers.
ATTEMPT = """
async ({ url, method, type, body }) => {
  const read = [];
  for (const mode of ["cors", "no-cors"]) {
    const options = { method, mode, headers: body ? { "Content-Type": type } : {}, body };
    await fetch(url, options).then((answer) => answer.text()).then((text) => read.push(text)).catch(() => {});
  }
  await new Promise((done) => {
    const frame = Object.assign(document.createElement("iframe"), { name: "answer", onload: done });
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), { action: url, method, target: "answer" });
    form.enctype = "text/plain";
    // A form writes name=value; this name and value make JSON of it.
    const [name, value] = body?.startsWith("{") ? [`${body.slice(0, -1)}, "x": "`, '"}'] : [body ?? "x", ""];
    form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    form.submit();
  });
  return read.join("");
}
"""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Serve a page of another site, on a port of this machine."""
    with Peer(answering(lambda _: [PAGE])) as peer:
        yield peer.port


@pytest.fixture(params=["evil.example", "127.0.0.1.evil.example", "localhost", "127.0.0.1"])
def evil(request: pytest.FixtureRequest, browser: Browser, port: int) -> Iterator[Tab]:
    """Open that page: at another site, or at another port of this machine."""
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(f"http://{request.param}:{port}/")
        assert tab.title() == "evil"
        yield tab


def attempts(local: Local, page: Page) -> list[dict[str, Any]]:
    emulator, stack = local.stack.emulator.url, local.stack
    standin = local.standin.url.removesuffix("/v1")
    functions = f"{emulator}/2015-03-31/functions"
    rule = {"to": "*", "answer": "cut", "times": 1}
    asked = [
        (functions, json.dumps(CODE | ROLE)),
        (f"{functions}/{stack.function}/invocations", json.dumps(TEXT)),
        (f"{emulator}/?Action=ReceiveMessage&QueueUrl={stack.dead_letter_queue_url}", None),
        (f"{emulator}/?Action=SendMessage&QueueUrl={stack.queue_url}&MessageBody={json.dumps(TEXT)}", None),
        (f"{emulator}/?Action=CreateQueue&QueueName=stranger", "Action=CreateQueue&QueueName=stranger"),
        (f"{page.url}/api/messages", json.dumps({"through": "api", "payload": TEXT})),
        (f"{page.url}/api/state", None),
        (f"{standin}/_standin/faults", json.dumps(rule)),
        (f"{standin}/_standin/accepted", None),
    ]
    types = ("text/plain", "application/x-www-form-urlencoded", "application/json")
    return [
        {"url": url, "method": "POST" if body else "GET", "type": kind, "body": body}
        for url, body in asked
        for kind in types
    ]


def test_nothing_is_done_for_another_site(evil: Tab, stack: tuple[Local, Page]) -> None:
    """No function is made or invoked, no queue is read or written, no message is sent, no fault is set."""
    local, page = stack
    standin, sqs = local.standin.messente, local.stack.client("sqs")
    buried = partial(local.stack.waiting, local.stack.dead_letter_queue_url)
    before = buried()
    local.stack.queue(json.dumps({"to": "+37255512345", "text": "", "idempotency_key": "a-letter"}))
    poll(lambda: buried() > before or None, PATIENCE, "the letter")  # the queue is empty then
    read = "".join(evil.evaluate(ATTEMPT, each) for each in attempts(local, page))
    assert read == ""
    names = [each["FunctionName"] for each in local.stack.client("lambda").list_functions()["Functions"]]
    assert "stranger" not in names
    assert not sqs.list_queues(QueueNamePrefix="stranger").get("QueueUrls")
    assert standin.faults.rules == []
    assert [each for each in standin.accepted if each.to == TEXT["to"]] == []
    depth = sqs.get_queue_attributes(QueueUrl=local.stack.queue_url, AttributeNames=["All"])["Attributes"]
    assert depth["ApproximateNumberOfMessages"] == "0"


def test_a_name_that_leads_here_is_refused(browser: Browser, stack: tuple[Local, Page]) -> None:
    """The name of a site may lead to 127.0.0.1 a moment later, and its page would then be of the same origin."""
    local, page = stack
    with browser.new_context() as context:
        tab = context.new_page()
        for url in (local.stack.emulator.url, local.standin.url, page.url):
            answer = tab.goto(url.replace("127.0.0.1", "rebound.example"))
            assert answer is not None
            assert answer.status == 421
