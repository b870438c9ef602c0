"""Log lines and metrics. They carry ids, codes and counts; never a number, a text or a secret."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

if TYPE_CHECKING:
    from collections.abc import Iterator

# The template's alarms watch metrics of this namespace and service.
logger = Logger(service="messente-rcs", location=None)  # the message tells the place as well
metrics = Metrics(namespace="MessenteRcs", service="messente-rcs")

_counts: Counter[str] = Counter()
_lock = threading.Lock()


def count(name: str) -> None:
    """Add one to a metric of this invocation."""
    with _lock:
        _counts[name] += 1


@contextmanager
def flush() -> Iterator[None]:
    """Write the invocation's metrics at its end, however it ends: one sum each, not one value for each message."""
    try:
        yield
    finally:
        with _lock:
            for name, number in _counts.items():
                metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
            _counts.clear()
        if metrics.metric_set:
            metrics.flush_metrics()
