"""Takes messages from recipients: the function behind the public callback API, and behind its own queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from messente_rcs.functions.wiring import inbound, start
from messente_rcs.settings import InboundSettings
from messente_rcs.telemetry import flush, logger

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_inbound = start(InboundSettings, inbound)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one call of Messente, or handle one batch of deferred messages."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _inbound.handle(event)
