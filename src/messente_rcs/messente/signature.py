"""Checks of X-Messente-Signature, which is the HMAC-SHA256 of the raw body, in hex.

The key of a delivery report is the password of the API user that sent the message; the key of an inbound message is the
Shared Secret of the inbound number. While a key is being rotated, bodies come signed with the old one and the new one.
Nothing guards against a replay, so that what is signed must not do harm when it comes twice.
"""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import suppress

from messente_rcs.messente.credentials import CredentialsUnavailable, SecretCache, SecretNotRead

type Keys = tuple[str, ...]


class Signatures:
    """Checks signatures against the current version of the secret and the one before (AWSCURRENT and AWSPREVIOUS)."""

    def __init__(self, current: SecretCache[Keys], previous: SecretCache[Keys]) -> None:
        self._current = current
        self._previous = previous
        self._seen: Keys | None = None

    def match(self, body: bytes, signature: str) -> bool:
        """Tell whether the signature is Messente's; raises CredentialsUnavailable."""
        return any(_signed(body, signature, key) for keys in self._candidates() for key in keys)

    @property
    def are_possible(self) -> bool:
        """Whether there is any key to check a signature by; raises CredentialsUnavailable."""
        return any(self._both(self._current.get()))

    def _candidates(self) -> Iterator[Keys]:
        current = self._current.get()
        yield from self._both(current)
        # It may have changed since we last looked. At most one look in a while: this endpoint is public.
        if (newer := self._current.replace(current)) is not None:
            yield from self._both(newer)
        # Nobody knows that a signature is wrong unless both were read. One before that holds no key is no failure.
        self._current.check(CredentialsUnavailable)
        self._previous.check(SecretNotRead)

    def _both(self, current: Keys) -> Iterator[Keys]:
        if current != self._seen:
            self._seen = current
            self._previous.outdate()  # never changes by itself: it is read anew when the current one has changed
        yield current
        with suppress(CredentialsUnavailable):  # it was never rotated
            yield self._previous.get()


def _signed(body: bytes, signature: str, key: str) -> bool:
    expected = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.strip().lower().encode(errors="replace"))
