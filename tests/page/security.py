"""Who may use the page: a browser or a program on this machine, and no other site that a browser has open."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messente_rcs.errors import INVALID, error
from tests.local.visitors import refusal

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
_READS = {"GET", "HEAD"}


class Guard:
    """Refuses what is not ours, and gives every answer the headers. `port` is the page's."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> JSONResponse | None:
        if refused := refusal(headers.items(), self._hosts):
            return JSONResponse(refused.body, refused.status)
        if method not in _READS and headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            # A site may send JSON only to a server that agrees.
            return JSONResponse({"errors": [error(INVALID, "Must be application/json", "header[Content-Type]")]}, 415)
        return None
