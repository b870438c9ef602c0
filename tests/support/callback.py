"""The function behind the callback API, and Messente's reports to it, for tests of the tracking.

A test sends through `sending(world)`, and hands the stand-in's reports, or ones of its own making, to a `Callback`.
"""

import json
from typing import Any

from messente_rcs.triggers.direct import Invocations
from tests.standin.messente import Accepted
from tests.standin.reports import SIGNATURE_HEADER, Planned, Report, Step, as_event, sign
from tests.support.world import PASSWORD, Hook, World, nothing

URL = "https://callback.example/delivery-reports"
ERRS = {"SEEN": 10, "EXPIRED": 2, "FAILED": 1, "UNDELIV": 1}
ERRORS = {"EXPIRED": "Sending message expired", "FAILED": "Delivery failure", "UNDELIV": "Delivery failure"}


class Callback:
    """One execution environment of that function."""

    def __init__(self, world: World, hook: Hook = nothing) -> None:
        self._reports = world.parts(hook).reports

    def invoke(self, event: Any) -> dict[str, Any]:
        return self._reports.handle(event)

    def handle(self, event: dict[str, Any]) -> tuple[int, Any]:
        answer = self.invoke(event)
        return answer["statusCode"], json.loads(answer["body"])

    def take(self, *given: Report) -> list[int]:
        return [self.handle(as_event(each))[0] for each in given]


def sending(world: World, hook: Hook = nothing, **settings: Any) -> Invocations:
    """Start an environment of the sending function whose messages ask for reports."""
    return world.env(hook, callback_url=URL, **settings)


def reports_of(world: World) -> list[Report]:
    """Take every report that the stand-in still has to give, whatever the time, in its order."""
    return world.messente.reports_due(world.clock() + 10**9)


def report(
    accepted: Accepted, status: str, index: int = 0, *, message_id: str | None = None, password: str = PASSWORD
) -> Report:
    """Make a report on an accepted message, to its own URL or to that of a `message_id` ("" for a bare webhook)."""
    step = Step(status, 1, index, ERRS.get(status, 0), ERRORS.get(status))
    url = accepted.body.get("dlr_url", URL) if message_id is None else f"{URL}/{message_id}"
    return Planned(url, accepted, step, accepted.at + 1, accepted.at + 1).report(password)


def signed(
    body: bytes, message_id: str = "k", *, signature: str | None = None, password: str = PASSWORD, base64: bool = False
) -> dict[str, Any]:
    """Make the event of any body, signed with the password unless another signature is given."""
    headers = {SIGNATURE_HEADER: sign(body, password) if signature is None else signature}
    return as_event(Report(f"{URL}/{message_id}", headers, body, "", "", "", 0), base64=base64)
