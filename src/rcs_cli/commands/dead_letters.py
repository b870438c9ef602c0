"""`dead-letters` and `discard`."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from rcs_cli.command import Rcs, YesOption
from rcs_cli.letters import Letter, LimitOption, Of, OfOption, Reason, ReasonOption, attempt, queue_of
from rcs_cli.problems import USAGE, Problem, details

_GONE = "or has gone: it was not seen again. rcs dead-letters lists what is there"
_SEE = "See rcs dead-letters, and --limit."
_FIXED = "once the cause is fixed: "
_NEXT: dict[str, str] = {
    **{reason: f"{_FIXED}rcs redrive --reason {reason}" for reason in Reason},
    **dict.fromkeys((Reason.INVALID, Reason.REJECTED), "correct each: rcs redrive ID --with FILE"),
    Reason.CONFLICT: "its id belongs to another message, so give it another key: rcs redrive ID --with FILE",
}


def dead_letters(
    rcs: Rcs,
    *,
    of: OfOption = Of.MESSAGES,
    reason: ReasonOption = None,
    bodies: Annotated[bool, typer.Option("--bodies", help="Show the bodies, with the texts of messages.")] = False,
    limit: LimitOption = 1000,
) -> None:
    """The letters stay in their queue."""
    queue = queue_of(rcs.stack, of)
    with queue.read(limit) as letters:
        listed = [_as_json(each, bodies=bodies) for each in letters if reason in (None, each.reason)]
        more = max(0, queue.count() - len(letters))
    rcs.output.json({"letters": listed, "more": more})
    if not listed and not more:
        rcs.output.say("There are no dead letters." if reason is None else "No dead letter has this reason.")
    for name, number in Counter(each["reason"] for each in listed).most_common():
        known = _NEXT.get(name, "") if of is Of.MESSAGES else f"{_FIXED}rcs replay {of}"
        next_ = f"{known}{rcs.options}" if known else "a reason that this version of rcs does not know"
        rcs.output.say(f"{name}: {number}; {next_}")
        shown = [rcs.output.shown(each) for each in listed if each["reason"] == name]
        rows = [(each["id"], each["sent_at"], "\n".join(details(each["errors"]))) for each in shown]
        rcs.output.table(("id", "since", "errors"), rows)
        for each in shown if bodies else ():
            rcs.output.say(f"{each['id']}: {each['body']}")
    if more:
        rcs.output.say(f"About {more} more were not read: raise --limit, or wait until nobody else reads them.")


def _as_json(letter: Letter, *, bodies: bool) -> dict[str, Any]:
    shown = ("id", "sqs_id", "reason", "errors", "sent_at", "group", *(("body",) if bodies else ()))
    return {name: getattr(letter, name) for name in shown}


def discard(  # noqa: PLR0913 - each is an option
    rcs: Rcs,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, as listed; else --reason.")] = None,
    *,
    of: OfOption = Of.MESSAGES,
    reason: ReasonOption = None,
    keep: Annotated[str | None, typer.Option("--keep", metavar="FILE", help="First write them to a new file.")] = None,
    yes: YesOption = False,
    limit: LimitOption = 1000,
) -> None:
    if (not ids) == (reason is None):
        raise Problem("Name IDs, or one --reason.", USAGE)
    rcs.check_consent(yes=yes)
    queue = queue_of(rcs.stack, of)
    with queue.read(limit) as letters:
        meant = _meant(letters, ids or [], reason)
    # The letters are back in their queue while the user thinks: SQS hides them for a limited time only.
    rcs.confirm(f"{len(meant)} dead letters will be deleted for good. Go on?", yes=yes)
    with queue.read(limit) as letters:
        discarded = [each for each in letters if each.sqs_id in meant]
        if keep:
            _write(keep, discarded)
        deletions = attempt(queue, discarded, lambda _: None)
        seen = {each.sqs_id for each in discarded}
        deletions.stayed += [{"id": name, "why": _GONE} for sqs_id, name in meant.items() if sqs_id not in seen]
        done = [each.id for each, _ in deletions.done]
        rcs.output.say(f"{len(done)} of {len(meant)} dead letters were deleted.")
        deletions.end(rcs, more=bool(reason) and len(letters) == limit, discarded=done)


def _meant(letters: Sequence[Letter], ids: Sequence[str], reason: Reason | None) -> dict[str, str]:
    found = [each for each in letters if reason == each.reason or {each.id, each.sqs_id} & set(ids)]
    named = {name for each in found for name in (each.id, each.sqs_id)}
    if missing := [each for each in ids if each not in named]:
        raise Problem(f"No letter that was read has the id {missing[0]}. Nothing was deleted. {_SEE}")
    if not found:
        raise Problem(f"No letter that was read has this reason. {_SEE}")
    return {each.sqs_id: each.id for each in found}


def _write(path: str, letters: Sequence[Letter]) -> None:
    """Write letters as lines of JSON into a new file that only its owner can read: they have texts and numbers."""
    lines = [json.dumps(_as_json(each, bodies=True)) + "\n" for each in letters]
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failure:
        why = failure.strerror or type(failure).__name__
        raise Problem(f"The letters could not be written to {path} ({why}). Nothing was deleted.") from None
