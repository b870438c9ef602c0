"""Serves the page: its files, and the JSON API that the page, tests and scripts use, to this machine alone."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messente_rcs.errors import INVALID, error
from tests.local.process import PATIENCE, ROOT, free_port, poll
from tests.local.start import Local
from tests.local.visitors import refusal
from tests.page.desk import Desk
from tests.page.examples import examples
from tests.page.feed import Feed
from tests.page.story import Story
from tests.page.watching import Watch

STATIC = Path(__file__).with_name("static")
SCHEMA = ROOT / "src" / "rcs_openapi" / "payload.schema.json"
MOST_BYTES = 1024 * 1024  # of a body; SQS takes as much
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses what another site that a browser has open sends, and gives every answer the headers."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> JSONResponse | None:
        if refused := refusal(headers.items(), self._hosts):
            return JSONResponse(refused.body, refused.status)
        if method not in {"GET", "HEAD"} and headers.get("content-type", "").partition(";")[0] != "application/json":
            # A site may send JSON only to a server that agrees.
            return JSONResponse({"errors": [error(INVALID, "Must be application/json", "header[Content-Type]")]}, 415)
        return None


def app(desk: Desk, feed: Feed, port: int) -> Starlette:
    routes = [
        Route("/api/state", lambda _: JSONResponse(desk.state())),
        Route("/api/events", lambda _: StreamingResponse(feed.listen(), media_type="text/event-stream")),
        Route("/api/schema", lambda _: FileResponse(SCHEMA, media_type="application/schema+json")),
        Route("/api/examples", lambda _: JSONResponse(examples())),
        _route("/api/messages", desk.send),
        _route("/api/validate", desk.validate),
        _route("/api/people", desk.people),
        _route("/api/settings", desk.set),
        _route("/api/faults", desk.fault),
        _route("/api/faults", desk.fault, "DELETE"),
        _route("/api/messages/{message_id}/reports", desk.report),
        _route("/api/inbound", desk.write),
        Mount("/", StaticFiles(directory=STATIC, html=True, check_dir=False)),
    ]
    handlers: dict[Any, Any] = {ValidationError: _invalid, HTTPException: _http_error}
    return Starlette(routes=routes, middleware=[Middleware(Guard, port=port)], exception_handlers=handlers)


def _route(path: str, act: Callable[..., Any], method: str = "POST") -> Route:
    """Serve what takes the fields of a JSON object as its arguments."""

    async def endpoint(request: Request) -> Response:
        body = await request.body()
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"Must have at most {MOST_BYTES} bytes")
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            raise HTTPException(400, "Must be a JSON object")
        return JSONResponse(await run_in_threadpool(act, **{**asked, **request.path_params}))

    return Route(path, endpoint, methods=[method])


def _invalid(_: Request, wrong: ValidationError) -> Response:
    lines = wrong.errors(include_url=False, include_input=False)
    return JSONResponse(
        {"errors": [error(INVALID, each["msg"], ".".join(map(str, each["loc"]))) for each in lines]}, 400
    )


def _http_error(_: Request, failure: HTTPException) -> Response:
    return JSONResponse({"errors": [error(INVALID, failure.detail)]}, failure.status_code, failure.headers)


class Page:
    """The page in a thread of its own, a context manager; `url` is where a browser finds it. Port 0 is any free one."""

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
