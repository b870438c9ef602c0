"""The parameter `dry_run` of `POST /messages`: whether the message is not to be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messente_rcs.errors import INVALID, error
from messente_rcs.payload.errors import InvalidPayload

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "dry_run"
VALUES = {"true": True, "false": False}

_SOURCE = f"query[{NAME}]"


def read_dry_run(query: Mapping[str, str]) -> bool:
    """Read the parameter; raises InvalidPayload for any other value, and for what was probably meant as this name.

    A message must not go out because its sender wrote dryRun, or gave the parameter twice.
    """
    for name in query:
        if name != NAME and "".join(filter(str.isalpha, name)).casefold().startswith("dry"):
            raise InvalidPayload([error(INVALID, f"The name of the parameter is {NAME}", _SOURCE)])
    try:
        return VALUES[query.get(NAME, "false")]
    except KeyError:
        raise InvalidPayload([error(INVALID, "Must be true or false, once", _SOURCE)]) from None
