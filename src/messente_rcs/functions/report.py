"""Takes Messente's delivery reports in: the function behind the public callback API."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from messente_rcs.functions import ready
from messente_rcs.functions.wiring import ReportParts
from messente_rcs.telemetry import flush, logger
from messente_rcs.triggers.reports import Reports

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_parts = ReportParts.from_environment(os.environ)
_reports = Reports(_parts.signatures, _parts.tracker)
ready()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one call of Messente."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _reports.handle(event)
