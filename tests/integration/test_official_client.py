"""Messente's own client works against the stand-in: what it sends is accepted, what it gets it can read."""

import datetime as dt
from collections.abc import Iterator

import pytest
from messente_api.api.delivery_report_api import DeliveryReportApi
from messente_api.api.omnimessage_api import OmnimessageApi
from messente_api.api_client import ApiClient
from messente_api.configuration import Configuration
from messente_api.exceptions import ApiException, BadRequestException, NotFoundException, UnauthorizedException
from messente_api.models.error_item_omnichannel import ErrorItemOmnichannel
from messente_api.models.error_omnichannel import ErrorOmnichannel
from messente_api.models.omni_message_create_success_response import OmniMessageCreateSuccessResponse
from messente_api.models.omnimessage import Omnimessage
from messente_api.models.status import Status

from tests.local.process import PATIENCE
from tests.standin.messente import Delays, Messente
from tests.standin.server import Server

TO = "+37251234567"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(Messente(delays=Delays(report=86_400))) as running:
        yield running


def client(server: Server, password: str = "messente-password") -> ApiClient:  # noqa: S107 -- the stand-in's
    return ApiClient(Configuration(host=server.url, username="messente-user", password=password))


def omnimessage(sender: str = "Acme", **fields: object) -> Omnimessage:
    """Build an RCS message with a reply and an SMS to fall back to."""
    reply = {"reply": {"text": "Yes", "postback_data": "yes"}}
    chain = [
        {"channel": "rcs", "sender": sender, "text": "Hello", "suggestions": [reply]},
        {"channel": "sms", "sender": "Acme", "text": "Hello"},
    ]
    built = Omnimessage.from_dict({"to": TO, "messages": chain, **fields})
    assert built
    return built


def send(server: Server, message: Omnimessage) -> OmniMessageCreateSuccessResponse:
    return OmnimessageApi(client(server)).send_omnimessage(message, _request_timeout=PATIENCE)


def parsed_errors(failure: ApiException) -> list[ErrorItemOmnichannel]:
    assert isinstance(failure.data, ErrorOmnichannel)
    return failure.data.errors


def test_sends_rcs_with_fallback(server: Server) -> None:
    """The client reads the ids that the accept log holds, a part per channel."""
    answer = send(server, omnimessage())
    (accepted,) = server.messente.accepted
    assert (str(answer.omnimessage_id), answer.to) == (accepted.omnimessage_id, TO)
    parts = [(str(each.message_id), each.channel.value) for each in answer.messages]
    assert parts == [(each["message_id"], each["channel"]) for each in accepted.reply["messages"]]
    assert [each["channel"] for each in accepted.body["messages"]] == ["rcs", "sms"]


def test_reads_what_is_wrong(server: Server) -> None:
    """A 400 is the client's BadRequestException with its errors parsed."""
    with pytest.raises(BadRequestException) as refused:
        send(server, omnimessage(sender="Forbidden"))
    (error,) = parsed_errors(refused.value)
    assert (error.code.value, error.title.value) == ("105", "Invalid data")
    assert (error.detail, error.source) == ("Invalid or disallowed sender", "payload[rcs][sender]")
    assert server.messente.accepted == []


def test_reads_that_the_password_is_wrong(server: Server) -> None:
    """A 401 is the client's UnauthorizedException, code 103."""
    api = OmnimessageApi(client(server, "wrong"))
    with pytest.raises(UnauthorizedException) as refused:
        api.send_omnimessage(omnimessage(), _request_timeout=PATIENCE)
    assert parsed_errors(refused.value)[0].code.value == "103"


def test_reads_the_delivery_report(server: Server) -> None:
    """The report of a message in processing can be read; that of an unknown one is the client's NotFoundException."""
    sent = send(server, omnimessage())
    api = DeliveryReportApi(client(server))
    report = api.retrieve_delivery_report(str(sent.omnimessage_id), _request_timeout=PATIENCE)
    assert [(each.message_id, each.status) for each in report.statuses] == [
        (each.message_id, None) for each in sent.messages
    ]
    with pytest.raises(NotFoundException):
        api.retrieve_delivery_report(sent.messages[0].message_id, _request_timeout=PATIENCE)


def test_cancels_a_scheduled_message(server: Server) -> None:
    """A message with a time ahead can be cancelled, once; then its report says so."""
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    sent = str(send(server, omnimessage(time_to_send=later)).omnimessage_id)
    api = OmnimessageApi(client(server))
    assert api.cancel_scheduled_message_with_http_info(sent, _request_timeout=PATIENCE).status_code == 202
    with pytest.raises(NotFoundException):
        api.cancel_scheduled_message(sent, _request_timeout=PATIENCE)
    report = DeliveryReportApi(client(server)).retrieve_delivery_report(sent, _request_timeout=PATIENCE)
    assert {each.status for each in report.statuses} == {Status.DELETED}
