"""Looks at what nobody tells us: the table's stream, the dead-letter queue, and what time alone changes."""

import threading
import time
from datetime import datetime
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.records.expressions import decoded
from tests.local.stack import Letter, Stream
from tests.local.start import Local
from tests.page.desk import Desk
from tests.page.story import Story, read

EVERY = 0.2  # seconds
SCANNING = 1.0  # seconds between two looks at the list of opt-outs, which has no stream
HIDDEN = 1  # seconds that a letter is hidden from others; `rcs dead-letters` reads until it finds nothing more
READING = 1.5  # seconds between two readings of the dead-letter queue: each hides the letters from others for a moment


class Watch:
    """A context manager around the thread that looks."""

    def __init__(self, local: Local, story: Story, desk: Desk) -> None:
        self._local, self._story, self._desk = local, story, desk
        self._stream = Stream(local.stack)
        self._known: set[tuple[str, int]] = set()
        self._opt_outs: dict[str, dict[str, Any]] = {}
        self._letters = 0
        self._next_reading = self._next_scan = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.wait(EVERY):
            try:
                self._look()
            except (ClientError, BotoCoreError) as failure:
                # The emulator is busy, or it has just been stopped.
                if self._over.wait(1):
                    return
                print(f"the page could not look at the emulator: {type(failure).__name__}", flush=True)

    def _look(self) -> None:
        for each in self._stream.new():
            old, new = (_image(each["dynamodb"], name) for name in ("OldImage", "NewImage"))
            self._story.recorded(_time_of(new), old, new)
        self._look_at_letters()
        self._look_at_opt_outs()
        self._story.look_at_the_clock()
        self._desk.look_at_settings()

    def _look_at_opt_outs(self) -> None:
        if time.monotonic() < self._next_scan:
            return
        self._next_scan = time.monotonic() + SCANNING
        before, self._opt_outs = self._opt_outs, self._local.stack.opt_outs()
        for to, each in self._opt_outs.items():
            if each.get("state") != before.get(to, {}).get("state"):
                self._desk.show_opt_out(each)

    def _look_at_letters(self) -> None:
        stack = self._local.stack
        if (
            time.monotonic() < self._next_reading
            or (count := stack.waiting(stack.dead_letter_queue_url)) == self._letters
        ):
            return
        self._next_reading = time.monotonic() + READING
        found = {each.message_id: _as_shown(each) for each in stack.receive(stack.dead_letter_queue_url, HIDDEN)}
        letters = sorted(found.values(), key=lambda each: each["at"])
        for each in letters:
            if (each["id"], each["at"]) not in self._known:
                self._known.add((each["id"], each["at"]))
                self._story.buried(each["id"], each["at"] / 1000, each)
        # What another program reads at this moment is hidden from us, and not gone.
        if len(letters) == count:
            self._letters = count
            self._desk.show_letters(letters)


def _time_of(item: dict[str, Any] | None) -> float:
    """Return when an item was written, by its own clock: the stream knows the second only."""
    written = (item or {}).get("updated_at")
    return datetime.fromisoformat(written).timestamp() if written else time.time()


def _image(images: dict[str, Any], name: str) -> dict[str, Any] | None:
    """Return an image of an item as JSON has it, which knows no sets."""
    if name not in images:
        return None
    item = decoded(images[name])
    return {key: sorted(value) if isinstance(value, frozenset) else value for key, value in item.items()}


def _as_shown(letter: Letter) -> dict[str, Any]:
    given = letter.attributes
    return {
        "id": given.get("message_id") or f"sqs:{letter.message_id}",
        "reason": given.get("reason", "given up"),
        "errors": read(given.get("errors", "[]")),
        "body": read(letter.body),
        "at": letter.at,
    }
