"""Who may use what listens on this machine: programs, and the page itself, but no other site in a browser."""

import pytest

from tests.local.visitors import refusal

PAGE = {"127.0.0.1:4568", "localhost:4568"}


def status(*headers: tuple[str, str], hosts: set[str] | None = None) -> int:
    refused = refusal(headers, hosts or ())
    return refused.status if refused else 200


HERE = [
    *("127.0.0.1:4566", "127.0.0.1", "127.1.2.3:80", "localhost:4566", "LocalHost", "[::1]:4566"),
    *("up.localhost:4566", "0123abcd.execute-api.localhost:4566"),
]
ELSEWHERE = [
    *("", "evil.example", "evil.example:4566", "127.0.0.1.evil.example", "localhost.evil.example:4566"),
    *("evillocalhost", "localhost@evil.example", "evil.example@localhost", "evil.example/.localhost"),
    *("127.0.0.1, evil.example", "172.17.0.1:4566", "0.0.0.0:4566", "[::2]:4566", "localhost:", "127.0.0.1\n"),
]


@pytest.mark.parametrize("host", HERE)
def test_programs_of_this_machine_are_served(host: str) -> None:
    """SDKs, curl and functions name this machine in one way or another, and send no header of a browser."""
    assert status(("Host", host), ("User-Agent", "curl/8")) == 200
    assert status(("host", host), ("sec-fetch-site", "none")) == 200


@pytest.mark.parametrize(
    "hosts", [[], ["127.0.0.1", "evil.example"], ["127.0.0.1", "127.0.0.1"], *([host] for host in ELSEWHERE)]
)
def test_any_other_host_is_refused(hosts: list[str]) -> None:
    """A name that leads to 127.0.0.1 is a site's own, and so is a request that names no host, or two."""
    for own in (None, PAGE):
        assert status(*(("Host", host) for host in hosts), hosts=own) == 421


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://localhost:3000", "http://127.0.0.1:4566"]
)
def test_no_origin_is_served_where_there_is_no_page(origin: str) -> None:
    """What a page of any site sends names the site, also a page of another port of this machine."""
    assert status(("Host", "127.0.0.1:4566"), ("Origin", origin)) == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_another_site_is_refused_without_an_origin(site: str) -> None:
    """A GET, a picture or a link has no Origin."""
    assert status(("Host", "127.0.0.1:4568"), ("Sec-Fetch-Site", site)) == 403
    assert status(("Host", "127.0.0.1:4568"), ("Sec-Fetch-Site", site), hosts=PAGE) == 403


def test_the_page_is_served_under_its_own_address_alone() -> None:
    """Its own requests name its origin."""
    own = ("Host", "localhost:4568"), ("Sec-Fetch-Site", "same-origin")
    assert status(*own, ("Origin", "http://localhost:4568"), hosts=PAGE) == 200
    assert status(*own, ("Origin", "https://localhost:4568"), hosts=PAGE) == 403
    assert status(*own, ("Origin", "http://localhost:4568"), ("Origin", "http://evil.example"), hosts=PAGE) == 403
    assert status(("Host", "localhost:4566"), hosts=PAGE) == 421
