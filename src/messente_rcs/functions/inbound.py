"""Takes messages from recipients: the function behind the public callback API, and behind its own queue."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from messente_rcs.functions import ready
from messente_rcs.functions.receiving import InboundParts
from messente_rcs.telemetry import flush, logger
from messente_rcs.triggers.inbound import InboundMessages

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_parts = InboundParts.from_environment(os.environ)
_inbound = InboundMessages(_parts.shared_secrets, _parts.inbox, _parts.inbound_queue, _parts.clock)
ready()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one call of Messente, or handle one batch of deferred messages."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _inbound.handle(event)
