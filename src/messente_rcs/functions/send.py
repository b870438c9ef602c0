"""Takes messages in: the function behind the queue, the API and direct invocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.functions.wiring import sending, start
from messente_rcs.settings import SendSettings
from messente_rcs.telemetry import logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_triggers = start(SendSettings, sending)


def lambda_handler(event: Any, context: LambdaContext) -> Any:
    """Handle an SQS batch, an API Gateway request, an EventBridge event or a payload handed in directly."""
    logger.append_keys(function_request_id=context.aws_request_id)
    return _triggers.handle(event, lambda: context.get_remaining_time_in_millis() / 1000, context.aws_request_id)
