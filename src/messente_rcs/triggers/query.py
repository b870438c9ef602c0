"""The parameters of a request: one that is not known where it stands is an error, and never ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from messente_rcs.errors import INVALID, error
from messente_rcs.payload.problems import InvalidPayload

if TYPE_CHECKING:
    from collections.abc import Mapping

DRY_RUN = "dry_run"
DRY_RUN_VALUES = {"true": True, "false": False}

_SIGNATURE = "x-amz-"  # how the parameters of a URL begin that is signed in its query

_SOURCE = f"query[{DRY_RUN}]"


def check(query: Mapping[str, str], *known: str) -> None:
    """Raise InvalidPayload with an error for each parameter that is not known."""
    unknown = [name for name in query if name not in known and not name.lower().startswith(_SIGNATURE)]
    if unknown:
        detail = f"The parameters that are known here: {', '.join(known)}" if known else "No parameter is known here"
        raise InvalidPayload([error(INVALID, detail, f"query[{name}]") for name in unknown])


def read_dry_run(query: Mapping[str, str]) -> bool:
    """Tell whether a message is not to be sent; raises InvalidPayload for any other value, and for nearly this name.

    A message must not go out because its sender wrote dryRun, or gave the parameter twice.
    """
    for name in query:
        if name != DRY_RUN and "".join(filter(str.isalpha, name)).casefold().startswith("dry"):
            raise InvalidPayload([error(INVALID, f"The name of the parameter is {DRY_RUN}", _SOURCE)])
    try:
        return DRY_RUN_VALUES[query.get(DRY_RUN, "false")]
    except KeyError:
        raise InvalidPayload([error(INVALID, "Must be true or false, once", _SOURCE)]) from None
