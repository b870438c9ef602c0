"""What the stack configures, read once from the environment; a bad variable fails the start by its name."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class InvalidSettings(Exception):  # noqa: N818 - reads as what it is in a log
    """Environment variables that are missing or wrong, by name and never by value."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The stack's settings. Times are seconds."""

    messente_url: str
    table_name: str
    secret_arn: str
    queue_url: str
    dead_letter_queue_url: str
    default_sender: str = ""
    concurrency: int = 10
    record_ttl_days: int = 35
    api_id: str = ""  # of the stack's HTTP API; empty: no request names a person
    callback_url: str = ""  # empty: messages carry no dlr_url
    reconcile_after: float = 3600
    reconcile_requests: int = 60
    event_bus_name: str = "default"
    publish_recipient: bool = False
    opt_out_table_name: str = ""  # empty: nobody looks whether a recipient opted out
    opt_out_confirmation: str = ""  # empty: an opt-out is not answered
    stop_words: str = ""  # with commas between them, besides those that everybody knows
    track_conversations: bool = False
    mirror_opt_outs: bool = False  # to Messente's blacklist, which is the whole account's
    inbound_queue_url: str = ""
    connect_timeout: float = 3
    read_timeout: float = 10

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read each field from the variable of its name in capitals; raises InvalidSettings."""
        values: dict[str, Any] = {}
        wrong = []
        for name, read in _READERS.items():
            variable = name.upper()
            try:
                if variable in environ:
                    values[name] = read(environ[variable])
                elif not hasattr(cls, name):  # it has no default
                    wrong.append(f"{variable}: must be set")
            except ValueError as problem:
                wrong.append(f"{variable}: {problem}")
        if wrong:
            raise InvalidSettings("; ".join(wrong))
        return cls(**values)


def _text(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _base_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None  # its text repeats the value
    if not host or parts.username or parts.query or parts.fragment:
        raise ValueError("must be a base URL such as https://api.messente.com/v1")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(host)):
        raise ValueError("must be https, or http to a private or loopback address")
    return url.rstrip("/")


def _callback_url(url: str) -> str:
    return _base_url(url) if url else ""


def _number[N: (int, float)](kind: Callable[[str], N], low: float, high: float) -> Callable[[str], N]:
    def read(value: str) -> N:
        try:
            number = kind(value)
        except ValueError:
            number = None  # its text repeats the value
        if number is None or not low <= number <= high:  # NaN is not
            raise ValueError(f"must be a{' whole' if kind is int else ''} number from {low:g} to {high:g}")
        return number

    return read


def _yes_or_no(value: str) -> bool:
    if value not in ("Yes", "No"):
        raise ValueError("must be Yes or No")
    return value == "Yes"


_READERS: dict[str, Callable[[str], Any]] = {
    "messente_url": _base_url,
    "table_name": _text,
    "secret_arn": _text,
    "queue_url": _text,
    "dead_letter_queue_url": _text,
    "default_sender": str,
    "concurrency": _number(int, 1, 64),
    # At least: queue (4 d) + DLQ (14 d) + a redrive on the last day (4 d).
    "record_ttl_days": _number(int, 23, 36_500),
    "api_id": str,
    "callback_url": _callback_url,
    "reconcile_after": _number(float, 60, 31_536_000),
    "reconcile_requests": _number(int, 1, 1000),
    "event_bus_name": _text,
    "publish_recipient": _yes_or_no,
    "opt_out_table_name": str,
    "opt_out_confirmation": str,
    "stop_words": str,
    "track_conversations": _yes_or_no,
    "mirror_opt_outs": _yes_or_no,
    "inbound_queue_url": str,
    "connect_timeout": _number(float, 0.1, 10),
    "read_timeout": _number(float, 0.1, 20),
}
