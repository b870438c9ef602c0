"""Call the entry point of a function as Lambda does, with AWS and Messente on a port of this process.

`python -m tests.support.entry_point send 30000 EVENT` prints what came of it as its last line: the answer or the error,
and what AWS and Messente were asked for.
"""

import importlib
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "GetSecretValue": {"SecretString": json.dumps({"username": "u", "password": "p", "inbound_secrets": ["s"]})},
    "Query": {"Items": [], "Count": 0},
}


class _Both(BaseHTTPRequestHandler):
    """AWS, whose requests name their operation in a header, and Messente, whose do not."""

    asked: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
        self.asked.append(operation or self.path)
        accepted = {"omnimessage_id": "o-1", "messages": []}
        body = json.dumps(ANSWERS.get(operation, {}) if operation else accepted).encode()
        self.send_response(200 if operation else 201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def main(function: str, milliseconds: str, event: str) -> None:
    _Both.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Both)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    os.environ |= {"AWS_ENDPOINT_URL": url, "MESSENTE_URL": f"{url}/v1"}
    module = importlib.import_module(f"messente_rcs.functions.{function}")
    context = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: int(milliseconds))
    told: dict[str, Any] = {}
    try:
        told["answer"] = module.lambda_handler(json.loads(event), context)
    except Exception as failure:  # noqa: BLE001 - it is what Lambda would be told
        told["error"] = f"{type(failure).__name__}: {failure}"
    print(json.dumps(told | {"asked": _Both.asked}))


if __name__ == "__main__":
    main(*sys.argv[1:])
