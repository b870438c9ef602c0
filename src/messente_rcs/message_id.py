"""What a message id may be: whatever stands in a URL path as it is, so that it is found whoever decodes the path."""

from __future__ import annotations

import re

# RFC 3986 pchar without percent-encoding; "." and ".." would be resolved away in a URL path.
PATTERN = r"^(?!\.{1,2}$)[A-Za-z0-9\-._~!$&'()*+,;=:@]{1,255}$"

_PATTERN = re.compile(PATTERN)


def is_message_id(value: object) -> bool:
    """Tell whether a value can be a message id."""
    return isinstance(value, str) and _PATTERN.fullmatch(value) is not None
