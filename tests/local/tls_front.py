"""Start the emulator as if a TLS front stood before it; runs on the emulator's own Python.

Our queue policies deny what is not TLS. Certificates for a loopback socket would prove nothing more and cost time.
"""

from __future__ import annotations

import importlib
from typing import Any

emulator: Any = importlib.import_module("ministack.app")  # of another environment: no types here
_plain = emulator.app


async def _behind_tls(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await _plain({**scope, "scheme": "https"} if scope["type"] == "http" else scope, receive, send)


if __name__ == "__main__":
    importlib.import_module("condition_keys").teach()  # it lies beside this file
    emulator.app = _behind_tls
    emulator.main()
