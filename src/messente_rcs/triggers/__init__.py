"""Triggers: each module reads one form of event, and writes the answer to it."""
