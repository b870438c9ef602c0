"""The checks of what sends: the secret, Messente, the function, its queue and the two tables."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from messente_rcs.errors import aws_code
from messente_rcs.messente.api import Messente
from messente_rcs.messente.credentials import CredentialCache, CredentialsUnavailable, secret_reader
from messente_rcs.sending.outcome import OutcomeKind
from rcs_cli.checks.findings import fail, ok, warn
from rcs_cli.letters import DeadLetters, Of, queue_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messente_rcs.messente.api import Response
    from rcs_cli.checks.findings import Finding
    from rcs_cli.checks.site import Site
    from rcs_cli.stack import Stack

URL = "https://api.messente.com/v1"  # the default of MessenteUrl
_TIMES = 5.0, 10.0  # seconds to connect to Messente, and to wait for its answer
_SOMEBODY = "+37255500000"  # to whom nothing is sent


def read_secret(stack: Stack, stage: str = "AWSCURRENT") -> Callable[[], str]:
    """Make the function that reads the secret; it raises CredentialsUnavailable."""
    return secret_reader(stack.client("secretsmanager"), stack.output("SecretArn"), stage)


def put_secret(stack: Stack) -> str:
    """Write the command that reads the secret from the terminal."""
    return stack.aws(
        "secretsmanager put-secret-value",
        secret_id=stack.output("SecretArn"),
        secret_string="file:///dev/stdin",  # noqa: S106 - no password
    )


def secret(site: Site) -> Iterator[Finding]:
    """Look at the secret."""
    try:
        CredentialCache(read_secret(site.stack), site.clock).get()
    except CredentialsUnavailable as why:
        next_ = put_secret(site.stack)
        if "InvalidRequestException" in str(why):  # it is to be deleted
            next_ = site.stack.aws("secretsmanager restore-secret", secret_id=site.stack.output("SecretArn"))
        yield fail(str(why), next_)
    yield ok("has a username and a password")


def messente(site: Site) -> Iterator[Finding]:
    """Ask for the status of a message that does not exist, with the password of the stack and with a made-up one."""
    stack, mend = site.stack, site.stack.deploy(MessenteUrl=URL)
    message_id = str(uuid.uuid4())
    try:
        answer = _ask(site, message_id, read_secret(stack))
    except CredentialsUnavailable:
        yield fail("was not asked, as there is no password", put_secret(stack))
        return
    match answer.status:
        case 404 if _is_messentes(answer):
            # A path that Messente does not have may be answered in the same way: only this question has both answers.
            nobody = json.dumps({"username": "rcs-doctor", "password": message_id})
            if _ask(site, message_id, lambda: nobody).status not in (401, 403):
                yield fail("does not have the path of MessenteUrl: a wrong password is answered with 404 too", mend)
        case 401:
            yield fail("refuses the password (401)", put_secret(stack))
        case 403:
            allow = "If the function sends, nothing; else allow its address in the IP list of the API key."
            yield warn("refuses the address of this machine (403)", allow)
        case None:
            yield fail("gave no answer to this machine", mend)
        case 429 | 500 | 502 | 503 | 504 as status:
            yield warn(f"answered {status}", "Wait a minute and run rcs doctor again; if it stays, ask Messente.")
        case status:
            yield fail(f"answered {status}, as only something else than Messente's API does", mend)
    yield from site.ringing("MisconfiguredAlarm", "does not know the requests of the function", mend)
    allow = "Allow the address of the function in the IP list of the API key, at Messente."
    yield from site.ringing("UnauthorizedAlarm", "refused the address or the password of the function", allow)
    yield ok("reachable from this machine, and knows the password")


def _ask(site: Site, message_id: str, read: Callable[[], str]) -> Response:
    url = site.stack.parameter("MessenteUrl")
    return Messente(site.http, url, _TIMES, CredentialCache(read, site.clock)).status(message_id)


def _is_messentes(answer: Response) -> bool:
    match answer.body.get("errors"):
        case [{"code": _}, *_]:
            return True
    return False


def function(site: Site) -> Iterator[Finding]:
    """Look at the function that sends."""
    yield from site.stopped("SendFunction")
    yield from site.throttled("SendFunction")
    yield from site.ringing("UnrecordedAlarm", "outcomes could not be written to the table", "rcs unknown")
    yield from site.failed("SendFunction")
    yield ok("SendFunction runs")


def queue(site: Site) -> Iterator[Finding]:
    """Look at the queue of messages, and at who takes from it."""
    stack = site.stack
    most = stack.parameter("MaximumConcurrency")
    yield from site.not_taken_from(
        "SendFunction",
        lambda: {
            "event_source_arn": stack.output("QueueArn"),
            "batch_size": "10",
            "function_response_types": ["ReportBatchItemFailures"],
            "scaling_config": {"MaximumConcurrency": int(most)},
            "metrics_config": {"Metrics": ["EventCount"]},
        },
    )
    ages = site.alarms.values("OldestMessageAlarm")
    waiting = DeadLetters(stack.client("sqs"), stack.output("QueueUrl")).count()
    told = f"{waiting} wait or are being sent" + (f", the oldest for {ages[0]:.0f} s" if ages else "")
    if ages and ages[0] > site.alarms.there["OldestMessageAlarm"]["Threshold"]:
        yield fail(told, stack.deploy(MaximumConcurrency=min(1000, 2 * int(most))))
    yield ok(told)


def dead_letters(site: Site) -> Iterator[Finding]:
    """Count dead letters."""
    if number := queue_of(site.stack, Of.MESSAGES).count():
        yield warn(f"{number}", "rcs dead-letters")
    yield ok("none")


def table(site: Site) -> Iterator[Finding]:
    """Look at the table of messages, and let the function read it, in a dry run."""
    name = site.stack.output("TableName")
    yield from _state(site, name)
    if not _can_read(site, ignore_opt_out=True):
        grant = _grant(site, name, "dynamodb:GetItem", "dynamodb:UpdateItem")
        yield fail("SendFunction cannot read the table, so nothing is sent", grant)
    show = site.log("SendLogGroup", "record unreadable")
    yield from site.ringing("UnreadableAlarm", "items cannot be read as records", show)
    yield ok("SendFunction can read it")


def opt_outs(site: Site) -> Iterator[Finding]:
    """Look at the list of opt-outs, and let the function read it, in a dry run."""
    if site.stack.parameter("OptOuts") != "Enabled":
        yield ok("are not looked at, as OptOuts says")
        return
    name = site.stack.output("OptOutTableName")
    yield from _state(site, name)
    if not _can_read(site) and _can_read(site, ignore_opt_out=True):
        grant = _grant(site, name, "dynamodb:BatchGetItem")
        yield fail("SendFunction cannot read the list, so nothing is sent", grant)
    yield ok("SendFunction can read the list")


def _can_read(site: Site, **fields: bool) -> bool:
    payload = {"to": _SOMEBODY, "text": "rcs doctor", "idempotency_key": f"rcs-doctor-{uuid.uuid4()}", **fields}
    return site.stack.api.send(payload, dry_run=True).json.get("outcome") != OutcomeKind.NOT_SENT


def _state(site: Site, name: str) -> Iterator[Finding]:
    """Find a table that is gone, or whose key of KMS cannot be used."""
    try:
        described = site.stack.client("dynamodb").describe_table(TableName=name)["Table"]
    except ClientError as failure:
        if aws_code(failure) != "ResourceNotFoundException":
            raise
        backups = site.stack.aws("dynamodb list-backups", table_name=name, backup_type="SYSTEM")
        yield fail(f"the table {name} is gone", backups)
        return
    if described["TableStatus"] == "INACCESSIBLE_ENCRYPTION_CREDENTIALS":
        key = described["SSEDescription"]["KMSMasterKeyArn"]
        yield fail("the key of KMS cannot be used", site.stack.aws("kms enable-key", key_id=key))


def _grant(site: Site, table_name: str, *actions: str) -> str:
    """Write the command that gives the function what its role had."""
    arn = site.stack.client("dynamodb").describe_table(TableName=table_name)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Action": actions, "Resource": arn}
    return site.stack.aws(
        "iam put-role-policy",
        role_name=site.stack.resource("SendRole"),
        policy_name="rcs-doctor",
        policy_document={"Version": "2012-10-17", "Statement": [statement]},
    )
