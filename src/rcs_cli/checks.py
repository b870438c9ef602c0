"""Is the stack whole? Each check looks at one thing, sends no message and changes nothing, and says what to do."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from messente_rcs.connections import Connections
from messente_rcs.credentials import CredentialCache, CredentialsUnavailable, secret_reader, shared_secrets
from messente_rcs.messente import Messente
from rcs_cli.letters import DeadLetters
from rcs_cli.problems import Problem, of_aws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from messente_rcs.messente import Http, Response
    from rcs_cli.stack import Stack

_TIMES = 5.0, 10.0  # seconds to connect to Messente, and to wait for its answer
_UNKNOWN = 50  # unknown messages that are counted
_AGE_LIMIT = 900  # seconds; the default of OldestMessageAlarmSeconds
_WORKS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})


class Verdict(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"  # works, but somebody should look
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """What a check found, and what to do about it."""

    check: str
    verdict: Verdict
    told: str
    next: str = ""


class Doctor:
    """Checks a stack. `http` holds the connections to Messente."""

    def __init__(self, stack: Stack, clock: Callable[[], float] = time.time, http: Http | None = None) -> None:
        self._stack = stack
        self._clock = clock
        self._http = http or Connections(1)

    def examine(self) -> Iterator[Finding]:
        """Make all checks; one that cannot be made is a finding too."""
        checks = {
            "stack": self._status,
            "secret": self._secret,
            "messente": self._messente,
            "callback": self._callback,
            "alarms": self._alarms,
            "queue": self._queue,
            "dead letters": self._dead_letters,
            "unknown": self._unknown,
            "reconciliation": self._reconciliation,
            "changes": self._changes,
            "inbound": self._inbound,
        }
        for name, check in checks.items():
            try:
                verdict, told, *rest = check()
            except Problem as problem:
                verdict, told, rest = Verdict.FAIL, str(problem), []
            except (ClientError, BotoCoreError) as failure:
                verdict, told, rest = Verdict.FAIL, str(of_aws(failure)), []
            yield Finding(name, verdict, told, *rest)

    def _status(self) -> tuple[Verdict, str, str]:
        status = self._stack.status
        if status in _WORKS:
            return Verdict.OK, status, ""
        if status == "UPDATE_ROLLBACK_COMPLETE":
            return Verdict.WARN, status, "The last deployment failed and the one before runs: look at its events."
        if status.endswith("_IN_PROGRESS"):
            return Verdict.WARN, status, "Wait until the deployment is done."
        return Verdict.FAIL, status, "Look at the events of the stack, and deploy again."

    def _credentials(self) -> CredentialCache:
        return CredentialCache(self._read_secret(), self._clock)

    def _read_secret(self) -> Callable[[], str]:
        return secret_reader(self._stack.client("secretsmanager"), self._stack.output("SecretArn"))

    def _secret(self) -> tuple[Verdict, str, str]:
        try:
            self._credentials().get()
        except CredentialsUnavailable as why:
            return Verdict.FAIL, str(why), "Write username and password with aws secretsmanager put-secret-value."
        return Verdict.OK, "has a username and a password", ""

    def _messente(self) -> tuple[Verdict, str, str]:
        """Ask for the status of a message that does not exist: 404 says that Messente knows the password."""
        url = self._stack.parameters["MessenteUrl"]
        messente = Messente(self._http, url, _TIMES, self._credentials())
        try:
            return _said(messente.status(str(uuid.uuid4())))
        except CredentialsUnavailable:
            return Verdict.FAIL, "was not asked, as there is no password", "Fill the secret first."

    def _callback(self) -> tuple[Verdict, str, str]:
        """Make an unsigned report, which must come to our function and be refused there."""
        answer = self._stack.request("POST", f"{self._stack.output('CallbackUrl')}/rcs-doctor", b"{}")
        if answer.status == 401 and answer.errors:  # noqa: PLR2004 - what the function answers
            if self._stack.parameters.get("CallbackBaseUrl") == "none":
                return (
                    Verdict.WARN,
                    "reachable, but messages carry no URL for reports",
                    "Is the webhook set at Messente?",
                )
            return Verdict.OK, "reachable, and refuses what is not signed", ""
        if answer.status == 503 and answer.errors:  # noqa: PLR2004 - the same
            return Verdict.FAIL, "reachable, but the function cannot read its secret (503)", "Fill the secret first."
        do = "Check CallbackBaseUrl, and that everybody can reach it."
        return Verdict.FAIL, f"an unsigned report was answered with {answer.status}, not by the function", do

    def _alarms(self) -> tuple[Verdict, str, str]:
        names = self._stack.resources("AWS::CloudWatch::Alarm")
        logical = {physical: name for name, physical in names.items()}
        pages = self._stack.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNames=list(logical))
        found = [each for page in pages for each in page["MetricAlarms"]]
        ringing = sorted(logical[each["AlarmName"]] for each in found if each["StateValue"] == "ALARM")
        mute = [each for each in found if not (each.get("AlarmActions") and each.get("ActionsEnabled", True))]
        if ringing:
            return Verdict.FAIL, f"ring: {', '.join(ringing)}", "The README says what each of them means."
        if mute:
            return Verdict.WARN, f"{len(mute)} of {len(found)} tell nobody", "Deploy with AlarmTopicArn."
        return Verdict.OK, f"{len(found)}, and none rings", ""

    def _queue(self) -> tuple[Verdict, str, str]:
        function = self._stack.output("FunctionName")
        mappings = self._stack.client("lambda").list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
        states = {each.get("State", "?") for each in mappings}
        if states != {"Enabled"}:
            told = f"the function does not take from it ({', '.join(sorted(states)) or 'no mapping'})"
            return Verdict.FAIL, told, "Enable the event source mapping of the function, or deploy again."
        age, limit = self._age(), int(self._stack.parameters.get("OldestMessageAlarmSeconds") or _AGE_LIMIT)
        told = f"{self._waiting()} wait or are being sent" + ("" if age is None else f", the oldest for {age:.0f} s")
        if age is not None and age > limit:
            return Verdict.FAIL, told, "Search the log for not_sent and its reason, or raise MaximumConcurrency."
        return Verdict.OK, told, ""

    def _waiting(self) -> int:
        return DeadLetters(self._stack.client("sqs"), self._stack.output("QueueUrl")).count()

    def _age(self) -> float | None:
        """Return the age of the oldest message of the queue, None if CloudWatch has no value of the last minutes."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        found = self._stack.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": self._stack.output("QueueUrl").rpartition("/")[2]}],
            StartTime=now - timedelta(minutes=10),
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        newest = max(found, key=lambda each: each["Timestamp"], default=None)
        return float(newest["Maximum"]) if newest else None

    def _dead_letters(self) -> tuple[Verdict, str, str]:
        number = DeadLetters(self._stack.client("sqs"), self._stack.output("DeadLetterQueueUrl")).count()
        if number:
            return Verdict.WARN, f"{number}", "Read why with rcs dead-letters."
        return Verdict.OK, "none", ""

    def _unknown(self) -> tuple[Verdict, str, str]:
        found = list(islice(self._stack.api.unknown(), _UNKNOWN))
        if not found:
            return Verdict.OK, "none", ""
        number = f"{len(found)} or more" if len(found) == _UNKNOWN else str(len(found))
        told = f"{number}, the oldest since {found[0].get('unknown_since', '?')}"
        return Verdict.WARN, told, "List them with rcs unknown, and close each with rcs resolve."

    def _reconciliation(self) -> tuple[Verdict, str, str]:
        for name in self._stack.resources("AWS::Scheduler::Schedule").values():
            state = self._stack.client("scheduler").get_schedule(Name=name)["State"]
            if state != "ENABLED":
                return Verdict.FAIL, f"its schedule is {state}", "Enable the schedule Reconciliation, or deploy again."
        return Verdict.OK, "its schedule is enabled", ""

    def _changes(self) -> tuple[Verdict, str, str]:
        url = self._stack.resources("AWS::SQS::Queue").get("ChangeDeadLetterQueue")
        if url is None:
            return Verdict.OK, "are not published, as PublishEvents says", ""
        if number := DeadLetters(self._stack.client("sqs"), url).count():
            told = f"{number} were not published, and lie in ChangeDeadLetterQueue"
            return Verdict.WARN, told, "See that the bus takes events; each letter names its message."
        return Verdict.OK, "all were published, or will be", ""

    def _inbound(self) -> tuple[Verdict, str, str]:
        queues, client = self._stack.resources("AWS::SQS::Queue"), self._stack.client("sqs")
        dead, waiting = (
            DeadLetters(client, queues[name]).count() if name in queues else 0
            for name in ("InboundDeadLetterQueue", "InboundQueue")
        )
        if dead:
            told = f"{dead} messages were given up, and lie in InboundDeadLetterQueue"
            return Verdict.WARN, told, "See that the bus takes events, and move them back to InboundQueue."
        if waiting:
            return (
                Verdict.WARN,
                f"{waiting} messages wait in InboundQueue",
                "See that the bus EventBusName takes events.",
            )
        try:
            number = len(shared_secrets(self._read_secret()()).keys)
        except CredentialsUnavailable as why:
            return Verdict.FAIL, str(why), "Write inbound_secrets as a list of texts, or leave the field out."
        return Verdict.OK, f"{number} Shared Secrets" if number else "refused, as the secret has no inbound_secrets", ""


def _said(response: Response) -> tuple[Verdict, str, str]:
    """Read an answer of Messente. It may refuse the address of this machine and allow the address of the function."""
    match response.status:
        case 404 | 200:
            return Verdict.OK, "reachable from this machine, and knows the password", ""
        case 401:
            return Verdict.FAIL, "refuses the password (401)", "Compare the secret with the API key at Messente."
        case 403:
            do = "If alarm UnauthorizedAlarm is silent, only this machine is not on the list."
            return Verdict.WARN, "refuses the address of this machine (403)", do
        case None:
            return (
                Verdict.FAIL,
                "gave no answer to this machine",
                "Check MessenteUrl and the network.",
            )
    return Verdict.WARN, f"answered {response.status}", "Try again; if it stays, ask Messente."
