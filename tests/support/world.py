"""A small world for the real code: AWS in memory, a stand-in for Messente, a clock.

Every call that leaves the code passes a `tap`, which tells a hook the step's name before and after it; a hook that
raises makes the process die there, or loses an answer. Ground truth is `world.accepted()` and `world.item()`.
"""

import itertools
import json
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, cast

from boto3.dynamodb.types import TypeDeserializer

from messente_rcs.functions import wiring
from messente_rcs.functions.wiring import Outside
from messente_rcs.inbound.opt_outs import OptOuts
from messente_rcs.messente.connections import Connections
from messente_rcs.records.indexes import Indexes
from messente_rcs.records.table import Table
from messente_rcs.sending.cancel import Canceller
from messente_rcs.sending.resolve import Resolver
from messente_rcs.settings import (
    InboundSettings,
    PublishSettings,
    ReconcileSettings,
    ReportSettings,
    SendSettings,
)
from messente_rcs.telemetry import flush
from messente_rcs.triggers.direct import Invocations
from messente_rcs.triggers.http_api import HttpApi
from messente_rcs.triggers.inbound import InboundMessages
from tests.standin import inbound
from tests.standin.messente import Messente as StandIn
from tests.standin.wires import Wires
from tests.support.fakes.aws import SQS, DynamoDB, EventBridge, SecretsManager, Tables
from tests.support.template import properties

type Hook = Callable[[str, str], None]  # (step, "before" | "after")

USERNAME, PASSWORD = "messente-user", "messente-password"
TABLE, OPT_OUTS, SECRET = "messages", "opt-outs", "messente"
TO = "+37255512345"
TEXT = "Your parcel waits at the door"


class Crash(BaseException):
    """The process dies here: nothing catches this, as nothing catches a SIGKILL."""


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now.timestamp()

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class _Tap:
    def __init__(self, target: Any, hook: Hook) -> None:
        self._target = target
        self._hook = hook

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if name == "exceptions" or not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            self._hook(name, "before")
            result = value(*args, **kwargs)
            self._hook(name, "after")
            return result

        return call


def tap[T](target: T, hook: Hook) -> T:
    """Pass each call on to `target`, and tell the hook before and after it."""
    return cast("T", _Tap(target, hook))


@cache
def table_of_the_template(logical_id: str = "MessageTable") -> dict[str, Any]:
    """Read what the template says of a table's keys and indexes."""
    table = properties(logical_id)
    names = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    return {name: table[name] for name in names if name in table}


def nothing(_step: str, _when: str) -> None:
    """Let every step pass."""


class AllSettings(SendSettings, ReportSettings, ReconcileSettings, PublishSettings, InboundSettings):
    """The settings of all functions."""


class Parts:
    """The real functions and their parts, put together on first use."""

    def __init__(self, settings: AllSettings, outside: Outside) -> None:
        self._made_of = settings, outside
        self.opt_outs = OptOuts(outside.aws("dynamodb"), OPT_OUTS, outside.sleep)
        self.reports = wiring.reports(settings, outside)
        self.tracker = self.reports.tracker
        self.reconciler = wiring.reconciler(settings, outside)

    @cached_property
    def api(self) -> HttpApi:
        return wiring.sending(*self._made_of).http_api

    @property
    def table(self) -> Table:
        return self.api.table

    @property
    def canceller(self) -> Canceller:
        return Canceller(self.table, self.api.sender.messente)

    @property
    def resolver(self) -> Resolver:
        return Resolver(self.table, self.tracker, self.api.sender.messente)

    @property
    def indexes(self) -> Indexes:
        return self.api.indexes


