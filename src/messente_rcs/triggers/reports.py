"""Delivery reports: `POST /delivery-reports/{id}`, where Messente calls back for each status of each message.

The id is ours, as `dlr_url` carried it. Without one (an account's default webhook) the omnimessage_id finds the record.
Messente takes 200 to 399 for delivered, so a report that was not kept is answered with 4xx or 5xx.

The signature is over the body alone, so an id from the path is logged only once a record has been found by it.
"""

from dataclasses import dataclass

from messente_rcs.errors import INVALID, NOT_FOUND, error
from messente_rcs.message_id import is_message_id
from messente_rcs.payload.decode import read_object
from messente_rcs.telemetry import Metric, count, logger
from messente_rcs.tracking.report import InvalidReport, read_report
from messente_rcs.tracking.track import Mismatch, NoRecord, Tracker
from messente_rcs.triggers.http import Callback, Request, RequestRejected


@dataclass(eq=False)
class Reports(Callback):
    """Takes delivery reports: 200 once the report is in the record, or changes nothing there."""

    paths, name = ("/delivery-reports", "/delivery-reports/{}"), "report"
    rejections, not_kept = Metric.REPORT_REFUSED, Metric.REPORT_NOT_KEPT

    tracker: Tracker

    def take(self, request: Request) -> str:
        """Apply a report to its record."""
        message_id = request.target[0] or ""
        try:
            report = read_report(read_object(request.body))
            if message_id and not is_message_id(message_id):
                raise NoRecord  # noqa: TRY301 - as where no record is found
            message_id = message_id or self.tracker.find(report)
            record = self.tracker.track(message_id, [report])
        except InvalidReport as invalid:
            wrong = error(INVALID, "This is not a delivery report", invalid.field)
            raise RequestRejected(400, "no report", wrong) from None
        except NoRecord:
            raise RequestRejected(404, "no record", error(NOT_FOUND, "No message has this id")) from None
        except Mismatch as other:
            wrong = error(INVALID, "The report belongs to another message", f"payload[{other}]")
            raise RequestRejected(409, f"other {other}", wrong, message_id=message_id) from None
        ids = {"message_id": record.id, "omnimessage_id": report.omnimessage_id}
        logger.info("report", extra={**ids, "delivery": record.delivery})
        count(Metric.REPORT)
        return record.id
