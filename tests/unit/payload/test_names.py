"""What somebody is told of a field that is unknown: where it belongs, which one was meant, or which there are."""

import re
from typing import Any, get_type_hints

import pytest

from messente_rcs.payload import rcs as models
from messente_rcs.payload.errors import InvalidPayload
from messente_rcs.payload.submission import parse
from support.strategies import PHONE, REPLY, STANDALONE, Json, full_payloads, payload, rcs, told

UNKNOWN = "This field is unknown here."
SMS: Json = {"channel": "sms", "text": "x"}
WHATSAPP: Json = {"channel": "whatsapp", "text": {"body": "x"}}
NO_CHANNEL = "The channel is required: rcs, sms, viber or whatsapp. The name of the field is channel, in lower case."
TOP = "It belongs into the top level of the payload, beside messages."


@pytest.mark.parametrize("name", [name for name in get_type_hints(models.RcsFields) if name != "text"])
def test_a_field_of_a_message_beside_to(name: str) -> None:
    """Each field of an RCS message belongs into the message, and there is none yet if only a text was sent."""
    assert told(payload(**{name: 1})) == {f"payload[{name}]": f"{UNKNOWN} It belongs into messages[rcs]."}
    assert told({"to": PHONE, "text": "x", name: 1}) == {
        f"payload[{name}]": f"{UNKNOWN} It belongs into messages[rcs]. Use messages instead of text then."
    }


@pytest.mark.parametrize("name", ["sender", "ttl", "validity"])
def test_a_field_of_several_channels(name: str) -> None:
    """It belongs into any message of the payload."""
    sent = payload(rcs(text="x"), SMS, WHATSAPP, **{name: 1})
    places = "messages[rcs], messages[sms] or messages[whatsapp]"
    assert told(sent) == {f"payload[{name}]": f"{UNKNOWN} It belongs into {places}."}


@pytest.mark.parametrize(
    "name",
    [
        "to",
        "priority",
        "time_to_send",
        "text_store",
        "idempotency_key",
        "expires_at",
        "on_unknown",
        "ignore_opt_out",
        "tags",
        "messages",
    ],
)
def test_a_field_of_the_payload_in_a_message(name: str) -> None:
    """The other way round, on each channel."""
    for message in (rcs(text="x"), SMS, WHATSAPP):
        others = [] if message["channel"] == "rcs" else [rcs(text="x")]
        sent = payload(*others, {**message, name: 1})
        assert told(sent) == {f"payload[{message['channel']}][{name}]": f"{UNKNOWN} {TOP}"}


@pytest.mark.parametrize(
    ("sent", "source", "hint"),
    [
        (rcs(text="x", file_url=1), "[file_url]", "It belongs into messages[rcs][content_info]."),
        (
            rcs(text="x", standalone_card=STANDALONE),
            "[standalone_card]",
            "It belongs into messages[rcs][rich_card].",
        ),
        (
            rcs(rich_card={"standalone_card": {**STANDALONE, "title": "x"}}),
            "[rich_card][standalone_card][title]",
            "It belongs into messages[rcs][rich_card][standalone_card][card_content].",
        ),
        (
            rcs(text="x", suggestions=[{"text": "x", **REPLY}]),
            "[suggestions][0][text]",
            "It belongs into messages[rcs][suggestions][reply] or messages[rcs][suggestions][action].",
        ),
        (
            rcs(text="x", suggestions=[{**REPLY, "dial_action": 1}]),
            "[suggestions][0][dial_action]",
            "It belongs into messages[rcs][suggestions][action].",
        ),
        (
            rcs(text="x", suggestions=[{"action": {**REPLY["reply"], "share_location_action": {}, "url": 1}}]),
            "[suggestions][0][action][url]",
            "It belongs into messages[rcs][suggestions][action][open_url_action].",
        ),
        (rcs(text="x", button_url=1), "[button_url]", "It belongs into messages[viber]."),
        (rcs(text="x", udh="00"), "[udh]", "It belongs into messages[sms]."),
        (rcs(text="x", reply=1), "[reply]", "It belongs into messages[rcs][suggestions]."),
    ],
)
def test_a_field_of_another_object(sent: Json, source: str, hint: str) -> None:
    """The nearest object that has such a field is named."""
    assert told(payload(sent)) == {f"payload[rcs]{source}": f"{UNKNOWN} {hint}"}


