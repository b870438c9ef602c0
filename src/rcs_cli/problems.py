"""Explains failures in one line that says what to do. No line has a secret, a number or a text of a message."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.errors import Error, Unavailable, aws_code
from messente_rcs.payload.errors import InvalidPayload
from rcs_cli.masking import mask_in

FAILED = 1  # the exit code: what was asked for failed, or what was looked at is not good
USAGE = 2  # the command itself is wrong
INTERRUPTED = 130  # by Ctrl-C
_SERVERS = 500  # a status of HTTP, and above: the server may have done what it was asked for

BAD_ID = "A message id has 1 to 255 letters, digits or -._~!$&'()*+,;=:@, and is not . or .. alone."

# What to do about the failures of AWS and botocore, by their names.
_HINTS = {
    name: hint
    for hint, names in {
        "Log in to AWS, or name a profile with --profile.": "NoCredentialsError PartialCredentialsError",
        "Name a profile of ~/.aws/config with --profile.": "ProfileNotFound",
        "Name the region with --region, or with AWS_REGION.": "NoRegionError",
        "Check the network and --region, or the local stack.": "EndpointConnectionError ConnectTimeoutError",
        "Log in again with aws sso login.": "UnauthorizedSSOTokenError SSOTokenLoadError TokenRetrievalError",
        "Log in to AWS again.": "ExpiredToken ExpiredTokenException InvalidClientTokenId UnrecognizedClientException",
        "Log in to AWS again, and check the clock of this machine.": "RequestExpired",
        "Ask for a policy to allow it.": "AccessDenied AccessDeniedException UnauthorizedOperation AuthorizationError",
        "Try again in a moment.": "Throttling ThrottlingException RequestThrottled",
    }.items()
    for name in names.split()
}


class Problem(Exception):  # noqa: N818 - the user reads it, and it is not always an error of the program
    """One line for the user: what went wrong, and what to do. `code` is the exit code."""

    def __init__(self, told: str, code: int = FAILED) -> None:
        super().__init__(told)
        self.code = code


class NoAnswer(Problem):
    """A request went out, and its answer did not come: it may have done what it is for."""


def explain(failure: BaseException) -> Problem:
    """Say in one line what failed, or raise it. The words of AWS are left out, as they may repeat what was sent."""
    code = FAILED
    match failure:
        case Problem():
            return failure
        case KeyboardInterrupt() | Exception(__context__=KeyboardInterrupt()):  # also while a question was asked
            told, code = "Stopped.", INTERRUPTED
        case ClientError(operation_name=call):
            hint = _HINTS.get(aws_code(failure), "Try again, or look it up in the AWS documentation.")
            did = "gave no clear answer to" if may_be_done(failure) else "rejected"
            told = f"AWS {did} {call} ({aws_code(failure)}). {hint}"
        case BotoCoreError():
            hint = _HINTS.get(aws_code(failure), "Check the network and your AWS settings.")
            told = f"AWS gave no answer ({aws_code(failure)}). {hint}"
        case InvalidPayload():
            told = f"The message is not valid. {mask_in(' '.join(details(failure.errors)))}"
        case Unavailable():
            told = f"The table could not be read or written ({failure}). Run the same command again."
        case UnicodeEncodeError():
            told, code = "An id or a name on the command line is not in UTF-8.", USAGE
        case OSError():
            told = f"The output could not be written ({failure.strerror})."
        case _ if type(failure).__name__ == "ResponseParserError":  # of botocore.parsers, which takes long to import
            told = "Instead of AWS another program answered. Check the network."
        case _:
            raise failure
    return Problem(told, code)


def may_be_done(failure: BaseException) -> bool:
    """Tell whether what failed may have done its work: its answer is lost, or that of an attempt before."""
    if isinstance(failure, ClientError):
        told: Any = failure.response.get("ResponseMetadata", {})
        return told.get("HTTPStatusCode", 0) >= _SERVERS or bool(told.get("RetryAttempts"))
    return isinstance(failure, NoAnswer) or not isinstance(failure, Problem)


def errors_in(found: object) -> list[Error]:
    """Return what has the form of our errors: an answer, or an attribute of a letter, may be somebody else's."""
    dicts: list[Any] = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return [one for one in dicts if isinstance(one.get("detail"), str) and isinstance(one.get("source"), str | None)]


def details(errors: Iterable[Error]) -> list[str]:
    """Write errors of a payload or of an answer as lines: where, and what to fix."""
    return [f"{each['source']}: {each['detail']}" if each.get("source") else each["detail"] for each in errors]
