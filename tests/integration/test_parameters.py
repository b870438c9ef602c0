"""Parameters that belong together, and a stack that answers on its own domains only."""

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local.build import Built
from tests.local.emulator import Emulator
from tests.local.stack import NEVER, Stack, deploy
from tests.standin.server import Server

SUBNETS, GROUPS = {"SubnetIds": "subnet-0123456789abcdef0"}, {"SecurityGroupIds": "sg-0123456789abcdef0"}
DOMAINS = {"ApiBaseUrl": "https://rcs.example.com", "CallbackBaseUrl": "https://reports.example.com/rcs"}
DISABLED = {"DefaultEndpoints": "Disabled"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (SUBNETS, "SubnetIds needs SecurityGroupIds"),
        (GROUPS, "SecurityGroupIds needs SubnetIds"),
        (DISABLED | {"CallbackBaseUrl": DOMAINS["CallbackBaseUrl"]}, "needs ApiBaseUrl"),
        (DISABLED | {"ApiBaseUrl": DOMAINS["ApiBaseUrl"]}, "needs a URL as CallbackBaseUrl"),
        (DISABLED | DOMAINS | {"CallbackBaseUrl": "none"}, "needs a URL as CallbackBaseUrl"),
    ],
    ids=["subnets alone", "security groups alone", "no domain", "no domain for reports", "no report URL"],
)
def test_a_half_given_pair_is_refused(emulator: Emulator, built: Built, given: dict[str, str], reason: str) -> None:
    """Before anything is made."""
    name = f"refused-{uuid.uuid4().hex[:8]}"
    with pytest.raises(ClientError, match=reason):
        deploy(emulator, built, "https://api.messente.com/v1", name=name, **given)
    with pytest.raises(ClientError, match="does not exist"):
        emulator.client("cloudformation").describe_stacks(StackName=name)


def test_a_stack_behind_its_own_domains(emulator: Emulator, standin: Server, built: Built) -> None:
    """The endpoints of API Gateway are closed, and every URL that the stack tells is one of the domains."""
    given = DISABLED | DOMAINS | {"ReconcileSchedule": NEVER}
    stack = deploy(emulator, built, standin.url, name="own-domains", **given)
    for api in ("Api", "CallbackApi"):
        assert stack.client("apigatewayv2").get_api(ApiId=stack.resource(api))["DisableExecuteApiEndpoint"] is True
    reports = "https://reports.example.com/rcs/delivery-reports"
    outputs = {name: stack.outputs[name] for name in ("ApiUrl", "CallbackUrl", "InboundUrl")}
    assert outputs == {
        "ApiUrl": DOMAINS["ApiBaseUrl"],
        "CallbackUrl": reports,
        "InboundUrl": "https://reports.example.com/rcs/inbound-messages",
    }
    function = stack.client("lambda").get_function_configuration(FunctionName=stack.function)
    assert function["Environment"]["Variables"]["CALLBACK_URL"] == reports


@pytest.mark.parametrize("table", ["TableName", "OptOutTableName"])
def test_a_table_is_not_deleted_by_mistake(operated: Stack, table: str) -> None:
    """Deleting one takes a call that says so first."""
    with pytest.raises(ClientError, match="protect"):
        operated.client("dynamodb").delete_table(TableName=operated.outputs[table])
