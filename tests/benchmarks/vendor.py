"""The stand-in for Messente as a process, over TLS: `python -m tests.benchmarks.vendor LATENCY PEM`.

It speaks TLS with the PEM file of certificate and key; its first line of output is its URL. LATENCY is in seconds.
"""

import ssl
import sys
import threading

from tests.benchmarks.cpus import leave_one
from tests.standin.messente import Delays, Messente
from tests.standin.server import Server


def main(latency: float, pem: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Server(Messente(delays=Delays(latency=latency)), ssl_context=context, reports=False) as server:
        print(server.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    leave_one()
    main(float(sys.argv[1]), sys.argv[2])
