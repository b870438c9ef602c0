"""Step 1: what the caller sent becomes a Submission, or an InvalidPayload that names every wrong field."""
