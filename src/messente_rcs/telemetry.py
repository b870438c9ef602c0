"""Log lines and metrics. They carry ids, codes and counts; never a number, a text or a secret."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

# The template's alarms watch metrics of this namespace and service. The service is the name of the stack: the alarms of
# one stack must not ring for another one in the same account.
_service = os.environ.get("POWERTOOLS_SERVICE_NAME") or "messente-rcs"
logger = Logger(service=_service, location=None)  # the message tells the place as well
metrics = Metrics(namespace="MessenteRcs", service=_service)


class Metric(StrEnum):
    """Every metric that the functions write. src/docs/operating.md says what each means; the template uses each."""

    # What came of a request.
    SENT = "Sent"
    REJECTED = "Rejected"
    EXPIRED = "Expired"
    CANCELLED = "Cancelled"
    NOT_SENT = "NotSent"
    IN_PROGRESS = "InProgress"
    OLDEST_DEFERRED = "OldestDeferred"  # in the queue
    UNKNOWN = "Unknown"
    RESOLVED = "Resolved"
    DUPLICATE = "Duplicate"
    INVALID = "Invalid"  # also by trigger
    PREFIX_DENIED = "PrefixDenied"
    DEAD_LETTERED = "DeadLettered"  # also by reason
    # What Messente answered.
    UNAUTHORIZED = "Unauthorized"
    MISCONFIGURED = "Misconfigured"
    RATE_LIMITED = "RateLimited"
    MESSENTE_LATENCY = "MessenteLatency"
    # What the table did not take, or does not hold in a readable form.
    UNRECORDED = "Unrecorded"
    UNREADABLE = "Unreadable"
    # What the reconciler found.
    OVERDUE_CLAIMS = "OverdueClaims"
    OVERDUE_DELIVERIES = "OverdueDeliveries"
    OLDEST_OVERDUE = "OldestOverdue"
    OLDEST_UNKNOWN = "OldestUnknown"
    # What came in messages from recipients, and of the list of opt-outs.
    INBOUND = "Inbound"
    INBOUND_REFUSED = "InboundRefused"
    INBOUND_NOT_KEPT = "InboundNotKept"
    INBOUND_PUT_OFF = "InboundPutOff"
    OPTED_OUT = "OptedOut"
    OPTED_IN = "OptedIn"
    OPT_OUT_BLOCKED = "OptOutBlocked"
    OPT_OUT_NOT_KEPT = "OptOutNotKept"
    # What came in reports.
    REPORT = "Report"
    REPORT_REFUSED = "ReportRefused"
    REPORT_NOT_KEPT = "ReportNotKept"
    DELIVERED = "Delivered"
    SEEN = "Seen"
    FAILED = "Failed"
    DELIVERY_EXPIRED = "DeliveryExpired"
    MESSAGE_PRICE = "MessagePrice"


_UNITS = dict.fromkeys((Metric.OLDEST_DEFERRED, Metric.OLDEST_OVERDUE, Metric.OLDEST_UNKNOWN), MetricUnit.Seconds) | {
    Metric.MESSENTE_LATENCY: MetricUnit.Milliseconds,
    Metric.MESSAGE_PRICE: MetricUnit.NoUnit,  # in the currency of the account at Messente
}

MOST_VALUES = 99  # of one metric in a line; at the 100th, Powertools would write a line of its own before ours

# The values of the invocation's metrics by dimension; there is none for whatever the trigger or the reason.
_values: dict[tuple[tuple[str, str], ...], dict[Metric, list[float]]] = {}
_lock = threading.Lock()


def count(metric: Metric, amount: float = 1, **dimension: str) -> None:
    """Add to a metric of this invocation, and to the same metric of a dimension if one is named."""
    with _lock:
        for dimensions in {(), tuple(dimension.items())}:
            _values.setdefault(dimensions, {}).setdefault(metric, [0])[0] += amount


def observe(metric: Metric, value: float) -> None:
    """Add a value to those that a metric of this invocation has, for its percentiles; the last ones count."""
    with _lock:
        values = _values.setdefault((), {}).setdefault(metric, [])
        values.append(value)
        del values[:-MOST_VALUES]


@contextmanager
def flush() -> Iterator[None]:
    """Write the invocation's metrics at its end, however it ends: one line, and one for each dimension."""
    try:
        yield
    finally:
        with _lock:
            for dimensions, values in _values.items():
                for name, text in dimensions:
                    metrics.add_dimension(name=name, value=text)
                for metric, several in values.items():
                    for value in several:
                        metrics.add_metric(name=metric, unit=_UNITS.get(metric, MetricUnit.Count), value=value)
                metrics.flush_metrics()
            _values.clear()
