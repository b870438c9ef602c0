"""Publishes the changes of messages: the function on the table's stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.functions.wiring import changes, start
from messente_rcs.settings import PublishSettings
from messente_rcs.telemetry import flush, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_changes = start(PublishSettings, changes)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish one batch of the stream."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _changes.handle(event["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
