"""Clients of AWS: boto3's own, with requests over our own connections."""

import os
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import boto3
import urllib3
from botocore import exceptions as aws
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from urllib3 import exceptions as failures

from messente_rcs.messente.connections import Connections, TlsFailed

# AWS answers in milliseconds, so a call that hangs is repeated soon.
TIMEOUT = urllib3.Timeout(connect=1, read=2)  # seconds
ATTEMPTS = 4

# The name under which botocore knows a failure. What is not here is plainly an HTTPClientError, and repeated as these.
_KNOWN: Mapping[type[BaseException], type[aws.BotoCoreError]] = {
    TlsFailed: aws.SSLError,
    failures.SSLError: aws.SSLError,
    failures.NewConnectionError: aws.EndpointConnectionError,
    failures.ProxyError: aws.ProxyConnectionError,
    failures.ConnectTimeoutError: aws.ConnectTimeoutError,
    failures.ReadTimeoutError: aws.ReadTimeoutError,
    failures.ProtocolError: aws.ConnectionClosedError,
}


def clients(connections: int) -> Callable[[str], Any]:
    """Return what makes a client by service name. AWS_CA_BUNDLE may name other CAs, as for any use of boto3.

    One connection for each thread: one beyond these would be thrown away after its call, TLS and all.
    """
    authorities = os.environ.get("AWS_CA_BUNDLE")
    context = ssl.create_default_context(cafile=authorities) if authorities else None
    respond = partial(_respond, Connections(connections, context))
    config = Config(
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        # Each of these two costs a tenth of a call's CPU. The arguments are our own, and tried against the emulator.
        parameter_validation=False,
        user_agent="messente-rcs",
    )

    def client(service: str) -> Any:
        made = boto3.client(cast("Any", service), config=config)
        made.meta.events.register("before-send", respond)
        return made

    return client


def _respond(connections: Connections, *, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
    """Answer the event `before-send`: botocore takes the answer for the service's and sends nothing itself.

    botocore's own connections load the CAs with each new one (botocore #3171), at ten times the cost of the connection,
    and take an interim answer for the answer.
    """
    given: Any = request
    try:
        raw: Any = connections.urlopen(
            given.method,
            given.url,
            body=given.body,
            headers=given.headers,
            timeout=TIMEOUT,
            decode_content=False,
        )
        response = AWSResponse(given.url, raw.status, raw.headers, raw)
        response.content  # noqa: B018 - read here: a failure is named here, and the connection is free again
    except failures.HTTPError as failure:
        known = next((_KNOWN[cls] for cls in type(failure).__mro__ if cls in _KNOWN), aws.HTTPClientError)
        # proxy_url is what some of them show; it may hold a password.
        raise known(endpoint_url=given.url, error=failure, proxy_url="the proxy", request=request) from None
    return response
