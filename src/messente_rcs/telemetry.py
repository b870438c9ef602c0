"""Log lines and metrics. They carry ids, codes and counts; never a number, a text or a secret."""

from __future__ import annotations

import os
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Iterator

# The template's alarms watch metrics of this namespace and service. The service is the name of the stack: the alarms of
# one stack must not ring for another one in the same account.
_service = os.environ.get("POWERTOOLS_SERVICE_NAME") or "messente-rcs"
logger = Logger(service=_service, location=None)  # the message tells the place as well
metrics = Metrics(namespace="MessenteRcs", service=_service)

_counts: Counter[str] = Counter()
_gauges: dict[str, tuple[float, MetricUnit]] = {}
_lock = threading.Lock()


def count(name: str) -> None:
    """Add one to a metric of this invocation."""
    with _lock:
        _counts[name] += 1


def gauge(name: str, value: float, unit: MetricUnit = MetricUnit.Count) -> None:
    """Set a metric of this invocation to a value; the last one counts."""
    with _lock:
        _gauges[name] = value, unit


@contextmanager
def flush() -> Iterator[None]:
    """Write the invocation's metrics at its end, however it ends: one sum each, not one value for each message."""
    try:
        yield
    finally:
        with _lock:
            for name, number in _counts.items():
                metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
            for name, (value, unit) in _gauges.items():
                metrics.add_metric(name=name, unit=unit, value=value)
            _counts.clear()
            _gauges.clear()
        if metrics.metric_set:
            metrics.flush_metrics()
