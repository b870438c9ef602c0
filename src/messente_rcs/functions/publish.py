"""Publishes the changes of messages: the function on the table's stream."""

from messente_rcs.functions.wiring import changes, entry_point
from messente_rcs.settings import PublishSettings

lambda_handler = entry_point(
    PublishSettings, changes, lambda changes, event, remaining, _: changes.handle(event["Records"], remaining)
)
