"""Takes messages from recipients: the function behind the public callback API, and behind its own queue."""

from messente_rcs.functions.wiring import entry_point, inbound
from messente_rcs.settings import InboundSettings

lambda_handler = entry_point(InboundSettings, inbound, lambda inbound, event, *_: inbound.handle(event))
