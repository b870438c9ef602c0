"""A command imports what it uses: a list of commands needs no AWS, and a record no models of a payload."""

import json
import subprocess
import sys

import pytest

from tests.local.process import ROOT, bare_environment

LIST = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))
from rcs_cli.main import main
main()
"""

AWS = {"boto3", "botocore", "urllib3"}
PAYLOAD = {"pydantic", "messente_rcs.payload.submission"}
FEEDBACK = {"rich.live", "rich.progress"}
RECORD = {"boto3", *PAYLOAD, *FEEDBACK}
UNUSED: dict[str, tuple[list[str], set[str]]] = {
    "version": (["--version", "--local"], {"boto3", "messente_rcs.payload.submission", *FEEDBACK}),
    "help": (["--help"], AWS | PAYLOAD | {"rcs_cli.command"}),
    "show": (["show", "one", "--local"], RECORD),
    "watch": (["watch", "one", "--local"], {"boto3", *PAYLOAD}),
    "dead-letters": (["dead-letters", "--local"], RECORD),
    "validate": (["validate", "none.csv"], {"boto3", "botocore.session", "rcs_cli.stack", *FEEDBACK}),
}


def imported(*arguments: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", LIST, *arguments],
        env=bare_environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", PYTHONPATH=str(ROOT / "src")),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.mark.parametrize("name", UNUSED)
def test_a_command_imports_what_it_uses(name: str) -> None:
    """And nothing that only other commands use."""
    arguments, unused = UNUSED[name]
    assert not unused & imported(*arguments)
