"""Delivery reports: `POST /delivery-reports/{id}`, where Messente calls back for each status of each message.

The id is ours, as `dlr_url` carried it. Without one (an account's default webhook) the omnimessage_id finds the record.
Messente takes 200 to 399 for delivered, so a report that was not kept is answered with 4xx or 5xx.

The endpoint is public. Of a request whose signature does not hold, nothing is logged that its sender chose; and the
signature is over the body alone, so that an id from the path is logged only once a record has been found by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.errors import INVALID, NOT_FOUND, SERVER_ERROR, UNAUTHORIZED, Unavailable, error
from messente_rcs.payload.decode import is_message_id, read_object
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.tracking.report import InvalidReport, read_report
from messente_rcs.tracking.track import Mismatch, NoRecord
from messente_rcs.triggers.http import NotTaken, fitted, is_request, read_post, refuse, respond
from messente_rcs.triggers.kinds import WARM, UnknownEvent, is_warm_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from messente_rcs.errors import Error
    from messente_rcs.messente.credentials import Credentials
    from messente_rcs.messente.signature import Signatures
    from messente_rcs.tracking.report import Report
    from messente_rcs.tracking.track import Tracker
    from messente_rcs.triggers.http import Event, Post, Response


class Reports:
    """Takes delivery reports."""

    def __init__(self, signatures: Signatures[Credentials], tracker: Tracker) -> None:
        self._signatures = signatures
        self._tracker = tracker

    def handle(self, event: Any) -> Response:
        """Answer one call of Messente: 200 once the report is in the record, or changes nothing there.

        A warm-up is answered too. Raises UnknownEvent for anything else.
        """
        if is_request(event):
            return fitted(event, self._answer(event))
        if not is_warm_up(event):
            raise UnknownEvent("no HTTP request")
        logger.info("warm-up")
        return WARM

    def _answer(self, event: Event) -> Response:
        try:
            return self._take(read_post(event, "delivery-reports", has_items=True))
        except NotTaken as not_taken:
            return _refused(not_taken.status, not_taken.reason, not_taken.wrong, not_taken.headers)
        except Unavailable as unavailable:
            count(Metric.REPORT_NOT_KEPT)
            logger.error("report not kept", extra={"reason": str(unavailable)})
            return refuse(503, error(SERVER_ERROR, "The report could not be kept"), headers={"Retry-After": "5"})

    def _take(self, post: Post) -> Response:
        if not self._signatures.match(post.body, post.signature):
            return _refused(401, "signature", error(UNAUTHORIZED, "The signature does not match the body"))
        try:
            report = read_report(read_object(post.body))
            message_id = self._find(post.item, report)
            record = self._tracker.track(message_id, [report])
        except InvalidReport as invalid:
            return _refused(400, "no report", error(INVALID, "This is not a delivery report", invalid.field))
        except NoRecord:
            return _refused(404, "no record", error(NOT_FOUND, "No message has this id"))
        except Mismatch as other:
            wrong = error(INVALID, "The report belongs to another message", f"payload[{other}]")
            return _refused(409, f"other {other}", wrong, message_id=message_id)
        logger.info(
            "report",
            extra={
                "message_id": record.id,
                "omnimessage_id": report.omnimessage_id,
                "delivery": record.delivery,
            },
        )
        count(Metric.REPORT)
        return respond(200, {"id": record.id})

    def _find(self, message_id: str, report: Report) -> str:
        if message_id and not is_message_id(message_id):
            raise NoRecord
        return message_id or self._tracker.find(report)


def _refused(status: int, reason: str, wrong: Error, headers: Mapping[str, str] | None = None, **ids: str) -> Response:
    logger.warning("report refused", extra={"reason": reason, **ids})
    count(Metric.REPORT_REFUSED)
    return refuse(status, wrong, headers=headers)
