"""Lambda's part between the stream and the publishing function, played in a thread, and a listener on the bus.

The emulator's own mapping drops what a partial batch response names, so it is off during a run.
"""

import json
import threading
import traceback
from typing import Any, Self

from tests.local.process import NotReady, poll
from tests.local.stack import Stack, Stream
from tests.support.consumer import Listener
from tests.support.mapping import Mapping, passes

type Change = tuple[str, int]

SMALL = 25  # changes in a batch: fewer than the template has, so that the trouble meets many batches
PAUSE = 0.2  # seconds between two looks at a stream that has nothing new


class Publishing:
    """A context manager. `changes` is what the stream has, `told` what the listener heard of: ids with revisions."""

    def __init__(self, stack: Stack) -> None:
        self.changes: set[Change] = set()
        self.told: set[Change] = set()
        self._stack = stack
        self._listener = Listener(stack, "listener", "RCS Message Changed")
        self._function = stack.resource("PublishFunction")
        stack.take_from("PublishFunctionChanged", enabled=False)
        self._over = threading.Event()
        self._idle = 0  # rounds that found nothing
        self._broken: list[str] = []
        self._thread = threading.Thread(target=self._keep)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def settle(self, seconds: float) -> None:
        idle = self._idle
        poll(lambda: self._idle > idle + 1 or self._broken or None, seconds, "the end of the stream", every=PAUSE)
        if self._broken:
            raise NotReady(self._broken[0])
        self.told |= {(event["detail"]["id"], event["detail"]["revision"]) for event in self._listener.hear()}

    def set_aside(self) -> set[str]:
        """Name the messages of which a change is a dead letter."""
        url = self._stack.resource("ChangeDeadLetterQueue")
        return {json.loads(each.body)["id"] for each in self._stack.receive(url, hidden=1)}

    def _keep(self) -> None:
        try:
            mapping, stream, changes = Mapping(self._invoke, size=SMALL), list[Any](), Stream(self._stack)
            while not self._over.is_set():
                records = changes.new()
                for each in records:
                    del each["dynamodb"]["ApproximateCreationDateTime"]  # a datetime, which is no JSON
                self.changes |= {_change(record) for record in records if passes(record)}
                stream += records
                if not mapping.poll(stream):
                    self._idle += 1
                    self._over.wait(PAUSE)
        except Exception:  # noqa: BLE001 - a run in which nothing is published any more proves nothing
            self._broken.append(traceback.format_exc())

    def _invoke(self, event: Any) -> Any:
        return self._stack.invoke(event, function=self._function)


def _change(record: dict[str, Any]) -> Change:
    image = record["dynamodb"]["NewImage"]
    return image["id"]["S"], int(image["revision"]["N"])
