"""The rule for a message id, which is the key of its record and a part of URLs."""

import re

# RFC 3986 pchar without percent-encoding, so that a URL path carries a message id as it is, decoded or not; "." and
# ".." would be resolved away there.
MESSAGE_ID = r"^(?!\.{1,2}$)[A-Za-z0-9\-._~!$&'()*+,;=:@]{1,255}$"


def is_message_id(value: object) -> bool:
    """Tell whether a value can be a message id."""
    return isinstance(value, str) and re.fullmatch(MESSAGE_ID, value) is not None