def test_a_field_that_several_objects_have() -> None:
    """At most three places are named."""
    [detail] = told(payload(rcs(text="x", description=1))).values()
    assert detail.count("messages[rcs]") == 3


def test_the_body_of_a_whatsapp_text() -> None:
    """`body` beside `text` belongs inside of it; on RCS it would be the text itself."""
    [detail] = told(payload(rcs(text="x"), {**WHATSAPP, "body": "x"})).values()
    assert detail == f"{UNKNOWN} It belongs into messages[whatsapp][text]."
    [detail] = told(payload(rcs(text="x", body="x"))).values()
    assert detail == f"{UNKNOWN} Did you mean text?"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("To", "to"),
        ("TO", "to"),
        ("to ", "to"),
        ("recipient", "to"),
        ("recipients", "to"),
        ("phone", "to"),
        ("phoneNumber", "to"),
        ("phone_number", "to"),
        ("msisdn", "to"),
        ("number", "to"),
        ("Text", "text"),
        ("txt", "text"),
        ("tekst", "text"),
        ("body", "text"),
        ("content", "text"),
        ("message", "text or messages"),
        ("mesages", "messages"),
        ("idempotency_keys", "idempotency_key"),
        ("key", "idempotency_key"),
        ("id", "idempotency_key"),
        ("messageId", "idempotency_key"),
        ("expires", "expires_at"),
        ("time_to_sent", "time_to_send"),
        ("send_at", "time_to_send"),
        ("scheduledAt", "time_to_send"),
        ("prioritiy", "priority"),
        ("tag", "tags"),
        ("metadata", "tags"),
        ("labels", "tags"),
    ],
)
def test_a_misspelt_field(name: str, meant: str) -> None:
    """Another case, other separators, a slip, or the name that another API has for it."""
    found = told({"to": PHONE, "text": "x", name: 1})
    assert found == {f"payload[{name}]": f"{UNKNOWN} Did you mean {meant}?"}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Messages", "messages"),
        ("idempotencyKey", "idempotency_key"),
        ("Idempotency-Key", "idempotency_key"),
        ("expiresAt", "expires_at"),
        ("expires-at", "expires_at"),
        ("timeToSend", "time_to_send"),
        ("time-to-send", "time_to_send"),
        ("textStore", "text_store"),
        ("onUnknown", "on_unknown"),
        ("Tags", "tags"),
    ],
)
def test_a_field_in_another_spelling(name: str, meant: str) -> None:
    """The name is told, and all that would be told under the right name."""
    found = told({"to": PHONE, "text": "x", name: 1})
    right = told({"to": PHONE, "text": "x", meant: 1})
    assert found == {f"payload[{name}]": f"{UNKNOWN} Did you mean {meant}?"} | right
    assert f"payload[{meant}]" in right


@pytest.mark.parametrize("name", ["richCard", "RichCard"])
def test_a_field_of_a_message_in_another_spelling(name: str) -> None:
    """The same inside of a message."""
    found = told(payload(rcs(text="x", **{name: {}})))
    right = told(payload(rcs(text="x", rich_card={})))
    assert found == {f"payload[rcs][{name}]": f"{UNKNOWN} Did you mean rich_card?"} | right


