"""Lambda's part between the stream and the publishing function, played in a thread, and a listener on the bus.

The emulator's own mapping drops what a partial batch response names, so it is off during a run.
"""

import json
from typing import Any

from tests.chaos.background import Background
from tests.local.stack import Stack, Stream
from tests.support.consumer import Listener
from tests.support.mapping import Mapping, passes

type Change = tuple[str, int]

SMALL = 25  # changes in a batch: fewer than the template has, so that the trouble meets many batches
PAUSE = 0.2  # seconds between two looks at a stream that has nothing new


class Publishing(Background):
    """Publishes until its end. `changes` is what the stream has, `told` what the listener heard of: ids, revisions."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(self._publish)
        self.changes: set[Change] = set()
        self.told: set[Change] = set()
        self._stack = stack
        self._listener = Listener(stack, "listener", "RCS Message Changed")
        self._function = stack.resource("PublishFunction")
        stack.take_from("PublishFunctionChanged", enabled=False)
        self._idle = 0  # rounds that found nothing

    def settle(self, seconds: float) -> None:
        idle = self._idle
        self.wait_until(lambda: self._idle > idle + 1, seconds, "the end of the stream")
        self.told |= {(event["detail"]["id"], event["detail"]["revision"]) for event in self._listener.hear()}

    def set_aside(self) -> set[str]:
        """Name the messages of which a change is a dead letter."""
        url = self._stack.resource("ChangeDeadLetterQueue")
        return {json.loads(each.body)["id"] for each in self._stack.receive(url, hidden=1)}

    def _publish(self) -> None:
        mapping, stream, changes = Mapping(self._invoke, size=SMALL), list[Any](), Stream(self._stack)
        while not self.over.is_set():
            for record in changes.new():
                image = record["dynamodb"]
                del image["ApproximateCreationDateTime"]  # a datetime, which is no JSON
                stream.append(record)
                if passes(record):
                    self.changes.add((image["NewImage"]["id"]["S"], int(image["NewImage"]["revision"]["N"])))
            if not mapping.poll(stream):
                self._idle += 1
                self.over.wait(PAUSE)

    def _invoke(self, event: Any) -> Any:
        return self._stack.invoke(event, function=self._function)
