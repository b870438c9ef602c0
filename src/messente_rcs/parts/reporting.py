"""What the function for delivery reports is made of."""

from __future__ import annotations

from functools import cached_property

from messente_rcs.credentials import CredentialCache, secret_reader
from messente_rcs.parts.shared import Parts
from messente_rcs.tracking.signature import Signatures


class ReportingParts(Parts):
    """The parts of the function for delivery reports."""

    @cached_property
    def signatures(self) -> Signatures:
        """Checks delivery reports."""
        previous = secret_reader(self.secrets, self.settings.secret_arn, "AWSPREVIOUS")
        return Signatures(self.credentials, CredentialCache(previous, self.clock))
