"""Which routes `sam local start-api` serves. It needs Docker only after sam has decided this, so the test does not."""

import json
import os
import subprocess
from pathlib import Path

from tests.local.build import Built

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-sam" / "bin" / "python"

# Run by sam's own Python: what start-api does with a template before it starts a container.
ROUTES = """
import json, sys
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
stacks, _ = SamLocalStackProvider.get_stacks(sys.argv[1])
found = [(method, each) for each in ApiProvider(stacks).routes for method in each.methods]
routes = {f"{method} {each.path}": [each.function_name, each.payload_format_version] for method, each in found}
print(json.dumps(routes))
"""

EVERY_ROUTE = {
    "POST /messages": ["SendFunction", "2.0"],
    "GET /messages": ["SendFunction", "2.0"],
    "GET /messages/{id}": ["SendFunction", "2.0"],
    "DELETE /messages/{id}": ["SendFunction", "2.0"],
    "POST /messages/{id}/resolution": ["SendFunction", "2.0"],
    "POST /delivery-reports": ["ReportFunction", "2.0"],
    "POST /delivery-reports/{id}": ["ReportFunction", "2.0"],
    "POST /inbound-messages": ["InboundFunction", "2.0"],
}


def routes(template: Path) -> dict[str, list[str]]:
    """Return the function and the payload format of every route that sam finds in a template."""
    environment = {
        "PATH": os.environ["PATH"],
        "SAM_CLI_TELEMETRY": "0",
        "__SAM_CLI_APP_DIR": str(ROOT / ".cache" / "sam"),
    }
    done = subprocess.run(
        [PYTHON, "-c", ROUTES, template], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_sam_finds_the_routes_of_both_apis(built: Built) -> None:
    """On one port, start-api serves both, each route by its own function.

    Sam decides by the first resource whose type it knows: the order of the template matters, and `sam build` keeps it.
    """
    assert routes(ROOT / "template.yaml") == routes(built.folder / "template.yaml") == EVERY_ROUTE
