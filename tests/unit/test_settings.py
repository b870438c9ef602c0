"""A wrong setting fails the start, by its name."""

from typing import get_type_hints

import pytest

from messente_rcs import settings as of
from messente_rcs.settings import InvalidSettings
from tests.support.world import AllSettings

GOOD = {
    "MESSENTE_URL": "https://api.messente.com/v1",
    "TABLE_NAME": "messages",
    "SECRET_ARN": "arn",
    "QUEUE_URL": "https://queue",
    "DEAD_LETTER_QUEUE_URL": "https://dead",
}

ALL = {name.lower(): value for name, value in GOOD.items()} | {
    "default_sender": "Shop",
    "allowed_prefixes": "+372,-+37290",
    "concurrency": "64",
    "record_ttl_days": "23",
    "api_id": "a1b2c3d4e5",
    "callback_url": "https://callback.example/delivery-reports",
    "reconcile_after": "60.0",
    "reconcile_requests": "1000",
    "event_bus_name": "orders",
    "publish_recipient": "Yes",
    "opt_out_table_name": "opt-outs",
    "opt_out_confirmation": "You will hear no more of us.",
    "stop_words": "no more,aitab",
    "track_conversations": "Yes",
    "inbound_queue_url": "https://inbound",
    "connect_timeout": "1.5",
    "read_timeout": "20.0",
}


def test_every_setting_can_be_set() -> None:
    """Each field has its variable, and no variable is left over."""
    settings = AllSettings.from_environment({name.upper(): given for name, given in ALL.items()})
    assert {name: str(value) for name, value in vars(settings).items()} == ALL | {
        "publish_recipient": "True",
        "track_conversations": "True",
    }


@pytest.mark.parametrize("function", ["Send", "Report", "Reconcile", "Publish", "Inbound"])
def test_a_function_needs_only_what_it_reads(function: str) -> None:
    """A variable that another function needs may be missing or wrong; each that is missing is named."""
    settings: type[of.Settings] = getattr(of, f"{function}Settings")
    needed = [name.upper() for name in get_type_hints(settings) if not hasattr(settings, name)]
    given = {name: value if name in needed else "" for name, value in GOOD.items()}
    assert settings.from_environment(given | {"CONCURRENCY": "3", "PATH": "/bin"}).concurrency == 3
    assert settings.from_environment(given).concurrency == 10
    with pytest.raises(InvalidSettings) as raised:
        settings.from_environment({})
    assert str(raised.value).replace(": must be set", "").split("; ") == needed


WRONG = {
    "MESSENTE_URL": [
        *("http://api.messente.com/v1", "ftp://127.0.0.1", "api.messente.com", "https://[hunter2/v1"),
        *(f"https://{url}" for url in ("user:hunter2@a.com/v1", "a.com/v1?key=hunter2", "a.com/v1#hunter2")),
    ],
    "CALLBACK_URL": ["http://callback.example"],
    "ALLOWED_PREFIXES": ["372", "+", "+012", "+12345678", "+372, +371", "+372,", "--+372", "+\u0663\u0667\u0662"],
    "CONCURRENCY": ["0", "1.5", "hunter2"],
    "RECORD_TTL_DAYS": ["22"],
    "READ_TIMEOUT": ["60", "nan"],
    "CONNECT_TIMEOUT": ["0"],
    "TABLE_NAME": [""],
    "EVENT_BUS_NAME": [""],
    "PUBLISH_RECIPIENT": ["yes"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_is_named_but_not_shown(name: str, value: str) -> None:
    """The value of a variable may be private."""
    with pytest.raises(InvalidSettings, match=name) as raised:
        AllSettings.from_environment({**GOOD, name: value})
    assert "hunter2" not in str(raised.value)
