"""The local stack from a terminal: lines that a shell takes as they are, in the folder of the project."""

from rcs_cli.stack import LOCAL_ENDPOINT
from tests.local.emulator import CREDENTIALS, REGION
from tests.local.stack import Stack

_KEYS = {name.upper(): value for name, value in CREDENTIALS.items()}
_HELLO = '{"to": "+37255510001", "text": "Hello"}'


def commands(stack: Stack) -> dict[str, str]:
    endpoint = stack.emulator.url
    place = "" if endpoint == LOCAL_ENDPOINT else f"AWS_ENDPOINT_URL={endpoint} "
    return {
        "curl": f"curl --aws-sigv4 aws:amz:{REGION}:execute-api --user test:test \\\n"
        f"  '{stack.api_url}/messages' -H 'Content-Type: application/json' \\\n"
        f"  -H 'Idempotency-Key: hello-1' -d '{_HELLO}'",
        "rcs": f"{place}PYTHONPATH=src .venv/bin/python -m rcs_cli.main send +37255510002 'Hello' --local",
        # With options instead of variables, which an old aws does not know: it would go to the real AWS.
        "aws": f"{_assigned(_KEYS)} aws --endpoint-url {endpoint} --region {REGION} \\\n"
        f"  sqs send-message --queue-url {stack.queue_url} --message-body '{_HELLO}'",
    }


def exports(stack: Stack) -> str:
    place = {"AWS_ENDPOINT_URL": stack.emulator.url, "AWS_DEFAULT_REGION": REGION}
    return f"export {_assigned({**place, **_KEYS, 'RCS_STACK': stack.name})}"


def _assigned(variables: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in variables.items())
