"""The page in a browser, as a person sees it: the phone, the timeline, and what must never happen behind them."""

import json
import uuid
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import urllib3
from playwright.sync_api import Locator, Route
from playwright.sync_api import Page as Tab

from tests.local.later import as_told, pause_of
from tests.local.start import PASSWORD, USERNAME, Local
from tests.page.server import Page

_WATCH_POLICY = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
"""
_HEAR_NOTHING_OLD = """
window.EventSource = class extends EventSource {
  addEventListener(kind, take) {
    super.addEventListener(kind, (event) => OLD.includes(event.data && JSON.parse(event.data).id) || take(event));
  }
};
"""


class Screen:
    """A tab with the page. `troubles` collects console errors, and requests that would leave this machine."""

    def __init__(self, tab: Tab, local: Local, page: Page) -> None:
        self.tab, self.local, self.url, self._page = tab, local, page.url, page
        self.troubles: list[str] = []
        tab.on("console", lambda line: self._note(line.type in {"error", "warning"}, f"console: {line.text}"))
        tab.on("pageerror", lambda error: self._note(True, f"exception: {error}"))  # noqa: FBT003 -- an error is one
        tab.on("request", lambda request: self._note(not self._is_ours(request.url), "a request to another host"))
        tab.on("dialog", lambda dialog: self._note(True, f"dialog: {dialog.type}"))  # noqa: FBT003 -- the same
        tab.add_init_script(_WATCH_POLICY)

    def _note(self, is_trouble: bool, what: str) -> None:  # noqa: FBT001 -- the condition is what it is about
        if is_trouble:
            self.troubles.append(what)

    def _is_ours(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme == "data" or f"{parts.scheme}://{parts.netloc}" == self.url

    def open(self) -> Self:
        self.tab.goto(self.url)
        self.tab.get_by_text("Live", exact=True).wait_for()
        return self

    def open_empty(self) -> Self:
        """Open the page as if nothing had happened yet."""

        def nothing_yet(route: Route) -> None:
            state: dict[str, Any] = route.fetch().json()
            route.fulfill(json={**state, "messages": [], "inbound": [], "opt_outs": [], "dead_letters": []})

        old = [each["id"] for each in self._page.desk.state()["messages"]]  # whose reports may still come
        self.tab.add_init_script(_HEAR_NOTHING_OLD.replace("OLD", json.dumps(old)))
        self.tab.route("**/api/state", nothing_yet)
        return self.open()

    def violations(self) -> list[str]:
        found: list[str] = self.tab.evaluate("window.violations ?? []")
        return found

    def send(self, payload: dict[str, Any], through: Literal["api", "queue"] = "api") -> str:
        """Hand a payload in under an id of its own, as the page does, and return the id."""
        message_id = f"test-{uuid.uuid4()}"
        named = {"idempotency_key": message_id, **payload}
        as_told(lambda: self._page.desk.send(through, named), lambda sent: pause_of(sent["status"], {}))
        return message_id

    def converse(self, payload: dict[str, Any]) -> None:
        """Send a payload, and look at its conversation."""
        self.send(payload)
        self.choose(payload["to"])

    def post(self, payload: dict[str, Any]) -> None:
        """Send past the function, straight to Messente, which accepts URLs that the function refuses."""
        callback = f"{self.local.stack.outputs['CallbackUrl']}/test-{uuid.uuid4()}"
        headers = {"Content-Type": "application/json", **urllib3.make_headers(basic_auth=f"{USERNAME}:{PASSWORD}")}
        body = json.dumps({"dlr_url": callback, **payload})
        answer = urllib3.request("POST", f"{self.local.standin.url}/omnimessage", body=body, headers=headers)
        assert answer.status == 201

    def set_fault(self, number: str, **how: str) -> None:
        """Let the next message to a number get an `answer` or take a `course` of the stand-in's."""
        self._page.desk.fault(number, **how, times=1)

    def write(self, text: str) -> None:
        self.tab.get_by_role("textbox", name="Write as the recipient").fill(text)
        self.tab.get_by_role("button", name="Send as the recipient").click()

    def compose(self) -> Locator:
        self.tab.get_by_role("button", name="Compose").click()
        return self.tab.get_by_role("dialog", name="Compose a message")

    def choose(self, number: str) -> None:
        self.tab.get_by_role("navigation", name="Conversations").get_by_role("button", name=spaced(number)).click()

    def show(self, tab: str) -> Locator:
        self.tab.get_by_role("tab", name=tab).click()
        return self.tab.get_by_role("tabpanel", name=tab)

    @property
    def phone(self) -> Locator:
        return self.tab.get_by_role("region", name="Conversation on the phone")

    @property
    def bubbles(self) -> Locator:
        return self.phone.get_by_role("article")

    @property
    def timeline(self) -> Locator:
        return self.show("Timeline")

    def state_of(self, message_id: str) -> str | None:
        item = self.local.stack.item(message_id)
        return None if item is None else str(item["state"])

    def accepted(self, number: str) -> list[dict[str, Any]]:
        return [each.body for each in self.local.standin.messente.accepted if each.to == number]


def spaced(number: str) -> str:
    """Write an Estonian number as the page does."""
    return f"{number[:4]} {number[4:8]} {number[8:]}"
