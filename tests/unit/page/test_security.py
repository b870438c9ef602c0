"""Who may use the page: no other site that a browser has open."""

from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from tests.page.server import HEADERS, Guard

PORT = 4568
OWN = {"host": f"127.0.0.1:{PORT}"}
JSON = {"content-type": "application/json"}


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("inside")(scope, receive, send)


def ask(method: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Make a request; return the status and the headers of the answer. Nothing in it waits, so no loop is needed."""
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": "/", "headers": raw}
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(StopIteration):
        Guard(inside, PORT)(scope, receive, send).send(None)
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], named


@pytest.mark.parametrize("host", [f"127.0.0.1:{PORT}", f"localhost:{PORT}"])
def test_the_page_itself_is_let_in(host: str) -> None:
    """A browser that shows the page, and a program that names no origin."""
    assert ask("GET", {"host": host})[0] == 200
    assert ask("POST", {"host": host, "origin": f"http://{host}", **JSON})[0] == 200
    assert ask("POST", {"host": host, "content-type": "application/json; charset=utf-8"})[0] == 200


@pytest.mark.parametrize("content", [{}, {"content-type": "text/plain"}, {"content-type": "application/json-seq"}])
@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_only_json_changes_anything(content: dict[str, str], method: str) -> None:
    """A form of another site can send text, but no JSON."""
    assert ask(method, {**OWN, **content})[0] == 415


@pytest.mark.parametrize("headers", [OWN, {"host": "evil.example"}])
def test_every_answer_has_the_headers(headers: dict[str, str]) -> None:
    """The browser is told to load nothing from elsewhere, also by a refusal."""
    _, named = ask("GET", headers)
    assert {name: named[name.lower()] for name in HEADERS} == HEADERS
    assert named["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
