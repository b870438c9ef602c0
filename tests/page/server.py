"""Serves the page from a thread of its own, over what `local.start` has started."""

import threading
from contextlib import ExitStack
from typing import Self

import uvicorn

from tests.local.process import PATIENCE, free_port, poll
from tests.local.start import Local
from tests.page.app import app
from tests.page.desk import Desk
from tests.page.feed import Feed
from tests.page.story import Story
from tests.page.watching import Watch


class Page:
    """A context manager; `url` is where a browser finds the page. With the port 0 it is at any free one."""

    def __init__(self, local: Local, port: int = 0) -> None:
        port = port or free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._local, self._feed = local, Feed()
        self._story = Story(local.standin.messente, self._feed)
        self.desk = Desk(local, self._story, self._feed, self.url)
        config = uvicorn.Config(
            app(self.desk, self._feed, port),
            host="127.0.0.1",
            port=port,
            log_level="warning",
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="page")
        self._resources = ExitStack()

    def __enter__(self) -> Self:
        messente, courier = self._local.standin.messente, self._local.standin.courier
        messente.on_request, messente.on_reply = self._story.posted, self._story.answered
        courier.on_delivery = self._story.reported
        with ExitStack() as entering:
            entering.enter_context(Watch(self._local, self._story, self.desk))
            self._thread.start()
            entering.callback(self._stop)
            poll(lambda: self._server.started or None, PATIENCE, "the page")
            self._resources = entering.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def _stop(self) -> None:
        self._feed.close()
        self._server.should_exit = True
        self._thread.join()