@pytest.mark.parametrize("sent", full_payloads().values(), ids=full_payloads())
def test_every_field_in_another_spelling(sent: Json) -> None:
    """Whatever a payload has, and however deep: of one that is valid but for its names, only the names are told."""
    errors = told(_in_pascal_case(sent))
    assert "payload[To]" in errors
    for source, detail in errors.items():
        name = str(source).rpartition("[")[2].rstrip("]")
        meant = re.sub(r"(?<!^)(?=[A-Z])|(?<=[a-z])(?=\d)", "_", name).lower()
        assert detail in {f"{UNKNOWN} Did you mean {meant}?", NO_CHANNEL}


def _in_pascal_case(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_pascal_case(each) for each in value]
    if not isinstance(value, dict):
        return value
    # Names of tags and of a template's parameters are the caller's own.
    own = {name: value[name] for name in ("tags", "params") if name in value}
    return {
        "".join(map(str.capitalize, name.split("_"))): own.get(name) or _in_pascal_case(each)
        for name, each in value.items()
    }


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        (rcs(text="x", message="x"), "text"),
        (rcs(text="x", sendr="x"), "sender"),
        (rcs(text="x", **{"from": "x"}), "sender"),
        (rcs(text="x", buttons=[]), "suggestions"),
        (rcs(text="x", suggestion=[]), "suggestions"),
        (rcs(text="x", image="x"), "content_info"),
        (rcs(text="x", timeout=5), "ttl"),
        (rcs(text="x", suggestions=[{"reply": {**REPLY["reply"], "title": "x"}}]), "text"),
        (rcs(text="x", suggestions=[{"reply": {**REPLY["reply"], "postbackData": "x"}}]), "postback_data"),
        (rcs(text="x", suggestions=[{"reply": {**REPLY["reply"], "payload": "x"}}]), "postback_data"),
        (rcs(rich_card={"standalone_card": {**STANDALONE, "orientation": "x"}}), "card_orientation"),
        (rcs(content_info={"file_url": "https://example.com", "force_refresh": True, "fileURL": "x"}), "file_url"),
        (
            rcs(content_info={"file_url": "https://example.com", "force_refresh": True, "thumbnail": "x"}),
            "thumbnail_url",
        ),
    ],
)
def test_a_misspelt_field_of_a_message(sent: Json, meant: str) -> None:
    """The same inside of a message and of its parts."""
    assert list(told(payload(sent)).values()) == [f"{UNKNOWN} Did you mean {meant}?"]


def test_what_is_in_a_misspelt_field_is_told_at_once() -> None:
    """As if the names were right, however deep; what only the wrong name broke is not told."""
    card = {"cardOrientation": "x", "thumbnailImageAlignment": "LEFT", "cardContent": {"title": 1}}
    inside = "payload[rcs][rich_card][standalone_card]"
    assert told(payload(rcs(richCard={"standalone-card": card}), expiresAt="soon")) == {
        "payload[rcs][richCard]": f"{UNKNOWN} Did you mean rich_card?",
        "payload[expiresAt]": f"{UNKNOWN} Did you mean expires_at?",
        "payload[rcs][rich_card][standalone-card]": f"{UNKNOWN} Did you mean standalone_card?",
        f"{inside}[cardOrientation]": f"{UNKNOWN} Did you mean card_orientation?",
        f"{inside}[thumbnailImageAlignment]": f"{UNKNOWN} Did you mean thumbnail_image_alignment?",
        f"{inside}[cardContent]": f"{UNKNOWN} Did you mean card_content?",
        f"{inside}[card_orientation]": "Must be 'VERTICAL' or 'HORIZONTAL'.",
        f"{inside}[card_content][title]": "Must be a string. Put it into double quotes.",
        "payload[expires_at]": "Must be a time by RFC 3339 with its zone, like 2030-01-31T09:05:00Z.",
    }


