"""Check message ids: they have only characters that a URL path carries as they are, decoded or not."""

from __future__ import annotations

import re

# RFC 3986 pchar without percent-encoding; "." and ".." would be resolved away in a URL path.
PATTERN = r"^(?!\.{1,2}$)[A-Za-z0-9\-._~!$&'()*+,;=:@]{1,255}$"

_PATTERN = re.compile(PATTERN)


def is_message_id(value: object) -> bool:
    """Tell whether a value can be a message id."""
    return isinstance(value, str) and _PATTERN.fullmatch(value) is not None
