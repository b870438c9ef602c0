"""Looks after open records: the function on a schedule."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from messente_rcs.functions import ready
from messente_rcs.functions.wiring import ReconcileParts
from messente_rcs.telemetry import flush, logger
from messente_rcs.tracking.reconcile import Reconciler

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_parts = ReconcileParts.from_environment(os.environ)
_reconciler = Reconciler(
    _parts.table,
    _parts.indexes,
    _parts.messente,
    _parts.clock,
    _parts.settings.reconcile_requests,
)
ready()


def lambda_handler(_event: Any, context: LambdaContext) -> dict[str, int]:
    """Do one bounded run and return what it did."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _reconciler.run(lambda: context.get_remaining_time_in_millis() / 1000)
