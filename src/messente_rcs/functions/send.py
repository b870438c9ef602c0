"""Takes messages in: the function behind the queue, the API, EventBridge and direct invocation."""

from messente_rcs.functions.wiring import entry_point, sending
from messente_rcs.settings import SendSettings

lambda_handler = entry_point(
    SendSettings, sending, lambda triggers, event, remaining, request_id: triggers.handle(event, remaining, request_id)
)
