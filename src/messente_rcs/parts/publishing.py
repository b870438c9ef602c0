"""What the publishing function is made of."""

from __future__ import annotations

from functools import cached_property

from messente_rcs.aws.bus import Bus
from messente_rcs.parts.shared import Parts


class PublishingParts(Parts):
    """The parts of the publishing function."""

    @cached_property
    def bus(self) -> Bus:
        """The event bus."""
        return Bus(self.aws("events"), self.settings.event_bus_name, self.sleep)
