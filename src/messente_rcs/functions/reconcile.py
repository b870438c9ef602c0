"""Looks after open records: the function on a schedule, which does one bounded run."""

from messente_rcs.functions.wiring import entry_point, reconciler
from messente_rcs.settings import ReconcileSettings

lambda_handler = entry_point(
    ReconcileSettings, reconciler, lambda reconciler, _, remaining, __: reconciler.run(remaining)
)
