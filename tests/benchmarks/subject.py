"""What is measured: `python -S -s -P subject.pyc CPUS WORK ARGUMENT...`, with nothing but one bundle as PYTHONPATH.

Its last line on stderr is what it found, as JSON. It imports only what the work itself needs, because instructions are
counted from the start of the process, and ends without the interpreter's clearing up, as Lambda's processes do.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

TO, TEXT, SENDER = "+37255510001", "Your parcel is at the door.", "Example"
AUTHORIZATION = "Basic bWVzc2VudGUtdXNlcjptZXNzZW50ZS1wYXNzd29yZA=="


class Context:
    """What Lambda hands over beside the event."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:bench"
    aws_request_id = "55555555-5555-4555-8555-555555555555"
    log_stream_name = "bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 30_000


def load(handler: str) -> Callable[[Any, Any], Any]:
    """Import `module.function`, as Lambda's runtime does."""
    module, _, name = handler.rpartition(".")
    __import__(module)
    function: Callable[[Any, Any], Any] = getattr(sys.modules[module], name)
    return function


def batch(size: int, name: object) -> dict[str, Any]:
    """Make an SQS event of so many messages, each with an id of its own."""
    return {"Records": [_record(f"bench-{name}-{number}", f"{TO[:-1]}{number % 10}") for number in range(size)]}


def _record(key: str, to: str) -> dict[str, Any]:
    return {
        "messageId": f"059f36b4-87a3-44ab-83d2-{key:>12}",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": f'{{"to": "{to}", "text": "{TEXT}", "idempotency_key": "{key}"}}',
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1764000000000",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1764000000012",
        },
        "messageAttributes": {},
        "md5OfBody": "cea5b26c3bf158f9e9bd638579e56153",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:bench",
        "awsRegion": "eu-west-1",
    }


def handle(function: Callable[[Any, Any], Any], event: dict[str, Any]) -> None:
    """Hand a batch over; a message that was not sent ends the process."""
    failures = function(event, Context)["batchItemFailures"]
    if failures:
        sys.exit(f"{len(failures)} messages of a batch failed")


def mark() -> None:
    """End a part of what is counted: callgrind writes its counts down before this call of the C library."""
    os.getpgid(0)


BATCHES, SINGLES, REPORTS = 5, 20, 40


def counted(handler: str) -> None:
    """Do what Lambda's init phase does; handle a message, a batch, BATCHES batches of ten, SINGLES single messages."""
    function = load(handler)
    mark()
    handle(function, batch(1, "first"))
    mark()
    handle(function, batch(10, "warm"))
    mark()
    for number in range(BATCHES):
        handle(function, batch(10, f"batch-{number}"))
    mark()
    for number in range(SINGLES):
        handle(function, batch(1, f"single-{number}"))
    mark()


def ready(handler: str) -> None:
    """Do what Lambda's init phase does."""
    load(handler)


def batches(handler: str, size: str, count: str, name: str) -> list[dict[str, float]]:
    """Handle so many batches; measure each. The first opens the connections."""
    function = load(handler)
    return [_measured(handle, function, batch(int(size), f"{name}-{n}")) for n in range(int(count))]


def _measured(work: Callable[..., object], *arguments: object) -> dict[str, float]:
    import time  # noqa: PLC0415 - the counted works do without

    wall, cpu = time.perf_counter(), time.process_time()
    work(*arguments)
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "rss": _kilobytes("VmRSS")}


def memory(handler: str, count: str, at: str, name: str) -> dict[str, float]:
    """Handle so many batches of 10; tell the peak then, and what is resident after `at` of them and at the end."""
    function, early = load(handler), 0.0
    for n in range(int(count)):
        handle(function, batch(10, f"{name}-{n}"))
        if n + 1 == int(at):
            early = _kilobytes("VmRSS")
            peak = _kilobytes("VmHWM")
    return {"peak": peak, "early": early, "late": _kilobytes("VmRSS")}


def _kilobytes(name: str) -> float:
    # Not getrusage: its peak starts with that of the process that started this one.
    with open("/proc/self/status") as status:  # noqa: PTH123 - pathlib would be one more thing in memory
        return next(float(line.split()[1]) for line in status if line.startswith(name))


def abreast(count: str, threads: str) -> list[dict[str, float]]:
    """POST with urllib3 alone from so many threads: 5 batches of `count`; the first opens the connections."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only this work's

    post, pool = _poster(int(threads)), ThreadPoolExecutor(int(threads))
    return [_measured(lambda: list(pool.map(post, range(int(count))))) for _ in range(5)]


def _poster(connections: int) -> Callable[[object], None]:
    import ssl  # noqa: PLC0415 - only these works'
    from urllib.parse import urlsplit  # noqa: PLC0415

    import urllib3  # noqa: PLC0415

    url = urlsplit(os.environ["MESSENTE_URL"])
    context = ssl.create_default_context()
    pool = urllib3.HTTPSConnectionPool(url.hostname or "", url.port, maxsize=connections, ssl_context=context)
    body = f'{{"to":"{TO}","messages":[{{"channel":"rcs","sender":"{SENDER}","text":"{TEXT}"}}]}}'.encode()
    headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json"}

    def post(_: object) -> None:
        if pool.request("POST", f"{url.path}/omnimessage", body=body, headers=headers).status != 201:
            sys.exit("a POST was refused")

    return post


def reports(handler: str, event: str) -> None:
    """Take the same delivery report, once and then REPORTS times."""
    function, given = load(handler), json.loads(event)
    mark()
    for count in (1, REPORTS):
        for _ in range(count):
            if function(given, Context)["statusCode"] != 200:
                sys.exit("a report was refused")
        mark()


def calls(batch_requests: str, report_requests: str) -> None:
    """Make the calls of a batch of ten, of a report, and a POST, with boto3 and urllib3 alone.

    Requests are [operation, arguments]. Those of a batch are made by a client with two lines of configuration, those of
    a report by one without.
    """
    import boto3  # noqa: PLC0415 - only this work's
    from botocore import xform_name  # noqa: PLC0415
    from botocore.config import Config  # noqa: PLC0415

    plain = boto3.client("dynamodb")
    short = boto3.client("dynamodb", config=Config(parameter_validation=False, user_agent="bench"))
    post = _poster(1)

    def requested(client: Any, requests: list[tuple[str, dict[str, Any]]]) -> None:
        for operation, arguments in requests:
            getattr(client, xform_name(operation))(**arguments)

    def sent() -> None:
        requested(short, json.loads(batch_requests))
        for number in range(10):
            post(number)

    for count in (1, BATCHES):
        for _ in range(count):
            sent()
        mark()
    for count in (1, REPORTS):
        for _ in range(count):
            requested(plain, json.loads(report_requests))
        mark()


def one_cpu() -> None:
    """Leave the other CPUs alone: up to 1,769 MB Lambda gives a function one at the most."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    if sys.argv[1] == "one":
        one_cpu()
    found = globals()[sys.argv[2]](*sys.argv[3:])
    sys.stdout.flush()
    if found is not None:
        sys.stderr.write(f"\n{json.dumps(found)}\n")
    sys.stderr.flush()
    os._exit(0)
