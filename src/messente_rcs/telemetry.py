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
    from collections.abc import Iterator, Mapping

# The template's alarms watch metrics of this namespace and service. The service is the name of the stack: the alarms of
# one stack must not ring for another one in the same account.
_service = os.environ.get("POWERTOOLS_SERVICE_NAME") or "messente-rcs"
logger = Logger(service=_service, location=None)  # the message tells the place as well
metrics = Metrics(namespace="MessenteRcs", service=_service)

_ALL = ""  # whatever the trigger
_counts: dict[str, Counter[str]] = {_ALL: Counter()}  # by trigger
_gauges: dict[str, tuple[float, MetricUnit]] = {}
_lock = threading.Lock()


def count(name: str, trigger: str = _ALL) -> None:
    """Add one to a metric of this invocation, and to the same metric of a trigger if one is named."""
    with _lock:
        for dimension in {_ALL, trigger}:
            _counts.setdefault(dimension, Counter())[name] += 1


def gauge(name: str, value: float, unit: MetricUnit = MetricUnit.Count) -> None:
    """Set a metric of this invocation to a value; the last one counts."""
    with _lock:
        _gauges[name] = value, unit


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
                _write(counts, _gauges if trigger == _ALL else {}, trigger)
                counts.clear()
            _gauges.clear()


def _write(counts: Counter[str], gauges: Mapping[str, tuple[float, MetricUnit]], trigger: str) -> None:
    if not counts and not gauges:
        return
    if trigger:
        metrics.add_dimension(name="trigger", value=trigger)
    for name, number in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=number)
    for name, (value, unit) in gauges.items():
        metrics.add_metric(name=name, unit=unit, value=value)
    metrics.flush_metrics()
