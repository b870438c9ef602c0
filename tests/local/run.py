"""Send messages through the real template on this machine: `python -m tests.local.run [EVENT_FILE...]`.

Without a file, one message goes through SQS and one through the HTTP API. The exit code is 0 only if every message came
to an end that its record, the dead-letter queue and the stand-in's accept log agree on.
"""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from tests.local.events import Trace, send
from tests.local.process import NotReady, poll, step, stop_at_signals
from tests.local.stack import Letter, Stack
from tests.local.start import start
from tests.standin.messente import Delays
from tests.standin.server import Server

SECONDS = 300  # a message that its first attempt dropped is hidden for 180 of them

TWO_MESSAGES = ("events/sqs-text.json", "events/api-v2-text.json")

type End = dict[str, Any] | Letter | None


def wait(stack: Stack, traces: Sequence[Trace]) -> list[End]:
    """Wait until each message has come to its end, or the time is up."""
    ends: list[End] = []

    def look() -> bool | None:
        ends[:] = [trace.end(stack) for trace in traces]
        # A function that does not start will not get better by waiting.
        return True if None not in ends or "Worker init failed" in stack.emulator.log() else None

    with step(f"waiting for {len(traces)} to come to an end"), suppress(NotReady):
        poll(look, SECONDS, "messages without an end", every=0.2)
    return ends


def show(trace: Trace, end: End) -> None:
    print(f"\n{trace.message_id}")
    match end:
        case None:
            print("  MISSING: neither a finished record nor a dead letter")
            rows = {}
        case Letter():
            print("  lies in the dead-letter queue")
            rows = end.attributes
        case _:
            ids = ", ".join(f"{each['channel']} {name}" for name, each in end.get("messages", {}).items())
            rows = {"state": end["state"], "omnimessage_id": end.get("omnimessage_id", "-"), "message_ids": ids or "-"}
    for name, value in rows.items():
        print(f"  {name:<15} {value}")


def follow(stack: Stack, standin: Server, ends: Sequence[End]) -> list[End]:
    """Let the delivery reports come, print what they change, and return the records as they are then."""
    print(f"\nMessente reports on {stack.outputs['CallbackUrl']}:")
    standin.courier.enabled = True
    with suppress(NotReady):
        poll(lambda: standin.courier.pending == 0 or None, SECONDS, "the delivery reports")
    after = [stack.item(end["id"]) if isinstance(end, dict) else end for end in ends]
    for before, now in zip(ends, after, strict=True):
        if isinstance(now, dict) and word(before) != word(now):
            print(f"  {now['id']}: {word(before)} -> {word(now)}")
    return after


def word(end: End) -> str:
    """Say in a word or two how far a message is."""
    if not isinstance(end, dict):
        return "-"
    return f"{end['state']}, {end['delivery']}" if "delivery" in end else str(end["state"])


def agree(ends: Sequence[End], accepted: Sequence[str]) -> bool:
    """Compare the records with the accept log; an acceptance without a known id must belong to an unknown record."""
    # One record may be reached by several messages: the same id handed in again.
    records = {end["id"]: end for end in ends if isinstance(end, dict)}.values()
    known = {each["omnimessage_id"] for each in records if "omnimessage_id" in each}
    unknown = [each for each in records if each["state"] == "unknown"]
    lost = [each for each in accepted if each not in known]
    print(f"\nrecords with an omnimessage_id: {len(known)}; accepted by the stand-in for Messente: {len(accepted)}")
    if lost:
        print(f"accepted, but the answer was lost: {len(lost)}; records that say unknown: {len(unknown)}")
    return known <= set(accepted) and len(lost) <= len(unknown) and len(set(accepted)) == len(accepted)


def run(events: dict[str, Any], *, all_sent: bool) -> int:
    """Do it all; 0 if nothing is missing."""
    with ExitStack() as resources:
        # Reports wait until the records have been shown as they are without them.
        local = start(resources, delays=Delays(report=0.4, retry=2), reports=False, DefaultSender="Example")
        stack, standin = local.stack, local.standin
        traces = list[Trace]()
        for name, event in events.items():
            with step(f"sending through {name}"):
                sent = send(stack, event)
            for trace in sent:
                print("  " + trace.said.replace("\n", "\n  "))
            traces += [trace for trace in sent if trace.message_id]
        ends = wait(stack, traces)
        print(f"\nIn DynamoDB table {stack.table} and the dead-letter queue:")
        for trace, end in zip(traces, ends, strict=True):
            show(trace, end)
        ends = follow(stack, standin, ends)
        good = agree(ends, [each.omnimessage_id for each in standin.messente.accepted]) and None not in ends
        if all_sent:
            good = good and all(word(end) == "sent, seen" for end in ends)
        if not good:
            print("\nSomething is missing. The end of the function's log:", *stack.logs()[-20:], sep="\n  ")
    return 0 if good else 1


def main(arguments: Sequence[str]) -> int:
    stop_at_signals()
    begin = time.monotonic()
    try:
        events = {name: json.loads(Path(name).read_text()) for name in arguments or TWO_MESSAGES}
        code = run(events, all_sent=not arguments)
    except (NotReady, OSError, ValueError) as failure:
        print(f"make run: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
        return 130
    print(f"\n{'everything is there' if code == 0 else 'FAILED'}, {time.monotonic() - begin:.1f} s in all; all stopped")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
