"""The deployed template with its callbacks, faults between its functions and AWS or Messente, an operator's hands."""

import json
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from boto3.dynamodb.conditions import Attr

from messente_rcs.records.record import timestamp
from tests.benchmarks.surroundings import certificate
from tests.chaos.faults import Handshakes, Proxy
from tests.chaos.publishing import Publishing
from tests.local.build import Built, build
from tests.local.emulator import Emulator
from tests.local.process import WORK
from tests.local.stack import NEVER, Letter, Stack, deploy
from tests.standin.messente import Delays, Messente
from tests.standin.server import Server

USERNAME, PASSWORD = "chaos-user", "integration-password-Zq3"

# A deployed queue hides a message for 180 s and tries it 20 times; a run would take hours. Its attributes are changed
# after the deployment, the code is not. With a visibility shorter than a batch, messages come twice by themselves.
VISIBILITY = 3  # seconds
RECEIVES = 3
TIMEOUT = 23  # seconds of the sending function, which wants 13 of them left before it sends
READ_TIMEOUT = 5  # seconds, so that there is time to wait at a 429
LONG_UNKNOWN = 300.0  # seconds after which a person is believed
HIDDEN = 7200  # seconds for which a dead letter that was read is hidden
OVER = 10.0  # seconds after a lease's end by which its invocation has surely ended, whatever its clock said

AHEAD = (-3, 0, 3, 8, 40)  # seconds by which the clock of an execution environment is ahead, as machines' clocks are
REQUEST_ID = "$request_id"  # of an event: the id that its invocation has
# The module that Lambda imports instead of the handler's. It is a machine whose clock is wrong, and no part of ours.
# Lambda repeats an asynchronous invocation under its request id, where the emulator makes a new one. Each process that
# is up leaves a mark in the emulator's folder.
_MODULE = """import os
import pathlib
import random
import time

_right, _ahead = time.time, random.SystemRandom().choice({ahead})
time.time = lambda: _right() + _ahead

from {module} import {name} as _handle

def {name}(event, context):
    if "{request_id}" in event:
        context.aws_request_id = event.pop("{request_id}")
    return _handle(event, context)

pathlib.Path("{folder}", f"up-{{os.getpid()}}").touch()
"""


@dataclass
class Deployment:
    """Everything of a run. `buried` are the dead letters that were read and stay, hidden, by their ids."""

    stack: Stack
    standin: Server
    proxy: Proxy
    emulator: Emulator
    handshakes: Handshakes
    publishing: Publishing
    buried: dict[str, Letter] = field(default_factory=dict)

    def redrive(self, *, buried: bool) -> int:
        """Put the letters that SQS gave up on back into the queue, by hand; those `buried` for a reason too if asked.

        The emulator has no StartMessageMoveTask. Return how many.
        """
        queue, moved = self.stack.dead_letter_queue_url, 0
        for letter in list(self.stack.receive(queue, HIDDEN)):
            if buried or "reason" not in letter.attributes:
                self.stack.queue(_under_its_id(letter))
                self.stack.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=letter.handle)
                moved += 1
            else:
                self.buried[letter.message_id] = letter
        return moved

    def letters(self) -> list[Letter]:
        """Return what lies in the dead-letter queue now."""
        found = self.stack.receive(self.stack.dead_letter_queue_url, HIDDEN)
        self.buried |= {letter.message_id: letter for letter in found}
        return list(self.buried.values())

    def let_time_pass(self, message_id: str, *, is_over: bool = False) -> None:
        """Move a record an hour into the past: what is unknown, or waits for reports, or a claim that `is_over`.

        A lease runs out only where its invocation has ended: whoever holds it may still be at work.
        """
        item = self.stack.item(message_id) or {}
        is_over = is_over or item.get("lease_until", 0) < time.time() - OVER
        lease = {"lease_until": 1} if "lease_until" in item else {}
        moved: dict[str, Any] = {}
        match item:
            case {"state": "claimed"} if is_over:
                moved = lease
            case {"state": "unknown", "unknown_since": since} if (
                is_over and seconds(since) > time.time() - LONG_UNKNOWN
            ):
                moved = lease | {"unknown_since": timestamp(seconds(since) - 3600)}
            case {"state": "sent", "due": due, "due_shard": _}:
                moved = {"due": timestamp(seconds(due) - 3600)}
        if moved:  # if the record is still the one that was read
            with suppress(self.stack.client("dynamodb").exceptions.ConditionalCheckFailedException):
                self.stack.edit(message_id, Attr("revision").eq(item["revision"]), **moved)


