"""Settings of each function, read once from the environment; a bad variable fails the start by its name."""

import contextlib
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Self, dataclass_transform, get_args, get_type_hints
from urllib.parse import urlsplit

from messente_rcs.errors import Invalid


class InvalidSettings(Invalid):
    """Environment variables that are missing or wrong, by name and never by value."""


def _text(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _base_url(url: str) -> str:
    host = None
    with contextlib.suppress(ValueError):  # whose text repeats the value
        parts = urlsplit(url)
        host = parts.hostname
    if not host or parts.username or parts.query or parts.fragment:
        raise ValueError("must be a base URL such as https://api.messente.com/v1")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(host)):
        raise ValueError("must be https, or http to a private or loopback address")
    return url.rstrip("/")


def _is_local(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_private
    return f".{host}".endswith(".localhost")  # RFC 6761


def _prefixes(value: str) -> str:
    if value and not re.fullmatch(r"-?\+[1-9]\d{0,6}(,-?\+[1-9]\d{0,6})*", value, re.ASCII):
        raise ValueError("must be prefixes such as +372,+371,-+37290, of at most 7 digits")
    return value


def _number[N: (int, float)](kind: Callable[[str], N], low: float, high: float) -> Callable[[str], N]:
    def read(value: str) -> N:
        number = None
        with contextlib.suppress(ValueError):  # whose text repeats the value
            number = kind(value)
        if number is None or not low <= number <= high:  # NaN is not
            raise ValueError(f"must be a{' whole' if kind is int else ''} number from {low:g} to {high:g}")
        return number

    return read


def _yes_or_no(value: str) -> bool:
    if value not in ("Yes", "No"):
        raise ValueError("must be Yes or No")
    return value == "Yes"


_Text = Annotated[str, _text]  # must be there, and not empty
_Optional = Annotated[str, str]  # may be empty
_OptionalUrl = Annotated[str, lambda url: url and _base_url(url)]
_YesOrNo = Annotated[bool, _yes_or_no]


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Settings:
    """Settings of every function. Times are seconds."""

    concurrency: Annotated[int, _number(int, 1, 64)] = 10

    def __init__(self, **values: Any) -> None:  # dataclass would write one for each class, at 1 ms of each start
        vars(self).update(values)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read each field from its variable; raises InvalidSettings."""
        values: dict[str, Any] = {}
        wrong = []
        for name, kind in get_type_hints(cls, include_extras=True).items():
            variable = name.upper()
            _, read = get_args(kind)
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


class RecordSettings(Settings):
    """Settings of the records."""

    table_name: _Text
    # At least: queue (4 d) + DLQ (14 d) + a redrive on the last day (4 d).
    record_ttl_days: Annotated[int, _number(int, 23, 36_500)] = 35
    reconcile_after: Annotated[float, _number(float, 60, 31_536_000)] = 3600
    track_conversations: _YesOrNo = False


class SecretSettings(Settings):
    """Settings of Messente's credentials."""

    secret_arn: _Text


class MessenteSettings(SecretSettings):
    """Settings of the requests to Messente."""

    messente_url: Annotated[str, _base_url]
    connect_timeout: Annotated[float, _number(float, 0.1, 10)] = 3
    read_timeout: Annotated[float, _number(float, 0.1, 20)] = 10


class QueueSettings(Settings):
    """Settings of the queue and its dead-letter queue."""

    queue_url: _Text
    dead_letter_queue_url: _Text


class SendSettings(RecordSettings, MessenteSettings, QueueSettings):
    """Settings of the sending function."""

    default_sender: _Optional = ""
    allowed_prefixes: Annotated[str, _prefixes] = ""  # empty: all numbers
    api_id: _Optional = ""  # of the stack's HTTP API; empty: no request names a person
    callback_url: _OptionalUrl = ""  # empty: messages carry no dlr_url
    opt_out_table_name: _Optional = ""  # empty: nobody looks whether a recipient opted out


class ReportSettings(RecordSettings, SecretSettings):
    """Settings of the function for delivery reports."""


class ReconcileSettings(RecordSettings, MessenteSettings):
    """Settings of the reconciling function."""

    reconcile_requests: Annotated[int, _number(int, 1, 1000)] = 60


class PublishSettings(QueueSettings):
    """Settings of the publishing function."""

    event_bus_name: _Text = "default"
    publish_recipient: _YesOrNo = False


class InboundSettings(RecordSettings, SecretSettings):
    """Settings of the function for inbound messages."""

    queue_url: _Text
    event_bus_name: _Text = "default"
    opt_out_table_name: _Optional = ""
    opt_out_confirmation: _Optional = ""  # empty: an opt-out is not answered
    stop_words: _Optional = ""  # with commas between them, besides those that everybody knows
    inbound_queue_url: _Optional = ""
