"""Counts write units by the DynamoDB in memory, which knows the indexes of the template and counts as AWS does."""

import io
import logging
from contextlib import redirect_stdout

from messente_rcs.telemetry import logger
from tests.support.units import write_units
from tests.support.world import World, message


def units() -> tuple[int, int]:
    """Count for a message on the queue with three reports: until it is sent, and for its reports."""
    handler = logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    with redirect_stdout(io.StringIO()) as nowhere:
        handler.setStream(nowhere)
        return write_units(World(), message("bench"), queued=True)
