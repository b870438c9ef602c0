"""Log lines and metrics. They carry ids, codes and counts; never a number, a text or a secret."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from messente_rcs.errors import TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.send import Outcome

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


def observe(message_id: str, outcome: Outcome) -> None:
    """Log one line for an outcome and count it: `Sent`, `Unknown`, `NotSent`, …, or `Duplicate` if it was replayed."""
    name = outcome.result.title().replace("_", "")
    count("Duplicate" if outcome.replayed else name)
    if outcome.meaning in ("unauthorized", "misconfigured"):
        count(outcome.meaning.title())
    details = {
        "message_id": message_id,
        "omnimessage_id": outcome.item.get("omnimessage_id"),
        "reason": outcome.reason,
        # Messente's words are not ours to vouch for: only codes that it documents are logged.
        "codes": [e["code"] for e in outcome.errors if e["code"] in TITLES],
    }
    level = logger.info if outcome.result in ("sent", "expired", "cancelled") or outcome.replayed else logger.warning
    level(outcome.result.value, extra=details)
