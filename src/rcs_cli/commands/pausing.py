"""`pause` and `resume`: stop sending, and restore what stood before.

A tag of the sending function says since when, and what stood before; it is written first and removed last, so that
either command can be repeated after it broke off. The queue's mapping is off before the concurrency is 0, and on after
it: a batch that Lambda throttles would count as a receive of each of its messages.
"""

import re
from typing import Annotated, Any

import typer

from messente_rcs.records.record import timestamp
from rcs_cli.command import Rcs
from rcs_cli.problems import Problem
from rcs_cli.stack import PAUSED

_LOOKS, _PAUSE = 60, 2.0  # how often the state of the mapping is looked at, and the seconds in between
_NONE = "none"


def pause(
    rcs: Rcs,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also stop the HTTP API and direct invocations.")] = False,
) -> None:
    """Messages wait there, for 4 days at most. What is being sent ends as usual.

    Delivery reports, inbound messages and the reconciliation go on.
    """
    stack, client = rcs.stack, rcs.stack.client("lambda")
    name = stack.output("FunctionName")
    reserved = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", _NONE)
    state = "Disabled" if _mapping(client, name)["State"] in ("Disabled", "Disabling") else "Enabled"
    if stack.pause_note is None or (state == "Enabled" and reserved != 0):
        note = f"{timestamp(rcs.world.clock())} {state} {reserved}"
        client.tag_resource(Resource=stack.output("FunctionArn"), Tags={PAUSED: note})
    _switch(rcs, name, "Disabled")
    rest = f"Go on: rcs resume{rcs.options}"
    if everything:
        client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        rest = f"The API answers 503. Asynchronous invocations become dead letters (rcs redrive).\n{rest}"
    rcs.output.json({"paused": True, "all": everything})
    rcs.output.say(f"Sending from the queue is paused. The queue keeps a message for 4 days.\n{rest}")


def resume(rcs: Rcs) -> None:
    stack, client = rcs.stack, rcs.stack.client("lambda")
    name, note = stack.output("FunctionName"), stack.pause_note
    if note is None:
        rcs.output.json({"resumed": False})
        rcs.output.say("Nothing was paused by rcs pause. rcs doctor says what else may be stopped.")
        return
    if not re.fullmatch(rf"\S+ (Enabled|Disabled) (\d+|{_NONE})", note, re.ASCII):
        remove = stack.aws("lambda untag-resource", resource=stack.output("FunctionArn"), tag_keys=[PAUSED])
        raise Problem(f"The tag {PAUSED} was edited. Remove it, and rcs doctor says what starts the function: {remove}")
    _, state, reserved = note.split()
    if stack.is_stopped(name):
        if reserved == _NONE:
            client.delete_function_concurrency(FunctionName=name)
        else:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
    _switch(rcs, name, state)
    client.untag_resource(Resource=stack.output("FunctionArn"), TagKeys=[PAUSED])
    rcs.output.json({"resumed": True})
    reserved = client.get_function_concurrency(FunctionName=name).get("ReservedConcurrentExecutions", _NONE)
    rcs.output.say(f"Resumed: the queue's mapping is {state}, reserved concurrency is {reserved}.")


def _switch(rcs: Rcs, function: str, wanted: str) -> None:
    client = rcs.stack.client("lambda")
    for _ in range(_LOOKS):
        mapping = _mapping(client, function)
        if mapping["State"] == wanted:
            return
        if mapping["State"] in ("Disabled", "Enabled"):  # while it changes, Lambda takes no other change
            client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=wanted == "Enabled")
        rcs.world.sleep(_PAUSE)
    raise Problem(f"The queue's mapping is not {wanted} yet. Run the same command again.")


def _mapping(client: Any, function: str) -> dict[str, Any]:
    match client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]:
        case [mapping]:
            return dict(mapping)
    raise Problem("The function has no mapping to its queue, or more than one. rcs doctor says what to do.")
