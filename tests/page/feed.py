"""Server-sent events: what changes is told to every open page."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

HEARTBEAT = 10.0  # seconds without an event, after which a comment shows that the connection is alive
_MOST = 2000  # events that a page may lag behind; then it is cut off, and reads the whole state again


class Feed:
    """Any thread publishes; each listener hears all that is published from then on, in order, until `close`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None  # of the listeners
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._is_over = False

    def publish(self, event: str, data: Any) -> None:
        # JSON has no line breaks of its own, so that one line of `data` is enough.
        self._tell(f"event: {event}\ndata: {json.dumps(data)}\n\n")

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._is_over = True
        self._tell(None)

    def _tell(self, text: str | None) -> None:
        if self._loop and self._listeners:
            self._loop.call_soon_threadsafe(self._put, text)

    def _put(self, text: str | None) -> None:
        for waiting in self._listeners:
            is_late = waiting.full()
            while is_late and not waiting.empty():
                waiting.get_nowait()
            waiting.put_nowait(None if is_late else text)

    async def listen(self) -> AsyncIterator[str]:
        """Yield events as they come, in the format of server-sent events."""
        self._loop, waiting = asyncio.get_running_loop(), asyncio.Queue[str | None](_MOST)
        self._listeners.add(waiting)
        try:
            yield "retry: 500\n\n"
            while not self._is_over:
                try:
                    text = await asyncio.wait_for(waiting.get(), HEARTBEAT)
                except TimeoutError:
                    text = ": still here\n\n"
                if text is None:
                    return
                yield text
        finally:
            self._listeners.discard(waiting)
