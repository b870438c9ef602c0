"""The batches in which Lambda hands over what is in a queue of SQS."""

from __future__ import annotations


def batch_of(event: object) -> list[object] | None:
    """Return the records of an event of SQS, and of none but SQS."""
    match event:
        case {"Records": [*records]} if any(_is_of_sqs(each) for each in records):
            return records
    return None


def sqs_id(record: object) -> str | None:
    """Return the name of a record, by which it is reported as failed."""
    match record:
        case {"messageId": str() as name}:
            return name
    return None


def _is_of_sqs(record: object) -> bool:
    return isinstance(record, dict) and record.get("eventSource") == "aws:sqs"
