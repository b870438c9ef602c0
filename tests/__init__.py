"""Every test, what they share, and the local stack: `python -m tests.local.up` keeps it running."""
