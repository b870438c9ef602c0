"""Payloads to start from, of every kind."""

from __future__ import annotations

from typing import Any

EXAMPLES: list[dict[str, Any]] = [
    {"name": "Text", "payload": {"to": "+37255510001", "text": "Your parcel has arrived."}}
]
