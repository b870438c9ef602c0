"""Takes Messente's delivery reports in: the function behind the public callback API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.functions.wiring import reports, start
from messente_rcs.settings import ReportSettings
from messente_rcs.telemetry import flush, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_reports = start(ReportSettings, reports)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one call of Messente."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _reports.handle(event)
