"""Refuse what a web page makes a browser send to this machine. Programs of this machine are served.

A page of any site can make a browser send requests to 127.0.0.1, also under a name of the site's own (DNS rebinding).
The browser then names the site in `Host`, in `Origin` or in `Sec-Fetch-Site`, which no page can choose. Programs send
neither of the last two. The emulator's own Python runs this too, so it needs the standard library alone.
"""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

# localhost and the names under it (RFC 6761), 127.0.0.0/8 and ::1. A resolver gives no other machine any of them.
_LOOPBACK = re.compile(r"(?:(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?", re.ASCII | re.IGNORECASE)
_OWN_SITES = {"none", "same-origin"}  # `none`: a person typed the address


class Refusal(NamedTuple):
    """The answer to a request that is refused."""

    status: int
    detail: str
    source: str

    @property
    def body(self) -> dict[str, list[dict[str, str]]]:
        return {"errors": [{"code": "102", "title": "Forbidden", "detail": self.detail, "source": self.source}]}


def refusal(headers: Iterable[tuple[str, str]], hosts: Collection[str] = ()) -> Refusal | None:
    """Find out why a request is refused, or None.

    `hosts` are those under which a page of ours is served: no other Host is served then, and only their origins may
    send requests. Without any, each name of this machine is served, and no page.
    """
    named: dict[str, list[str]] = {"host": [], "origin": [], "sec-fetch-site": []}
    for name, value in headers:
        named.get(name.lower(), []).append(value)
    match named["host"]:
        case [host] if host in hosts or (not hosts and _LOOPBACK.fullmatch(host)):
            pass
        case _:
            return Refusal(421, "Must be a name of this machine", "header[Host]")
    if not {f"http://{host}" for host in hosts}.issuperset(named["origin"]):
        return Refusal(403, "Another site may not use this", "header[Origin]")
    if not _OWN_SITES.issuperset(named["sec-fetch-site"]):
        return Refusal(403, "Another site may not use this", "header[Sec-Fetch-Site]")
    return None
