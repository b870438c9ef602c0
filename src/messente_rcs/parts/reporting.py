"""What the function for delivery reports is made of."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from messente_rcs.messente.credentials import CredentialCache, secret_reader
from messente_rcs.messente.signature import Signatures
from messente_rcs.parts.shared import Parts

if TYPE_CHECKING:
    from messente_rcs.messente.credentials import Credentials


class ReportingParts(Parts):
    """The parts of the function for delivery reports."""

    @cached_property
    def signatures(self) -> Signatures[Credentials]:
        """Checks delivery reports."""
        previous = secret_reader(self.secrets, self.settings.secret_arn, "AWSPREVIOUS")
        return Signatures(self.credentials, CredentialCache(previous, self.clock))
