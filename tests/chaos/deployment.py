"""The deployed template with its callbacks, a proxy between its functions and AWS, and an operator's hands."""

import json
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
from tests.chaos.clocks import set_wrong
from tests.chaos.handshakes import Handshakes, server_side, trust
from tests.chaos.proxy import Proxy
from tests.chaos.publishing import Publishing
from tests.local.build import build
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


@dataclass
class Deployment:
    """Everything of a run. `moved` counts the dead letters that the operator put back into the queue, by reason."""

    stack: Stack
    standin: Server
    proxy: Proxy
    emulator: Emulator
    handshakes: Handshakes
    publishing: Publishing
    buried: dict[str, Letter] = field(default_factory=dict)

    def redrive(self, *, buried: bool) -> int:
        """Put the letters that SQS gave up on back into the queue, by hand; those `buried` for a reason too if asked.

        The emulator has no StartMessageMoveTask. Return how many; `buried` holds what stays.
        """
        moved = 0
        queue = self.stack.dead_letter_queue_url
        for letter in list(self.stack.receive(queue, HIDDEN)):
            if buried or "reason" not in letter.attributes:
                self.stack.queue(_under_its_id(letter))
                self.stack.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=letter.handle)
                moved += 1
            else:
                self.buried[letter.message_id] = letter
        return moved

    def letters(self) -> list[Letter]:
        """Return what lies in the dead-letter queue now; it stays there, hidden."""
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
        delays = Delays(latency=0.02, report=0.1, retry=2.0)
        messente = Messente(USERNAME, PASSWORD, delays=delays)
        messente.connecting = handshakes = Handshakes(seed)
        folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="messente-rcs-build-")))
        tls, authorities = server_side(folder)
        standin = resources.enter_context(Server(messente, ssl_context=tls))
        # Without IAM: a proxy changes the host, and with it the signature, by which the emulator knows a role.
        emulator = resources.enter_context(Emulator(log=WORK / "emulator-chaos.log"))
        proxy = resources.enter_context(Proxy(emulator.url, seed))
        built = build(folder / "built")
        set_wrong(built, emulator.folder)
        trust(built, authorities)
        for properties in built.functions().values():
            properties["Environment"]["Variables"]["READ_TIMEOUT"] = str(READ_TIMEOUT)
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
