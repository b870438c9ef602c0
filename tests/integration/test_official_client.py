"""Messente's own client works against the stand-in: what it sends is accepted, what it gets it can read."""

import datetime as dt
from collections.abc import Iterator

import pytest
from messente_api.api.delivery_report_api import DeliveryReportApi
from messente_api.api.omnimessage_api import OmnimessageApi
from messente_api.api_client import ApiClient
from messente_api.configuration import Configuration
from messente_api.exceptions import ApiException, BadRequestException, NotFoundException, UnauthorizedException
from messente_api.models.error_omnichannel import ErrorOmnichannel
from messente_api.models.omnimessage import Omnimessage
from messente_api.models.status import Status

from tests.standin.messente import Delays, Messente
from tests.standin.server import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Messente(delays=Delays(report=86_400))) as running:
        yield running


def client(server: Server, password: str = "messente-password") -> ApiClient:  # noqa: S107 -- the stand-in's
    return ApiClient(Configuration(host=server.url, username="messente-user", password=password))


def omnimessage(sender: str = "Acme") -> Omnimessage:
    """Build an RCS message with a reply, an SMS to fall back to, and a time ahead."""
    suggestions = [{"reply": {"text": "Yes", "postback_data": "yes"}}]
    rcs = {"channel": "rcs", "sender": sender, "text": "Hello", "suggestions": suggestions}
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    messages = [rcs, {"channel": "sms", "sender": "Acme", "text": "Hello"}]
    built = Omnimessage.from_dict({"to": "+37251234567", "messages": messages, "time_to_send": later})
    assert built
    return built


def test_it_sends_follows_and_cancels(server: Server) -> None:
    """It reads the ids that the accept log holds, then their report, and cancels the message once."""
    messages, reports = OmnimessageApi(client(server)), DeliveryReportApi(client(server))
    answer = messages.send_omnimessage(omnimessage())
    (accepted,) = server.messente.accepted
    omnimessage_id = str(answer.omnimessage_id)
    assert (omnimessage_id, answer.to) == (accepted.omnimessage_id, "+37251234567")
    parts = [(str(each.message_id), each.channel.value) for each in answer.messages]
    assert parts == [(each["message_id"], each["channel"]) for each in accepted.reply["messages"]]
    statuses = reports.retrieve_delivery_report(omnimessage_id).statuses
    assert [(each.message_id, each.status) for each in statuses] == [
        (each.message_id, None) for each in answer.messages
    ]
    assert messages.cancel_scheduled_message_with_http_info(omnimessage_id).status_code == 202
    for ask in (messages.cancel_scheduled_message, lambda _: reports.retrieve_delivery_report(parts[0][0])):
        with pytest.raises(NotFoundException):
            ask(omnimessage_id)
    assert {each.status for each in reports.retrieve_delivery_report(omnimessage_id).statuses} == {Status.DELETED}


@pytest.mark.parametrize(
    ("sender", "password", "raised", "error"),
    [
        ("Forbidden", "messente-password", BadRequestException, ("105", "payload[rcs][sender]")),
        ("Acme", "wrong", UnauthorizedException, ("103", None)),
    ],
)
def test_it_reads_what_is_wrong(
    server: Server, sender: str, password: str, raised: type[ApiException], error: tuple[str, str | None]
) -> None:
    """An error is the client's own exception, with what Messente says parsed."""
    with pytest.raises(raised) as refused:
        OmnimessageApi(client(server, password)).send_omnimessage(omnimessage(sender))
    assert isinstance(refused.value.data, ErrorOmnichannel)
    [found] = refused.value.data.errors
    assert (found.code.value, found.source) == error
    assert server.messente.accepted == []
