"""What the policies rely on and the emulator does not know of IAM; runs on the emulator's own Python.

AWS fills in `dynamodb:LeadingKeys` with the partition keys that a request names, and `events:source` and
`events:detail-type` with those of the events that it puts. A batch of SQS needs the permission of the single call.
"""

import importlib
import json
from typing import Any

actions: Any = importlib.import_module("ministack.core.iam_actions")  # of another environment: no types here
_of_dynamodb, _of_tags = actions.dynamodb_service_context, actions.request_tag_context
_of_target = actions._action_from_target  # noqa: SLF001 - the one place that names the action of such a call
_BATCHES = {f"{action}Batch": action for action in ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")}


def teach() -> None:
    """Add the keys to those that the emulator looks up for each request, and name batches as IAM does."""
    actions._action_from_target = lambda headers: _BATCHES.get(found := _of_target(headers), found)  # noqa: SLF001
    actions.dynamodb_service_context = lambda body: _of_dynamodb(body) | _leading_keys(json.loads(body or b"{}"))
    actions.request_tag_context = lambda service, action, body, parameters: (
        _of_tags(service, action, body, parameters)
        | (_event(json.loads(body or b"{}")) if action == "events:PutEvents" else {})
    )


def _leading_keys(request: dict[str, Any]) -> dict[str, Any]:
    """Read the partition key of the one item that a request is about; all tables here have a single key attribute."""
    item = request.get("Key") or request.get("Item") or {}
    keys = [value for name in ("id", "to") for value in item.get(name, {}).values()]
    return {"dynamodb:LeadingKeys": keys[:1]} if keys else {}


def _event(request: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for key, field in (("events:source", "Source"), ("events:detail-type", "DetailType")):
        values = sorted({entry.get(field, "") for entry in request.get("Entries", [])})
        # StringEquals takes one value: a call with several fits no policy that names one.
        found[key] = values[0] if len(values) == 1 else "several"
    return found
