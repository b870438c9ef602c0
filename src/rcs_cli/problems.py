"""Explains failures in one line that says what to do. No line has a secret, a number or a text of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.errors import aws_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from messente_rcs.errors import Error

FAILED = 1  # the exit code: what was asked for failed, or what was looked at is not good
USAGE = 2  # the command itself is wrong
INTERRUPTED = 130  # by Ctrl-C

BAD_ID = "A message id has 1 to 255 letters, digits or -._~!$&'()*+,;=:@, and is not . or .. alone."

type AwsFailure = ClientError | BotoCoreError

_HINTS = {
    **dict.fromkeys(
        ("NoCredentialsError", "PartialCredentialsError"), "Log in to AWS, or name a profile with --profile."
    ),
    "ProfileNotFound": "Name a profile of ~/.aws/config with --profile.",
    "NoRegionError": "Name the region with --region, or with AWS_REGION.",
    **dict.fromkeys(
        ("EndpointConnectionError", "ConnectTimeoutError"),
        "Check the network, --region, and with --local that the local stack runs.",
    ),
    **dict.fromkeys(
        ("UnauthorizedSSOTokenError", "SSOTokenLoadError", "TokenRetrievalError"), "Log in again with aws sso login."
    ),
    **dict.fromkeys(
        ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
        "Log in to AWS again.",
    ),
    "RequestExpired": "Log in to AWS again, and check the clock of this machine.",
    **dict.fromkeys(("Throttling", "ThrottlingException", "RequestThrottled"), "Try again in a moment."),
}
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})


class Problem(Exception):  # noqa: N818 - the user reads it, and it is not always an error of the program
    """One line for the user: what went wrong, and what to do. `code` is the exit code."""

    def __init__(self, told: str, code: int = FAILED) -> None:
        super().__init__(told)
        self.code = code


class NoStack(Problem):
    """There is no stack of this name."""


class NoAnswer(Problem):
    """A request went out, and its answer did not come: it may have done what it is for."""


def of_aws(failure: AwsFailure) -> Problem:
    """Say what AWS refused, or why it was not reached. Its own words are left out, as they may repeat what was sent."""
    code = aws_code(failure)
    if not isinstance(failure, ClientError):
        return Problem(
            f"AWS could not be asked ({code}). {_HINTS.get(code, 'Check the network and your AWS settings.')}"
        )
    operation = failure.operation_name
    if code in _DENIED:
        return Problem(f"IAM does not let you call {operation}. Ask for a policy that allows it.")
    return Problem(
        f"AWS refused {operation} ({code}). {_HINTS.get(code, 'Try again, or look it up in the AWS documentation.')}"
    )


def details(errors: Sequence[Error]) -> list[str]:
    """Write errors of a payload or of an answer as lines: where, and what to fix."""
    return [f"{each['source']}: {each['detail']}" if each.get("source") else each["detail"] for each in errors]
