"""Condition keys that the policies use and the emulator does not know; runs on the emulator's own Python.

AWS fills in `dynamodb:LeadingKeys` with the partition keys that a request names, and `events:source` with the sources
of the events that it puts.
"""

import importlib
import json
from typing import Any

actions: Any = importlib.import_module("ministack.core.iam_actions")  # of another environment: no types here
_of_dynamodb, _of_tags = actions.dynamodb_service_context, actions.request_tag_context


def teach() -> None:
    actions.dynamodb_service_context = lambda body: _of_dynamodb(body) | _leading_keys(_object(body))
    actions.request_tag_context = lambda service, action, body, parameters: (
        _of_tags(service, action, body, parameters) | (_source(_object(body)) if action == "events:PutEvents" else {})
    )


def _leading_keys(request: dict[str, Any]) -> dict[str, Any]:
    """Read the partition key of the one item that a request is about; all tables here have a single key attribute."""
    item = request.get("Key") or request.get("Item") or {}
    keys = [value for name in ("id", "to") for value in item.get(name, {}).values()]
    return {"dynamodb:LeadingKeys": keys[:1]} if keys else {}


def _source(request: dict[str, Any]) -> dict[str, Any]:
    sources = sorted({entry.get("Source", "") for entry in request.get("Entries", [])})
    # StringEquals takes one value: a call with several sources fits no policy that names one.
    return {"events:source": sources[0] if len(sources) == 1 else "several sources"}


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
