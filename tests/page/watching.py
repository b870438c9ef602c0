"""Looks at what nobody tells us: the table's stream, the dead-letter queue, and what time alone changes."""

import threading
import time
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.stack import Stack
from tests.local.start import Local
from tests.page.desk import Desk
from tests.page.letters import count, letters
from tests.page.story import Story

EVERY = 0.2  # seconds
SCANNING = 1.0  # seconds between two looks at the list of opt-outs, which has no stream
READING = 1.5  # seconds between two readings of the dead-letter queue: each hides the letters from others for a moment
_deserialize = TypeDeserializer().deserialize


class Stream:
    """The changes of the table's items from now on, in their order."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("dynamodbstreams")
        arn = stack.client("dynamodb").describe_table(TableName=stack.table)["Table"]["LatestStreamArn"]
        [shard] = self._client.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        where = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        self._iterator = self._client.get_shard_iterator(**where)["ShardIterator"]

    def new(self) -> list[tuple[dict[str, Any] | None, dict[str, Any] | None]]:
        """Return each new change: the item before and after, None where there is none."""
        answer = self._client.get_records(ShardIterator=self._iterator)
        self._iterator = answer["NextShardIterator"]
        images = [each["dynamodb"] for each in answer["Records"]]
        return [(_image(each, "OldImage"), _image(each, "NewImage")) for each in images]


class Watch:
    """A context manager around the thread that looks."""

    def __init__(self, local: Local, story: Story, desk: Desk) -> None:
        self._local, self._story, self._desk = local, story, desk
        self._stream = Stream(local.stack)
        self._known: set[tuple[str, int]] = set()
        self._opt_outs: dict[str, dict[str, Any]] = {}
        self._letters = 0
        self._next_reading = self._next_scan = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _keep(self) -> None:
        while not self._over.wait(EVERY):
            try:
                self._look()
            except (ClientError, BotoCoreError) as failure:
                # The emulator is busy, or it has just been stopped.
                if self._over.wait(1):
                    return
                print(f"the page could not look at the emulator: {type(failure).__name__}", flush=True)

    def _look(self) -> None:
        for old, new in self._stream.new():
            self._story.recorded(_time_of(new), old, new)
        self._look_at_letters()
        self._look_at_opt_outs()
        self._story.look_at_the_clock()
        self._desk.look_at_settings()

    def _look_at_opt_outs(self) -> None:
        if time.monotonic() < self._next_scan:
            return
        self._next_scan = time.monotonic() + SCANNING
        stack = self._local.stack
        for each in map(_item, stack.client("dynamodb").scan(TableName=stack.outputs["OptOutTableName"])["Items"]):
            known = self._opt_outs.get(each["to"], {})
            if each.get("state") != known.get("state"):
                self._desk.show_opt_out(each)
            self._opt_outs[each["to"]] = each

    def _look_at_letters(self) -> None:
        if time.monotonic() < self._next_reading or (found := count(self._local.stack)) == self._letters:
            return
        self._next_reading = time.monotonic() + READING
        read = letters(self._local.stack)
        for each in read:
            if (each["id"], each["at"]) not in self._known:
                self._known.add((each["id"], each["at"]))
                self._story.buried(each["id"], each["at"] / 1000, each)
        # What another program reads at this moment is hidden from us, and not gone.
        if len(read) == found:
            self._letters = found
            self._desk.show_letters(read)


def _time_of(item: dict[str, Any] | None) -> float:
    """Return when an item was written, by its own clock: the stream knows the second only."""
    try:
        return datetime.fromisoformat(str((item or {})["updated_at"])).timestamp()
    except (KeyError, ValueError):
        return time.time()


def _image(images: dict[str, Any], name: str) -> dict[str, Any] | None:
    return _item(images[name]) if name in images else None


def _item(image: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(_deserialize(value)) for name, value in image.items()}


def _plain(value: Any) -> Any:
    """Return a value of DynamoDB as JSON has it."""
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case set():
            return sorted(map(_plain, value))
    return value
