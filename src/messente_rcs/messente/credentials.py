"""The JSON secret, kept in memory for a few minutes: API user, password, and the Shared Secrets of inbound numbers."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.errors import Unavailable, aws_code
from messente_rcs.payload.decode import read_object
from messente_rcs.telemetry import logger

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH = 300.0  # seconds that a value is used without asking again
STALE = 3600.0  # seconds that an old value still serves while Secrets Manager does not answer
PAUSE = 10.0  # seconds between two fetches that failed or were forced, so that a bad password cannot stampede
LONGEST_PAUSE = 30.0  # seconds; each pause after a fetch without anything new is twice the last, up to this

# RFC 7617: neither a username nor a password may have a control character. Half a surrogate pair cannot be sent.
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class CredentialsUnavailable(Unavailable):
    """No usable user and password: the secret can't be read, or holds none. The text is safe to log."""


@dataclass(frozen=True)
class Credentials:
    """An API user with its password (not the dashboard login)."""

    username: str
    password: str = field(repr=False)

    @cached_property
    def authorization(self) -> str:
        """The value of the Authorization header."""
        return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()


class SecretNotRead(CredentialsUnavailable):
    """Secrets Manager did not answer: nobody knows what the secret holds."""


def secret_reader(client: SecretsManagerClient, arn: str, stage: str = "AWSCURRENT") -> Callable[[], str]:
    """Make the function that reads the secret's text in a version stage; it raises CredentialsUnavailable."""

    def read() -> str:
        try:
            return client.get_secret_value(SecretId=arn, VersionStage=stage)["SecretString"]
        except (ClientError, BotoCoreError) as failure:
            code = aws_code(failure)  # of which one is an answer: it was never rotated, or is not there
            kind = CredentialsUnavailable if code == "ResourceNotFoundException" else SecretNotRead
            raise kind(f"reading the secret failed: {code}") from None
        except KeyError:
            raise CredentialsUnavailable("the secret is binary, not JSON text") from None

    return read


def credentials(text: str) -> Credentials:
    """Read the user and the password in the secret's text; raises CredentialsUnavailable."""
    secret = _decoded(text)
    username, password = (_checked(secret.get(field), field) for field in ("username", "password"))
    if ":" in username:  # RFC 7617: the server takes what follows for the password
        raise CredentialsUnavailable("the secret's username has a colon, which Basic authentication cannot carry")
    return Credentials(username, password)


def report_keys(text: str) -> tuple[str, ...]:
    """Read the keys that sign delivery reports in the secret's text; raises CredentialsUnavailable."""
    return (credentials(text).password,)


def inbound_keys(text: str) -> tuple[str, ...]:
    """Read the Shared Secrets of inbound numbers, a list or one (AWS's console writes no lists); raises the same."""
    given = _decoded(text).get("inbound_secrets", [])
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, list):
        raise CredentialsUnavailable("the secret's inbound_secrets is no list of texts")
    return tuple(_checked(each, "inbound_secrets") for each in given)


def _decoded(text: str) -> dict[str, object]:
    secret = read_object(text)
    if secret is None:
        raise CredentialsUnavailable("the secret is not JSON with username and password")
    return secret


def _checked(given: object, field: str) -> str:
    """Return a value as Messente gave it out. No exception and no log line may show it."""
    if not isinstance(given, str):
        raise CredentialsUnavailable(f"the secret's {field} is {'missing' if given is None else 'no string'}")
    value = given.strip("\r\n")
    if not value.strip():
        raise CredentialsUnavailable(f"the secret's {field} is empty")
    if _UNUSABLE.search(value):
        raise CredentialsUnavailable(f"the secret's {field} has a control character or a lone surrogate")
    if value != given:
        # Messente answers 401 to a password with a newline. A file or a piped `echo` adds one by mistake.
        logger.warning("newline left out", extra={"reason": f"the secret's {field} begins or ends with a newline"})
    return value


class SecretCache[T]:
    """Hands out what the secret holds; one thread at a time fetches, and a failed refresh keeps the old for an hour."""

    def __init__(self, read: Callable[[], str], parse: Callable[[str], T], clock: Callable[[], float]) -> None:
        self._read = read
        self._parse = parse
        self._clock = clock
        self._lock = threading.Lock()
        self._current: T | None = None
        self._fetched_at = self._paused_until = float("-inf")
        self._pause = PAUSE
        self._failure: CredentialsUnavailable | None = None  # of the last look

    def get(self) -> T:
        """Return what is fresh, or what is stale when nothing fresh can be had; raises CredentialsUnavailable."""
        with self._lock:
            if self._current is None or self._clock() - self._fetched_at > FRESH:
                self._refresh()
            if self._current is None or self._clock() - self._fetched_at > STALE:
                raise CredentialsUnavailable(str(self._failure))
            return self._current

    def check(self, *failures: type[CredentialsUnavailable]) -> None:
        """Raise CredentialsUnavailable if the last look failed in one of these ways: something newer may be there."""
        with self._lock:
            if isinstance(self._failure, failures):
                raise CredentialsUnavailable(str(self._failure))

    def outdate(self) -> None:
        """Make the next get() look again; what is there still serves if that fails."""
        with self._lock:
            self._fetched_at = min(self._fetched_at, self._clock() - FRESH - 1)

    def replace(self, rejected: T) -> T | None:
        """Return something else than what was rejected or did not fit, or None when there is nothing else (yet)."""
        with self._lock:
            if self._current in (rejected, None):
                self._refresh(forced=True)
            return None if self._current == rejected else self._current

    def _refresh(self, *, forced: bool = False) -> None:
        """Read the secret, unless there is a pause. One that was forced, or failed, starts the next pause."""
        now = self._clock()
        if now < self._paused_until:
            return  # and no longer a pause: otherwise steady refusals would put the next look off for ever
        news = False
        try:
            found = self._parse(self._read())
        except CredentialsUnavailable as failure:
            self._failure = failure
            forced = True
        else:
            news = found != self._current
            self._current, self._fetched_at, self._failure = found, now, None
        if news:
            self._pause = PAUSE
        if forced:
            self._paused_until = now + self._pause
        if forced and not news:
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
