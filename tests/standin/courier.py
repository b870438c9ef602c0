"""Carries the stand-in's reports to their URLs, over HTTP and from threads of its own."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from tests.standin.inbound import Inbound
from tests.standin.messente import Messente
from tests.standin.reports import Report

RETRIES = 5
LANES = 4
TIMEOUT = 60.0  # seconds; longer than the function behind a callback may take, so that its answer is known


@dataclass(frozen=True)
class Delivery:
    """One attempt (1: the first) at Unix time `at`; `answer` is the HTTP status, None where there was none."""

    report: Report
    attempt: int
    answer: int | None
    at: float

    @property
    def arrived(self) -> bool:
        return self.answer is not None and 200 <= self.answer <= 399


class _Job(NamedTuple):
    report: Report
    attempt: int = 1
    not_before: float = 0  # of time.monotonic


class Courier:
    """Delivers what is due until stop(); while not `enabled`, reports wait and are not lost.

    An answer of 200 to 399 is a delivery. Anything else is tried again, 5 times, Delays.retry apart: how the
    Omnichannel API retries is documented nowhere, 5 is the number of Messente's older SMS API. First attempts for one
    omnimessage keep their order; a retry can be overtaken. `on_delivery` is told of each attempt.
    """

    def __init__(self, messente: Messente, *, enabled: bool = True) -> None:
        self.enabled, self.deliveries = enabled, list[Delivery]()
        self.on_delivery: Callable[[Delivery], None] = lambda _: None
        self._messente = messente
        self._lock, self._over = threading.Lock(), threading.Event()
        self._waiting: list[_Job] = []
        self._under_way = 0
        self._http = urllib3.PoolManager(retries=False, timeout=TIMEOUT, maxsize=LANES)
        self._lanes = [ThreadPoolExecutor(1, "report") for _ in range(LANES)]
        self._dispatcher = threading.Thread(target=self._dispatch, name="reports")

    @property
    def pending(self) -> int:
        """How many reports are planned, waiting for another attempt, or under way."""
        with self._lock:
            return self._messente.pending_reports + len(self._waiting) + self._under_way

    def forget(self) -> None:
        """Drop what waits for another attempt, and the list of deliveries."""
        with self._lock:
            self._waiting, self.deliveries = [], []

    def start(self) -> None:
        """Deliver from now on, early reports within the send they belong to."""
        self._messente.on_early = self._deliver_early
        self._dispatcher.start()

    def stop(self) -> None:
        """Deliver nothing any more; waits for what is under way, at most the time-out of a request."""
        self._messente.on_early = None
        self._over.set()
        self._dispatcher.join()
        for lane in self._lanes:
            lane.shutdown(cancel_futures=True)
        self._http.clear()

    def _dispatch(self) -> None:
        while not self._over.wait(0.01):
            for job in self._take():
                self._lanes[hash(job.report.omnimessage_id) % LANES].submit(self._deliver, job)

    def _take(self) -> list[_Job]:
        # Under one lock with the count: a report is pending at every moment until it has arrived.
        with self._lock:
            if not self.enabled:
                return []
            now = time.monotonic()
            ready = [each for each in self._waiting if each.not_before <= now]
            self._waiting = [each for each in self._waiting if each.not_before > now]
            ready += map(_Job, self._messente.reports_due(self._messente.clock()))
            self._under_way += len(ready)
        return ready

    def _deliver_early(self, report: Report) -> None:
        with self._lock:
            if not self.enabled:
                self._waiting.append(_Job(report))
                return
            self._under_way += 1
        self._deliver(_Job(report))

    def _deliver(self, job: _Job) -> None:
        delivery = self.deliver(job.report, job.attempt)
        with self._lock:
            self._under_way -= 1
            if not delivery.arrived and job.attempt <= RETRIES:
                again = time.monotonic() + self._messente.delays.retry
                self._waiting.append(_Job(job.report, job.attempt + 1, again))

    def deliver(self, report: Report, attempt: int = 1) -> Delivery:
        """Deliver a report now, also while not `enabled`, and do not try again."""
        answer = None
        with suppress(HTTPError):
            answer = post(self._http, report).status
        delivery = Delivery(report, attempt, answer, self._messente.clock())
        self.on_delivery(delivery)
        with self._lock:
            self.deliveries.append(delivery)
        return delivery


def post(http: urllib3.PoolManager, what: Report | Inbound) -> urllib3.BaseHTTPResponse:
    """Send what goes to any name under localhost to 127.0.0.1, as RFC 6761 wants it; most resolvers do not."""
    parts, headers, url = urlsplit(what.url), what.headers, what.url
    if (parts.hostname or "").endswith(".localhost"):
        headers = {**headers, "Host": parts.netloc}
        url = parts._replace(netloc=f"127.0.0.1:{parts.port or 80}").geturl()
    return http.request("POST", url, body=what.body, headers=headers, redirect=False)
