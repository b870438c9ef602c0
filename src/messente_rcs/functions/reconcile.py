"""Looks after open records: the function on a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.functions.wiring import reconciler, start
from messente_rcs.settings import ReconcileSettings
from messente_rcs.telemetry import flush, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_reconciler = start(ReconcileSettings, reconciler)


def lambda_handler(_event: Any, context: LambdaContext) -> dict[str, int]:
    """Do one bounded run and return what it did."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _reconciler.run(lambda: context.get_remaining_time_in_millis() / 1000)
