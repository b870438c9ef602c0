"""Faults on the way to AWS, by microburst in front of the emulator, and of new connections to Messente."""

import json
import re
import threading
from collections import Counter
from http import HTTPStatus
from random import Random
from typing import Any, Self

import urllib3
from urllib3.exceptions import HTTPError

from tests.local.process import PATIENCE, ROOT, WORK, Process, bare_environment, free_port
from tests.standin.messente import ConnectFault

type Rule = dict[str, Any]

# Starts microburst, which the emulator's Python has, with a seeded chance: SEED ARGUMENTS...
_START = "import random, sys, microburst.cli; random.seed(sys.argv[1]); sys.exit(microburst.cli.main(sys.argv[2:]))"

# By their weights, of a hundred new connections. One that stalls holds its message up for 3 seconds. An answer that
# comes unasked is left out: where it comes a moment after the request, it is like the answer to it.
HANDSHAKES = {None: 82, ConnectFault.ALERT: 6, ConnectFault.PLAIN: 5, ConnectFault.RESET: 6, ConnectFault.STALL: 1}

# A postponed message would hide for up to 15 minutes. With its postponement refused it comes back by the queue's own
# timeout, which a test can shorten; the short ones are let through.
NO_LONG_WAITS: Rule = {
    "service": "sqs",
    "operation": "ChangeMessageVisibility",
    "body": "VisibilityTimeout > `5`",
    "error": {"code": "RequestThrottled", "status": 400},
}

THROTTLE: Rule = {"error": {"code": "ThrottlingException", "status": 400}}
DENY: Rule = {"error": {"code": "AccessDeniedException", "status": 400}}  # which botocore does not repeat
INTERNAL: Rule = {"error": {"code": "InternalServerError", "status": 500}}
RESET: Rule = {"reset": True}
CUT_BEFORE_ANSWER: Rule = {"response": {"abort_bytes": 0}}  # what was asked for is done, and nobody hears of it
CUT_IN_ANSWER: Rule = {"response": {"abort_frac": 0.5}}
LATE: Rule = {"latency": {"min": 2100, "max": 4000}}  # done after the caller, who waits 2 s, has given up on it
SLOW: Rule = {"latency": {"min": 50, "max": 400}}


def mixed(probability: float, **match: str) -> list[Rule]:
    """Let so many of the matching calls fail, in every way; each rule is drawn if the one before was not."""
    shares = ((THROTTLE, 0.25), (INTERNAL, 0.2), (RESET, 0.15), (CUT_BEFORE_ANSWER, 0.25), (CUT_IN_ANSWER, 0.15))
    late = [{**LATE, **match, "probability": probability / 20}, {**SLOW, **match, "probability": probability / 4}]
    return late + [{**fault, **match, "probability": probability * share} for fault, share in shares]


# Its weight, and what fails in it beside the long waits.
WEATHER: dict[str, tuple[int, list[Rule]]] = {
    "calm": (2, []),
    "drizzle": (4, mixed(0.1)),
    "storm": (2, mixed(0.5)),
    "no table": (1, mixed(0.95, service="dynamodb")),
    "table gone": (1, [{**DENY, "service": "dynamodb"}]),
    "no secrets": (1, mixed(0.9, service="secretsmanager")),
    "no queues": (1, mixed(0.9, service="sqs")),
    "no bus": (4, [{**DENY, "service": "events", "probability": 0.7}, *mixed(0.5, service="events")]),
    "answers lost": (
        2,
        [
            {**CUT_BEFORE_ANSWER, "service": "dynamodb", "operation": "UpdateItem", "probability": 0.6},
            {**LATE, "service": "dynamodb", "operation": "UpdateItem", "probability": 0.1},
        ],
    ),
}


class Proxy:
    """A context manager; `url` is the endpoint to give the functions. `calm` until told otherwise."""

    def __init__(self, upstream: str, seed: int) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        python = str(ROOT / ".venv-emulator" / "bin" / "python")
        command = [python, "-c", _START, str(seed), "--upstream", upstream, "--port", str(self.port)]
        self._process = Process(command, WORK / "proxy.log", bare_environment())

    def __enter__(self) -> Self:
        self._process.wait_until(self._is_up, "the proxy")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stop()

    def make(self, weather: str) -> None:
        self._ask("POST", "rules", json.dumps([NO_LONG_WAITS, *WEATHER[weather][1]]))

    def faults(self) -> Counter[str]:
        """Count the faults so far by what they did, without the long waits that were refused."""
        counts: Counter[str] = Counter()
        for line in self._ask("GET", "metrics").splitlines():
            if found := re.fullmatch(r'microburst_faults_total\{.*action="(?:error:)?(\w+)[^"]*".*\} (\d+)', line):
                counts[found[1]] += int(found[2])
        del counts[NO_LONG_WAITS["error"]["code"]]
        return counts

    def _is_up(self) -> bool:
        try:
            self.make("calm")
        except HTTPError:
            return False
        return True

    def _ask(self, method: str, name: str, body: str | None = None) -> str:
        url = f"{self.url}/_microburst/{name}"
        answer = urllib3.request(method, url, body=body, retries=False, timeout=PATIENCE)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            raise RuntimeError(f"the proxy refused {name}: {answer.data.decode()}")
        return answer.data.decode()


class Handshakes:
    """Says of each new connection to Messente what goes wrong with it. `failed` counts what did."""

    def __init__(self, seed: int) -> None:
        self.failed: Counter[str] = Counter()
        self._chance = Random(f"{seed} handshakes")  # noqa: S311 - has to be repeatable, not secret
        self._lock = threading.Lock()

    def __call__(self) -> ConnectFault | None:
        """Draw the fault of the next connection, None if it works."""
        with self._lock:
            fault = self._chance.choices(list(HANDSHAKES), list(HANDSHAKES.values()))[0]
            if fault:
                self.failed[f"handshake {fault.name.lower()}"] += 1
        return fault
