"""Messente over TLS, to which some connections do not get that far: what fails before the request was not sent."""

import ssl
import threading
from collections import Counter
from pathlib import Path
from random import Random

from tests.benchmarks.surroundings import certificate
from tests.local.build import Built
from tests.standin.messente import ConnectFault

# By their weights, of a hundred new connections. One that stalls holds its message up for 3 seconds. An answer that
# comes unasked is left out: where it comes a moment after the request, it is like the answer to it.
ODDS = {None: 82, ConnectFault.ALERT: 6, ConnectFault.PLAIN: 5, ConnectFault.RESET: 6, ConnectFault.STALL: 1}


class Handshakes:
    """Says of each new connection what goes wrong with it. `failed` counts what did."""

    def __init__(self, seed: int) -> None:
        self.failed: Counter[str] = Counter()
        self._chance = Random(f"{seed} handshakes")  # noqa: S311 - has to be repeatable, not secret
        self._lock = threading.Lock()

    def __call__(self) -> ConnectFault | None:
        """Draw the fault of the next connection, None if it works."""
        with self._lock:
            fault = self._chance.choices(list(ODDS), list(ODDS.values()))[0]
            if fault:
                self.failed[f"handshake {fault.name.lower()}"] += 1
        return fault


def server_side(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Make a context with a new certificate in a folder, and the file by which to trust it."""
    pem, authorities = folder / "messente.pem", folder / "authorities.pem"
    authorities.write_bytes(certificate(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, authorities


def trust(built: Built, authorities: Path) -> None:
    """Let every function of a build trust these, by the variable that Python's own TLS reads."""
    for properties in built.functions().values():
        variables = properties.setdefault("Environment", {}).setdefault("Variables", {})
        variables["SSL_CERT_FILE"] = str(authorities)