class World:
    """Everything around the code. `env()` starts a new execution environment of the function."""

    def __init__(self) -> None:
        self.clock = Clock(datetime(2026, 11, 23, 12, tzinfo=UTC))
        self.sleep: Callable[[float], None] = self.clock.advance  # how the code waits for Messente
        self.on_the_wire: Callable[[float], None] = lambda _: None  # what happens while an answer is under way
        self.messente = StandIn(USERNAME, PASSWORD, clock=self.clock)
        self.dynamodb = DynamoDB(table_of_the_template())
        self.opt_outs = DynamoDB(table_of_the_template("OptOutTable"))
        self.sqs = SQS()
        self.events = EventBridge()
        self.secrets = SecretsManager()
        self.secrets.create_secret(Name=SECRET, SecretString="{}")
        self.put_secret(PASSWORD)
        self.queue_url, self.dead_letter_queue_url = "https://sqs/messages", "https://sqs/dead"
        self.inbound_queue_url = "https://sqs/inbound"

    def put_secret(self, password: str) -> None:
        secret = json.dumps({"username": USERNAME, "password": password, "inbound_secrets": [inbound.SECRET]})
        self.secrets.put_secret_value(SecretId=SECRET, SecretString=secret)

    def env(
        self, hook: Hook = nothing, threads: Executor | None = None, *, ahead: float = 0, **settings: Any
    ) -> Invocations:
        """Start a new execution environment of the sending function, whose clock is `ahead` by so many seconds."""
        function = wiring.sending(*self._made_of(hook, ahead, settings), threads)
        function.handle = flush()(function.handle)  # type: ignore[method-assign]
        return function

    def changes(
        self, hook: Hook = nothing, *, seconds: float = 60, **settings: Any
    ) -> Callable[[dict[str, Any]], dict[str, Any]]:
        """Start a new execution environment of the publishing function, with so long for each invocation."""
        changes = wiring.changes(*self._made_of(hook, 0, settings))
        return lambda event: changes.handle(event["Records"], self.remaining(seconds))

    def receiving(self, hook: Hook = nothing, **settings: Any) -> InboundMessages:
        """Start a new execution environment of the function for inbound messages."""
        return wiring.inbound(*self._made_of(hook, 0, settings))

    def parts(self, hook: Hook = nothing, *, ahead: float = 0, **settings: Any) -> Parts:
        return Parts(*self._made_of(hook, ahead, settings))

    def _made_of(self, hook: Hook, ahead: float, settings: dict[str, Any]) -> tuple[AllSettings, Outside]:
        settings = {"opt_out_table_name": OPT_OUTS, "inbound_queue_url": self.inbound_queue_url} | settings
        config = AllSettings(
            messente_url="http://messente.localhost/v1",
            table_name=TABLE,
            secret_arn=SECRET,
            queue_url=self.queue_url,
            dead_letter_queue_url=self.dead_letter_queue_url,
            **settings,
        )
        tables = Tables({TABLE: self.dynamodb, OPT_OUTS: self.opt_outs})
        aws = {"dynamodb": tables, "sqs": self.sqs, "secretsmanager": self.secrets, "events": self.events}

        def clock() -> float:
            return self.clock() + ahead

        wires = Wires(self.messente, self.clock, self.on_the_wire)
        http = tap(Connections(config.concurrency, clock=clock, monotonic=self.clock, dial=wires), hook)
        return config, Outside(lambda service: tap(aws[service], hook), http, clock, self.sleep, self.clock)

    def deliver(self, payload: object, env: Invocations | None = None) -> bool:
        """Hand one SQS record to the function (a new environment by default); tell whether the queue drops it."""
        answer = (env or self.env()).handle({"Records": [record(payload)]}, self.remaining())
        return bool(answer == {"batchItemFailures": []})

    def remaining(self, seconds: float = 30.0) -> Callable[[], float]:
        """Make what an invocation with so much time left tells of its remaining time."""
        deadline = self.clock() + seconds
        return lambda: deadline - self.clock()

    def item(self, message_id: str) -> dict[str, Any] | None:
        """Read the record, past the code's own eyes."""
        found = self.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": message_id}}, ConsistentRead=True).get("Item")
        deserialize = TypeDeserializer().deserialize
        return {name: deserialize(value) for name, value in found.items()} if found else None

    def record_of(self, message_id: str = "k") -> dict[str, Any]:
        found = self.item(message_id)
        assert found is not None
        return found

    def state(self, message_id: str = "k") -> str:
        return str(self.record_of(message_id)["state"])

    def items(self) -> int:
        return len(self.dynamodb)

    def accepted(self, text: str = TEXT) -> int:
        return len(self.messente.by_text()[text])

    def dead(self) -> list[dict[str, Any]]:
        """Read all of the dead-letter queue: `{body, attribute name: value}`."""
        return self.sqs.sent.get(self.dead_letter_queue_url, [])


_numbers = itertools.count(1)


def record(payload: object, *, message_id: str | None = None, receives: int = 1, sent_at: float = 0) -> dict[str, Any]:
    """Make an SQS record as Lambda's poller hands it over; `payload` is a body, or what its JSON says."""
    number = next(_numbers)
    return {
        "messageId": message_id or f"00000000-0000-4000-8000-{number:012d}",
        "receiptHandle": f"receipt-{number}",
        "body": payload if isinstance(payload, str) else json.dumps(payload),
        "attributes": {"ApproximateReceiveCount": str(receives), "SentTimestamp": str(int(sent_at * 1000))},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
    }


def http_event(method: str, path: str = "", body: object = None, **fields: Any) -> dict[str, Any]:
    """Make the event of a request for /messages; `body` is text, or what its JSON says."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    http = {"rawPath": f"/messages{path}", "headers": {}, "requestContext": {"http": {"method": method}}, "body": text}
    return http | fields


def requested(detail: object, **fields: Any) -> dict[str, Any]:
    """Make the event by which EventBridge asks for a message."""
    return {"id": "e-1", "source": "shop", "detail-type": "RCS Message Requested", "detail": detail, **fields}


def message(key: str | None = None, **fields: Any) -> dict[str, Any]:
    payload: dict[str, Any] = {"to": TO, "text": TEXT, **fields}
    return payload | ({"idempotency_key": key} if key else {})
