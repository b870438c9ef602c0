"""Call the entry point of a function as Lambda does, with AWS and Messente on a port of this process.

`python -m tests.support.entry_point send 30000 EVENT` prints what came of it as its last line: the answer or the error,
and what AWS and Messente were asked for.
"""

import importlib
import json
import os
import re
import sys
from types import SimpleNamespace
from typing import Any

from tests.support.peer import Peer, Talk, answer

ANSWERS: dict[str, dict[str, Any]] = {
    "GetSecretValue": {"SecretString": json.dumps({"username": "u", "password": "p", "inbound_secrets": ["s"]})},
    "Query": {"Items": [], "Count": 0},
}


def both(talk: Talk) -> None:
    """Be AWS, whose requests name their operation in a header, and Messente, whose do not."""
    while request := talk.read():
        operation = operation_of(request)
        body = json.dumps(ANSWERS.get(operation, {}) if operation else {"omnimessage_id": "o-1", "messages": []})
        talk.say(answer(body.encode(), status="200 OK" if operation else "201 Created"))


def operation_of(request: bytes) -> str:
    found = re.search(rb"(?i)^x-amz-target: \S+\.(\w+)", request, re.MULTILINE)
    return found[1].decode() if found else ""


def main(function: str, milliseconds: str, event: str) -> None:
    told: dict[str, Any] = {}
    with Peer(both) as peer:
        os.environ |= {"AWS_ENDPOINT_URL": peer.url, "MESSENTE_URL": f"{peer.url}/v1"}
        module = importlib.import_module(f"messente_rcs.functions.{function}")
        context = SimpleNamespace(aws_request_id="r-1", get_remaining_time_in_millis=lambda: int(milliseconds))
        try:
            told["answer"] = module.lambda_handler(json.loads(event), context)
        except Exception as failure:  # noqa: BLE001 - it is what Lambda would be told
            told["error"] = f"{type(failure).__name__}: {failure}"
    asked = [operation_of(each) or each.split(b" ")[1].decode() for each in peer.requests]
    print(json.dumps(told | {"asked": asked}))


if __name__ == "__main__":
    main(*sys.argv[1:])
