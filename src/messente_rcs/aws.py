"""How AWS is called: through boto3's core, botocore, without what costs a cold start or a call and is not used here."""

from __future__ import annotations

import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import botocore.session
import urllib3
from botocore import exceptions as aws
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from urllib3 import exceptions as failures

from messente_rcs.wire import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.awsrequest import AWSPreparedRequest

# AWS answers in milliseconds: a call that hangs is better repeated than waited for.
TIMEOUT = urllib3.Timeout(connect=1, read=2)  # seconds
ATTEMPTS = 4

# The name under which botocore knows a failure. What is not here is plainly an HTTPClientError, and repeated as these.
_KNOWN: Mapping[type[Exception], type[aws.BotoCoreError]] = {
    failures.SSLError: aws.SSLError,
    failures.NewConnectionError: aws.EndpointConnectionError,
    failures.ConnectTimeoutError: aws.ConnectTimeoutError,
    failures.ReadTimeoutError: aws.ReadTimeoutError,
    failures.ProtocolError: aws.ConnectionClosedError,
}


class _Http:
    """Sends what botocore has signed over our own connections, whose CAs are loaded once.

    botocore's own load them with each new connection (botocore #3171), at ten times the cost of the connection.
    """

    def __init__(self, connections: int, context: ssl.SSLContext | None) -> None:
        self._connections = connections
        self._context = context
        self._pools: dict[str, urllib3.HTTPConnectionPool] = {}

    def respond(self, *, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer the event `before-send`: botocore takes the answer for the service's and sends nothing itself."""
        given: Any = request
        try:
            raw: Any = self._pool(request.url).urlopen(
                request.method,
                "/",  # of every call in the JSON protocols
                body=given.body,
                headers=given.headers,
                timeout=TIMEOUT,
                retries=False,
                redirect=False,
                decode_content=False,
            )
        except failures.HTTPError as failure:
            known = _KNOWN.get(type(failure), aws.HTTPClientError)
            raise known(endpoint_url=request.url, error=failure) from None
        return AWSResponse(request.url, raw.status, raw.headers, _Body(raw.data))

    def _pool(self, url: str) -> urllib3.HTTPConnectionPool:
        if url not in self._pools:
            self._pools[url] = connect(url, self._connections, self._context)
        return self._pools[url]


class _Body:
    """What botocore reads a response from."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self) -> tuple[bytes, ...]:
        """Give it out, in one piece."""
        return (self._data,)


def clients(connections: int) -> Callable[[str], Any]:
    """Return what makes a client by service name. AWS_CA_BUNDLE may name other CAs, as for any use of boto3.

    One connection for each thread: one beyond these would be thrown away after its call, TLS and all.
    """
    # The handlers left out are for documentation and of other services. What ours would need of them is a header that
    # tells how often a call was tried, and legacy error codes of SQS.
    session = botocore.session.Session(include_builtin_handlers=False)
    authorities = session.get_config_variable("ca_bundle")
    context = ssl.create_default_context(cafile=authorities) if authorities else None
    session.register("before-call", cast("Any", _name_host))
    session.register("before-send", cast("Any", _Http(connections, context).respond))
    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        # Each costs a tenth of a call's CPU. The arguments are our own, and tried against the emulator.
        parameter_validation=False,
        user_agent="messente-rcs",
    )
    return lambda service: session.create_client(service, config=config)


def _name_host(*, params: dict[str, Any], **_: Any) -> None:
    """Write the header that the signer would otherwise make of the URL, twice a call."""
    params["headers"]["Host"] = _host(params["url"])


@lru_cache
def _host(url: str) -> str:
    return urlsplit(url).netloc
