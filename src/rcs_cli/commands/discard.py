"""`discard`."""

import json
import os
from collections.abc import Sequence
from typing import Annotated

import typer

from rcs_cli.commands.dead_letters import LimitOption, OfOption, ReasonOption, as_json
from rcs_cli.letters import Letter, Of, Reason, queue_of
from rcs_cli.options import Rcs, with_options
from rcs_cli.problems import USAGE, Problem


@with_options
def discard(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Ids that dead-letters shows; else --reason.")
    ] = None,
    *,
    of: OfOption = Of.MESSAGES,
    reason: ReasonOption = None,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="FILE", help="First write the letters to this new file.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    limit: LimitOption = 1000,
) -> None:
    """Throw dead letters away for good: some by their ids, or all with a reason."""
    if (not ids) == (reason is None):
        raise Problem("Name IDs, or one --reason.", USAGE)
    if not yes and not rcs.world.is_terminal():
        raise Problem("Nobody can be asked here: --yes throws the letters away without a question.", USAGE)
    queue = queue_of(rcs.stack, of)
    with queue.read(limit) as letters:
        meant = {each.sqs_id for each in _meant(letters, ids or [], reason)}
    # The letters are back in their queue while the user thinks: SQS hides them for a limited time only.
    rcs.confirm(f"{len(meant)} dead letters will be deleted for good. Go on?", yes=yes)
    with queue.read(limit) as letters:
        discarded = [each for each in letters if each.sqs_id in meant]
        if keep:
            _write(keep, discarded)
        for each in discarded:
            queue.remove(each)
    if rcs.output.as_json:
        rcs.output.json({"discarded": [each.id for each in discarded]})
    rcs.output.say(f"{len(discarded)} of {len(meant)} dead letters were deleted.")


def _meant(letters: Sequence[Letter], ids: Sequence[str], reason: Reason | None) -> list[Letter]:
    found = [each for each in letters if reason == each.reason or {each.id, each.sqs_id} & set(ids)]
    named = {name for each in found for name in (each.id, each.sqs_id)}
    if missing := [each for each in ids if each not in named]:
        raise Problem(f"No dead letter has the id {missing[0]}. Nothing was deleted. rcs dead-letters lists them.")
    if not found:
        raise Problem("No dead letter has this reason.")
    return found


def _write(path: str, letters: Sequence[Letter]) -> None:
    """Write letters as lines of JSON into a new file that only its owner can read: they have texts and numbers."""
    lines = [json.dumps(as_json(each, bodies=True)) + "\n" for each in letters]
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failure:
        why = failure.strerror or type(failure).__name__
        raise Problem(f"The letters could not be written to {path} ({why}). Nothing was deleted.") from None
