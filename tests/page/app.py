"""The routes of the page: static files, and the JSON API that the page, tests and scripts use."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from messente_rcs.errors import INVALID, error
from tests.local.process import ROOT
from tests.page import asked
from tests.page.asked import Asked, Refused, read
from tests.page.desk import Desk
from tests.page.examples import examples
from tests.page.feed import Feed
from tests.page.security import Guard

STATIC = Path(__file__).with_name("static")
SCHEMA = ROOT / "src" / "rcs_openapi" / "payload.schema.json"
MOST_BYTES = 1024 * 1024  # of a body; SQS takes as much


def app(desk: Desk, feed: Feed, port: int) -> Starlette:
    async def state(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(desk.state))

    async def events(_: Request) -> Response:
        return StreamingResponse(feed.listen(), media_type="text/event-stream")

    async def schema(_: Request) -> Response:
        return JSONResponse(json.loads(SCHEMA.read_text()), media_type="application/schema+json")

    async def payloads(_: Request) -> Response:
        return JSONResponse(examples())

    async def report(request: Request) -> Response:
        message_id = request.path_params["id"]
        return await _answer(request, asked.ByHand, lambda body: desk.report(message_id, body))

    routes = [
        Route("/api/state", state),
        Route("/api/events", events),
        Route("/api/schema", schema),
        Route("/api/examples", payloads),
        _route("/api/messages", asked.Send, desk.send),
        _route("/api/validate", asked.Validate, desk.validate),
        _route("/api/people", asked.People, desk.people),
        _route("/api/settings", asked.Settings, desk.set),
        _route("/api/faults", asked.Fault, desk.fault),
        _route("/api/faults", asked.Fault, desk.fault, "DELETE"),
        Route("/api/messages/{id}/reports", report, methods=["POST"]),
        _route("/api/inbound", asked.Write, desk.write),
        Mount("/", StaticFiles(directory=STATIC, html=True, check_dir=False)),
    ]
    handlers: dict[Any, Any] = {Refused: _refused, HTTPException: _http_error}
    return Starlette(routes=routes, middleware=[Middleware(Guard, port=port)], exception_handlers=handlers)


def _route[T: Asked](path: str, model: type[T], act: Callable[[T], Any], method: str = "POST") -> Route:
    async def endpoint(request: Request) -> Response:
        return await _answer(request, model, act)

    return Route(path, endpoint, methods=[method])


async def _answer[T: Asked](request: Request, model: type[T], act: Callable[[T], Any]) -> Response:
    body = read(model, await _json(request))
    return JSONResponse(await run_in_threadpool(act, body))


async def _json(request: Request) -> Any:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, error(INVALID, f"Must have at most {MOST_BYTES} bytes", "body"))
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, error(INVALID, "Must be JSON", "body")) from None


def _refused(_: Request, refused: Refused) -> Response:
    return JSONResponse({"errors": refused.errors}, refused.status)


def _http_error(_: Request, failure: HTTPException) -> Response:
    return JSONResponse({"errors": [error(INVALID, failure.detail)]}, failure.status_code, failure.headers)
