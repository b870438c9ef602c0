"""Server-sent events: what changes is told to every open page."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

HEARTBEAT = 10.0  # seconds without an event, after which a comment shows that the connection is alive
_MOST = 2000  # events that a page may lag behind; then it is cut off, and reads the whole state again


class _Listener:
    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.waiting = asyncio.Queue[str | None](_MOST)

    def put(self, text: str | None) -> None:
        """Hand over a text, or the end; called in the loop of the listener."""
        if self.waiting.full():
            self.waiting = asyncio.Queue(_MOST)
            text = None
        self.waiting.put_nowait(text)


class Feed:
    """Any thread publishes; each listener hears all that is published from then on, in order, until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: set[_Listener] = set()
        self._is_over = False

    def publish(self, event: str, data: Any) -> None:
        # JSON has no line breaks of its own, so that one line of `data` is enough.
        self._tell(f"event: {event}\ndata: {json.dumps(data)}\n\n")

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._is_over = True
        self._tell(None)

    def _tell(self, text: str | None) -> None:
        with self._lock:
            for each in self._listeners:
                each.loop.call_soon_threadsafe(each.put, text)

    async def listen(self) -> AsyncIterator[str]:
        """Yield events as they come, in the format of server-sent events."""
        listener = _Listener()
        with self._lock:
            self._listeners.add(listener)
        try:
            yield "retry: 500\n\n"
            while not self._is_over and (text := await self._next(listener)) is not None:
                yield text
        finally:
            with self._lock:
                self._listeners.discard(listener)

    async def _next(self, listener: _Listener) -> str | None:
        try:
            return await asyncio.wait_for(listener.waiting.get(), HEARTBEAT)
        except TimeoutError:
            return ": still here\n\n"
