"""What the reconciling function is made of."""

from __future__ import annotations

from functools import cached_property

from messente_rcs.parts.shared import Parts
from messente_rcs.tracking.reconcile import Reconciler


class ReconcilingParts(Parts):
    """The parts of the reconciling function."""

    @cached_property
    def reconciler(self) -> Reconciler:
        """Looks after open records."""
        requests = self.settings.reconcile_requests
        return Reconciler(self.table, self.indexes, self.messente, self.clock, requests)