def test_a_payload_in_another_spelling() -> None:
    """Every name is told at once, the channel's too, without which nobody knows what belongs into a message."""
    sent = {"To": PHONE, "Messages": [{"Channel": "rcs", "Text": "x", "Ttl": "x"}]}
    found = told(sent)
    assert found.pop("payload[rcs][ttl]").startswith("Must be a whole number")
    assert found == {
        "payload[To]": f"{UNKNOWN} Did you mean to?",
        "payload[Messages]": f"{UNKNOWN} Did you mean messages?",
        "payload[messages][0][channel]": NO_CHANNEL,
        "payload[rcs][Text]": f"{UNKNOWN} Did you mean text?",
        "payload[rcs][Ttl]": f"{UNKNOWN} Did you mean ttl?",
    }


def test_two_misspelt_names_of_one_field() -> None:
    """Each is told once."""
    meant = f"{UNKNOWN} Did you mean to?"
    with pytest.raises(InvalidPayload) as invalid:
        parse({"TO": PHONE, "To": PHONE, "text": "x"})
    assert [(each["source"], each["detail"]) for each in invalid.value.errors] == [
        ("payload[TO]", meant),
        ("payload[To]", meant),
    ]


def test_a_misspelt_name_beside_the_right_one() -> None:
    """The right one counts."""
    assert told({"to": PHONE, "To": 1, "text": "x"}) == {"payload[To]": f"{UNKNOWN} Did you mean to?"}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("richCard", "Did you mean rich_card? It belongs into messages[rcs]."),
        ("from", "Did you mean sender? It belongs into messages[rcs]."),
        ("sendr", "Did you mean sender? It belongs into messages[rcs]."),
        ("buttons", "Did you mean suggestions? It belongs into messages[rcs]."),
    ],
)
def test_a_misspelt_field_in_a_wrong_place(name: str, hint: str) -> None:
    """Both are said at once."""
    assert told(payload(**{name: 1})) == {f"payload[{name}]": f"{UNKNOWN} {hint}"}


def test_a_misspelt_field_of_the_payload_in_a_message() -> None:
    """The other way round."""
    [detail] = told(payload(rcs(text="x", idempotencyKey="1"))).values()
    assert detail == f"{UNKNOWN} Did you mean idempotency_key? {TOP}"


@pytest.mark.parametrize("channel", ["rcs", "sms", "viber", "whatsapp"])
def test_a_channel_as_a_field(channel: str) -> None:
    """A channel names an entry of the messages, and is no field itself."""
    expected = f'{UNKNOWN} It is a channel: put {{"channel": "{channel}"}} and its fields into messages.'
    assert told(payload(**{channel: {"text": "x"}})) == {f"payload[{channel}]": expected}


def test_the_url_of_the_reports() -> None:
    """It is Messente's, but the application's own."""
    expected = f"{UNKNOWN} Leave it out: delivery reports come to this application."
    assert told(payload(dlr_url="https://example.com")) == {"payload[dlr_url]": expected}


@pytest.mark.parametrize("name", ["colour", "", "-", "\u00e9", "x" * 10_000, "[rcs]"])
def test_a_field_like_no_other(name: str) -> None:
    """All fields of the object are named."""
    [detail] = told(payload(**{name: 1})).values()
    known = "to, text, messages, time_to_send, priority, text_store, idempotency_key, expires_at, on_unknown"
    assert detail == f"{UNKNOWN} Known here: {known}, ignore_opt_out, tags."


def test_a_field_of_an_object_without_fields() -> None:
    """The location is asked for without any."""
    action = {**REPLY["reply"], "share_location_action": {"colour": 1}}
    [detail] = told(payload(rcs(text="x", suggestions=[{"action": action}]))).values()
    assert detail == f"{UNKNOWN} This object has no fields."


@pytest.mark.parametrize("secret", ["sentinel", "receipt", "texts", "senders"])
def test_what_was_sent_is_not_told(secret: str) -> None:
    """A name of the caller's is in the source alone, however near it comes to one of ours."""
    for sent in (
        payload(**{secret: 1}),
        payload(rcs(text="x", **{secret: 1})),
        payload(rcs(text="x"), {**SMS, secret: 1}),
    ):
        assert all(secret not in detail for detail in told(sent).values())
