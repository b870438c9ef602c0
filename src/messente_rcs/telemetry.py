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

_ALL = ""  # whatever the trigger
_counts: dict[str, Counter[str]] = {_ALL: Counter()}  # by trigger
_lock = threading.Lock()


def count(name: str, trigger: str = _ALL) -> None:
    """Add one to a metric of this invocation, and to the same metric of a trigger if one is named."""
    with _lock:
        for dimension in {_ALL, trigger}:
            _counts.setdefault(dimension, Counter())[name] += 1


@contextmanager
def flush() -> Iterator[None]:
    """Write the invocation's metrics at its end, however it ends: one sum each, not one value for each message.

    That is one line. Metrics by trigger need another one, as all metrics of a line have the same dimensions.
    """
    try:
        yield
    finally:
        with _lock:
            for trigger, counts in _counts.items():
                _write(counts, trigger)
                counts.clear()


def _write(counts: Counter[str], trigger: str) -> None:
    if not counts:
        return
    if trigger:
        metrics.add_dimension(name="trigger", value=trigger)
    for name, number in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    metrics.flush_metrics()
