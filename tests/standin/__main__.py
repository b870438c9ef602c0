"""`python -m tests.standin`: the stand-in as a process. Its first line of output is its URL; SIGTERM ends it."""

import argparse
import signal
import threading

from tests.standin.messente import Delays, Messente
from tests.standin.server import Server


def say(line: str) -> None:
    """Print one line at once, also into a pipe."""
    print(line, flush=True)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="standin", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--username", default="messente-user")
    parser.add_argument("--password", default="messente-password")
    parser.add_argument("--latency", type=float, default=0, metavar="SECONDS", help="before every answer")
    parser.add_argument("--reports", choices=("on", "off"), default="on", help="off: delivery reports are held back")
    return parser.parse_args()


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    asked = arguments()
    over = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: over.set())
    messente = Messente(asked.username, asked.password, delays=Delays(latency=asked.latency))
    with Server(messente, port=asked.port, log=say, reports=asked.reports == "on") as server:
        say(server.url)
        over.wait()


if __name__ == "__main__":
    main()
