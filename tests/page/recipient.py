"""The recipient's side: what they write or tap reaches the callback API as Messente's signed inbound message."""

from typing import Any

import urllib3

from messente_rcs.phone import key_of
from tests.local.start import PASSWORD
from tests.page.asked import Write
from tests.standin.courier import reachable
from tests.standin.inbound import Inbound, inbound
from tests.standin.messente import Messente

_http = urllib3.PoolManager(retries=False, timeout=60)


def write(messente: Messente, callback_url: str, asked: Write) -> tuple[list[int], str]:
    """Hand in what the recipient wrote, as often as asked; return the status of each answer, and the last body."""
    made = _made(messente, callback_url, asked)
    url, host = reachable(made.url)
    answers = [
        _http.request("POST", url, body=made.body, headers={**made.headers, **host}, redirect=False)
        for _ in range(asked.times)
    ]
    return [each.status for each in answers], answers[-1].data.decode(errors="replace")


def _made(messente: Messente, callback_url: str, asked: Write) -> Inbound:
    secrets = {"right": messente.inbound_secret, "password": PASSWORD, "wrong": "another secret", "missing": None}
    tapped = asked.suggestion
    return inbound(
        callback_url,
        asked.sender,
        tapped.text if tapped else asked.text,
        channel=asked.channel,
        postback_data=tapped.postback_data if tapped else None,
        secret=secrets[asked.signature],
        at=messente.clock(),
    )


def as_told(asked: Write, at: float, answers: list[int]) -> dict[str, Any]:
    tapped = asked.suggestion
    return {
        "at": int(at * 1000),
        "from": asked.sender,
        "recipient": key_of(asked.sender),
        "channel": asked.channel,
        "text": tapped.text if tapped else asked.text,
        "postback_data": tapped.postback_data if tapped else None,
        "message": asked.message,
        "answers": answers,
    }
