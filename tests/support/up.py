"""`make up` as a process, in a copy of the project: a test may change the copy's code, and sees what comes of it."""

import json
import secrets
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import urllib3

from tests.local.later import as_told, pause_of
from tests.local.process import PATIENCE, ROOT, NotReady, poll, refuse_used_ports
from tests.support.processes import Printing, marked

_COPIED = ("src", "tests/local", "tests/page", "tests/standin")
_LINKED = (".venv", ".venv-emulator", ".venv-sam")
BUILD_CACHE = str(ROOT / ".cache" / "bundle")


class Up(Printing):
    """A context manager; `url` is the page's, `root` the copy's folder, `mark` a word of its processes' environment."""

    def __init__(self, folder: Path) -> None:
        self.root = copy(folder)
        self.port = three_free_ports()
        self.url = f"http://127.0.0.1:{self.port + 2}"
        self.emulator = f"http://127.0.0.1:{self.port}"
        self.mark, environment = marked(
            PYTHONUNBUFFERED="1", PYTHONPATH=f"{self.root / 'src'}:{self.root}", RCS_BUILD_CACHE=BUILD_CACHE
        )
        self._http = urllib3.PoolManager(retries=False, timeout=PATIENCE)
        super().__init__(command(self.port), self.root, environment)

    def __enter__(self) -> Self:
        self.wait_for_line("Ctrl-C ends everything")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it, and return its exit code; more than once is fine."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self._http.clear()
        return self.wait()

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        """Make a request of the page; return status, JSON (else text) and headers of the answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        answer = self._http.request(method, self.url + path, body=None if body is None else content, headers=given)
        named = {name.lower(): value for name, value in answer.headers.items()}
        is_json = "json" in named.get("content-type", "")
        return answer.status, json.loads(answer.data) if is_json else answer.data.decode(), named

    def get(self, path: str) -> Any:
        status, body, _ = self.ask("GET", path)
        assert status == 200, (status, body)
        return body

    def send(self, through: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Hand a payload in, again as often as the answer says so, and return what came back."""
        asked = {"through": through, "payload": payload}

        def ask() -> dict[str, Any]:
            status, sent, _ = self.ask("POST", "/api/messages", asked)
            assert status == 200, (status, sent)
            told: dict[str, Any] = sent
            return told

        return as_told(ask, lambda sent: pause_of(sent["status"], {}))

    def wait_for_message(self, message_id: str, **wanted: Any) -> dict[str, Any]:
        """Wait until the first message of a chain has this `status`, its record this `state` or `delivery`, and so on.

        `reports` are those that were answered: a record may be seen before the answer to what changed it.
        """

        def look() -> dict[str, Any] | None:
            message = next((each for each in self.get("/api/state")["messages"] if each["id"] == message_id), None)
            if message is None:
                return None
            known = {
                "status": message["parts"][0]["status"] if message["parts"] else None,
                "reports": [each["kind"] for each in message["timeline"]].count("report"),
                **(message["record"] or {}),
            }
            return message if all(known.get(name) == value for name, value in wanted.items()) else None

        return poll(look, PATIENCE, f"{message_id} with {wanted}", every=0.1)

    def events(self) -> Iterator[bytes]:
        """Listen to the page's events from now on, as they come."""
        stream = self._http.request("GET", self.url + "/api/events", preload_content=False).stream(1)
        assert next(stream)  # it is listened to
        return stream


def command(port: int) -> list[str]:
    return [sys.executable, "-m", "tests.local.up", "--port", str(port), "--pace", "0.3"]


def three_free_ports() -> int:
    """Find the first of three ports that nothing listens on.

    Until all three are opened, some time passes: they are below those that the system gives to whoever asks for any.
    """

    def look() -> int | None:
        port = 10_000 + 3 * secrets.randbelow(7_000)
        try:
            refuse_used_ports(range(port, port + 3), "")
        except NotReady:
            return None
        return port

    return poll(look, PATIENCE, "three free ports")


def copy(folder: Path) -> Path:
    """Copy what `make up` needs."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("template.yaml", "Makefile"):
        shutil.copy(ROOT / name, folder)
    for name in _LINKED:
        (folder / name).symlink_to((ROOT / name).resolve())
    return folder
