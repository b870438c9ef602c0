"""Publishes the changes of messages: the function on the table's stream."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from messente_rcs.aws.bus import Bus
from messente_rcs.functions import ready
from messente_rcs.functions.wiring import PublishParts
from messente_rcs.telemetry import flush, logger
from messente_rcs.triggers.stream import Changes

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_parts = PublishParts.from_environment(os.environ)
_bus = Bus(_parts.aws("events"), _parts.settings.event_bus_name, _parts.sleep)
_changes = Changes(_bus, _parts.queues, with_recipient=_parts.settings.publish_recipient)
ready()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Publish one batch of the stream."""
    logger.append_keys(function_request_id=context.aws_request_id)
    with flush():
        return _changes.handle(event["Records"], lambda: context.get_remaining_time_in_millis() / 1000)