@contextmanager
def deployment(seed: int, concurrency: int = 5) -> Iterator[Deployment]:
    """Start it all and stop it again; `concurrency` is how many batches run at a time."""
    with ExitStack() as resources:
        messente = Messente(USERNAME, PASSWORD, delays=Delays(latency=0.02, report=0.1, retry=2.0))
        messente.connecting = handshakes = Handshakes(seed)
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="messente-rcs-build-")))
        pem, authorities = folder / "messente.pem", folder / "authorities.pem"
        authorities.write_bytes(certificate(pem))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pem)
        standin = resources.enter_context(Server(messente, ssl_context=tls))
        # Without IAM: a proxy changes the host, and with it the signature, by which the emulator knows a role.
        emulator = resources.enter_context(Emulator(log=WORK / "emulator-chaos.log"))
        proxy = resources.enter_context(Proxy(emulator.url, seed))
        built = build(folder / "built")
        _change(built, emulator.folder, READ_TIMEOUT=str(READ_TIMEOUT), SSL_CERT_FILE=str(authorities))
        # The reconciliation is counted, and runs when a run says so. A claim that nobody comes back for stays one.
        given = {
            "AwsEndpointUrl": proxy.url,
            "ReconcileSchedule": NEVER,
            "PublishEvents": "Enabled",
            "MaximumConcurrency": str(concurrency),
        }
        stack = deploy(emulator, built, standin, **given)
        _hurry(stack)
        publishing = resources.enter_context(Publishing(stack))
        yield Deployment(stack, standin, proxy, emulator, handshakes, publishing)


def _change(built: Built, folder: str, **variables: str) -> None:
    """Let every function of a build start with one of the clocks, by chance, and with these variables."""
    for function, properties in built.functions().items():
        module, _, name = properties["Handler"].rpartition(".")
        code = _MODULE.format(ahead=AHEAD, module=module, name=name, request_id=REQUEST_ID, folder=folder)
        (built.bundle / f"wrong_clock_{function}.py").write_text(code)
        properties["Handler"] = f"wrong_clock_{function}.{name}"
        properties.setdefault("Environment", {}).setdefault("Variables", {}).update(variables)


def seconds(told: str) -> float:
    return datetime.fromisoformat(told).timestamp()


def _under_its_id(letter: Letter) -> str:
    """Name the id in the body of a letter that does not name it; a redrive must not send under another one."""
    body = json.loads(letter.body)
    if "requestPayload" not in body and "message_id" in letter.attributes:
        body.setdefault("idempotency_key", letter.attributes["message_id"])
    return json.dumps(body)


def _hurry(stack: Stack) -> None:
    sqs = stack.client("sqs")
    asked = {"QueueUrl": stack.dead_letter_queue_url, "AttributeNames": ["QueueArn"]}
    redrive = {
        "deadLetterTargetArn": sqs.get_queue_attributes(**asked)["Attributes"]["QueueArn"],
        "maxReceiveCount": RECEIVES,
    }
    stack.hide_for(VISIBILITY, stack.queue_url, RedrivePolicy=json.dumps(redrive))
    stack.hide_for(VISIBILITY, stack.resource("InboundQueue"))
    stack.client("lambda").update_function_configuration(FunctionName=stack.function, Timeout=TIMEOUT)
