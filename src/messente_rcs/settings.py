"""What the stack configures, read once from the environment; a bad variable fails the start by its name."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidSettings(Exception):  # noqa: N818 - reads as what it is in a log
    """Environment variables that are missing or wrong, by name and never by value."""


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _base_url(url: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("must be a base URL such as https://api.messente.com/v1")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_local(parts.hostname)):
        raise ValueError("must be https, or http to a private or loopback address")
    return url.rstrip("/")


def _callback_url(url: str) -> str:
    return _base_url(url) if url else ""


class Settings(BaseModel):
    """The stack's settings. Times are seconds."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    messente_url: Annotated[str, AfterValidator(_base_url)]
    table_name: str = Field(min_length=1)
    secret_arn: str = Field(min_length=1)
    queue_url: str = Field(min_length=1)
    dead_letter_queue_url: str = Field(min_length=1)
    default_sender: str = ""
    concurrency: int = Field(default=10, ge=1, le=64)
    record_ttl_days: int = Field(default=35, ge=23)  # queue (4 d) + DLQ (14 d) + a redrive on the last day (4 d)
    callback_url: Annotated[str, AfterValidator(_callback_url)] = ""  # empty: messages carry no dlr_url
    reconcile_after: float = Field(default=3600, ge=60)
    reconcile_requests: int = Field(default=60, ge=1, le=1000)
    connect_timeout: float = Field(default=3, gt=0, le=10)
    read_timeout: float = Field(default=10, gt=0, le=20)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read each field from the variable of its name in capitals; raises InvalidSettings."""
        given = {name: environ[name.upper()] for name in cls.model_fields if name.upper() in environ}
        try:
            return cls.model_validate(given)
        except ValidationError as invalid:
            wrong = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in invalid.errors(include_input=False))
        raise InvalidSettings(wrong)
