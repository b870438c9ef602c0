"""Are these bytes from Messente? X-Messente-Signature is the HMAC-SHA256 of the raw body, in hex.

The key is the password of the API user that sent the message (messente-api.md §4). While it is being rotated, reports
come signed with the old one and the new one. Nothing guards against a replay, so a report must match its record too.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from messente_rcs.credentials import CredentialsUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from messente_rcs.credentials import CredentialCache, Credentials


class Signatures:
    """Checks signatures against the current password and the one before (AWSCURRENT and AWSPREVIOUS)."""

    def __init__(self, current: CredentialCache, previous: CredentialCache) -> None:
        self._current = current
        self._previous = previous
        self._seen: Credentials | None = None

    def match(self, body: bytes, signature: str) -> bool:
        """Tell whether the signature is Messente's; raises CredentialsUnavailable."""
        return any(_signed(body, signature, each) for each in self._candidates())

    def _candidates(self) -> Iterator[Credentials]:
        current = self._current.get()
        yield from self._both(current)
        # It may have changed since we last looked. At most one look in a while: this endpoint is public.
        if newer := self._current.replace(current):
            yield from self._both(newer)

    def _both(self, current: Credentials) -> Iterator[Credentials]:
        if current != self._seen:
            self._seen = current
            self._previous.outdate()  # never changes by itself: it is read anew when the current one has changed
        yield current
        if previous := self._before():
            yield previous

    def _before(self) -> Credentials | None:
        try:
            return self._previous.get()
        except CredentialsUnavailable:
            return None  # never rotated


def _signed(body: bytes, signature: str, credentials: Credentials) -> bool:
    expected = hmac.new(credentials.password.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode(errors="replace"))
