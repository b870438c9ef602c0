"""Errors in the one shape that Messente and we answer with: `errors: [{code, title, detail, source}]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

# Messente's codes of the Omnichannel API (OpenAPI 2.1.0, ErrorItemOmnichannel). They are strings there.
TITLES = {
    "101": "Not found",
    "102": "Forbidden",
    "103": "Unauthorized",
    "104": "Internal Server Error",
    "105": "Invalid data",
    "106": "Missing data",
    "107": "Method not allowed",
}

NOT_FOUND, FORBIDDEN, UNAUTHORIZED, SERVER_ERROR, INVALID, MISSING, METHOD_NOT_ALLOWED = TITLES


class Error(TypedDict):
    """One error; `source` names the field as `payload[rcs][sender]`, None where no field is to blame."""

    code: str
    title: str
    detail: str
    source: str | None


def error(code: str, detail: str, source: str | None = None) -> Error:
    """Build an Error. `detail` must not repeat what the caller sent: it travels into queues and answers."""
    return {"code": code, "title": TITLES[code], "detail": detail, "source": source}


def aws_code(failure: ClientError | BotoCoreError) -> str:
    """Name what an AWS call failed with, safe to log: its error code, or the kind of failure on our side."""
    return failure.response["Error"].get("Code", "") if isinstance(failure, ClientError) else type(failure).__name__
