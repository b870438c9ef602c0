"""AWS in one process with canned answers, so that the client is measured: `python -m tests.benchmarks.aws PEM`.

It checks nothing: every write succeeds. GET /requests returns the last requests as [operation, body] and forgets them.
It speaks TLS with the PEM file of certificate and key; its first line of output is its URL.
"""

import asyncio
import json
import ssl
import sys
from collections import deque
from typing import Any

from tests.benchmarks.cpus import leave_one

_MESSAGE = {"channel": {"S": "rcs"}, "sender": {"S": "Example"}}

# A record as ours looks after the record step: each write answers with it (ALL_NEW), each read finds it.
RECORD: dict[str, Any] = {
    "id": {"S": "bench"},
    "state": {"S": "sent"},
    "to": {"S": "+37255510001"},
    "channels": {"L": [{"S": "rcs"}]},
    "payload_hash": {"S": "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"},
    "owner": {"S": "00000000000040008000000000000001"},
    "attempts": {"N": "1"},
    "revision": {"N": "2"},
    "ttl": {"N": "1800000000"},
    "created_at": {"S": "2026-11-23T12:00:00.000Z"},
    "updated_at": {"S": "2026-11-23T12:00:00.250Z"},
    "due": {"S": "2026-11-23T13:00:00.250Z"},
    "due_shard": {"S": "3"},
    "delivery": {"S": "pending"},
    "omnimessage_id": {"S": "11111111-1111-4111-8111-111111111111"},
    "omnimessage_ids": {"SS": ["11111111-1111-4111-8111-111111111111"]},
    "messages": {"M": {"22222222-2222-4222-8222-222222222222": {"M": _MESSAGE}}},
}
_SECRET = {
    "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:messente-AbCdEf",
    "Name": "messente",
    "SecretString": json.dumps({"username": "messente-user", "password": "messente-password"}),
    "VersionId": "33333333-3333-4333-8333-333333333333",
    "VersionStages": ["AWSCURRENT"],
}
_ANSWERS: dict[str, dict[str, Any]] = {
    "DynamoDB_20120810.UpdateItem": {"Attributes": RECORD},
    "DynamoDB_20120810.GetItem": {"Item": RECORD},
    "DynamoDB_20120810.PutItem": {},
    "DynamoDB_20120810.BatchGetItem": {"Responses": {"opt-outs": []}, "UnprocessedKeys": {}},
    "secretsmanager.GetSecretValue": _SECRET,
}


def _response(target: str, answer: Any) -> bytes:
    body = json.dumps(answer).encode()
    kind = "application/x-amz-json-1." + ("1" if target.startswith("secrets") else "0")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}x-amzn-RequestId: 44444444-4444-4444-8444-444444444444\r\n\r\n".encode() + body


_UPDATE, _SILENT = b"DynamoDB_20120810.UpdateItem", b"DynamoDB_20120810.PutItem"
_RESPONSES = {target.encode(): _response(target, answer) for target, answer in _ANSWERS.items()}


_requests: deque[tuple[str, bytes]] = deque(maxlen=100)


def _respond(target: bytes, body: bytes) -> bytes:
    if not target:
        known = [(operation, json.loads(body)) for operation, body in _requests]
        _requests.clear()
        return _response("", known)
    _requests.append((target.decode().rpartition(".")[2], body))
    silent = target == _UPDATE and b'"ALL_NEW"' not in body
    return _RESPONSES[_SILENT if silent else target]


class _Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport, self._received = transport, b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        while end:
            lines = (line.partition(b":") for line in head.split(b"\r\n"))
            headers = {name.lower(): value.strip() for name, _, value in lines}
            length = int(headers.get(b"content-length", 0))
            if len(rest) < length:
                return
            body, self._received = rest[:length], rest[length:]
            self._transport.write(_respond(headers.get(b"x-amz-target", b""), body))
            head, end, rest = self._received.partition(b"\r\n\r\n")


async def serve(pem: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, ssl=context, backlog=256)
    print(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    leave_one()
    asyncio.run(serve(sys.argv[1]))
