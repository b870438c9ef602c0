"""Step 1: what the caller sent becomes a Submission, or an InvalidPayload that names every wrong field."""

from messente_rcs.payload.problems import InvalidPayload
from messente_rcs.payload.submission import Submission, check_key, parse

__all__ = ["InvalidPayload", "Submission", "check_key", "parse"]
