"""Start the emulator behind a front of ours: `python -m tests.local.front`, on the emulator's own Python.

The front serves programs of this machine alone: whoever may make a function runs code. Towards the emulator it stands
for a TLS front, because our queue policies deny what is not TLS; certificates for a loopback socket would prove nothing
more and cost time.
"""

import importlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.local import condition_keys, function_logs
from tests.local.visitors import Refusal, refusal

type Send = Callable[[dict[str, Any]], Awaitable[None]]


emulator: Any = importlib.import_module("ministack.app")  # of another environment: no types here
_serve = emulator.app


async def front(scope: dict[str, Any], receive: Any, send: Send) -> None:
    async def send_without_invitation(message: dict[str, Any]) -> None:
        # The emulator allows every site to read each of its answers.
        if message["type"] == "http.response.start":
            kept = [each for each in message["headers"] if not each[0].lower().startswith(b"access-control-")]
            message = {**message, "headers": kept}
        await send(message)

    if scope["type"] == "lifespan":
        await _serve(scope, receive, send)
    elif refused := refusal((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]):
        await _refuse(scope["type"], refused, send)
    else:
        behind_tls = {**scope, "scheme": "https"} if scope["type"] == "http" else scope
        await _serve(behind_tls, receive, send_without_invitation)


async def _refuse(kind: str, refused: Refusal, send: Send) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close"})  # before it is accepted: answered with 403
        return
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(refused.body).encode()})


if __name__ == "__main__":
    condition_keys.teach()
    function_logs.teach()
    emulator.app = front
    emulator.main()
