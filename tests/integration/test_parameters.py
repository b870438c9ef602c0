"""Parameters that belong together, and a stack that answers on its own domains only."""

import uuid

import pytest
from botocore.exceptions import ClientError

from tests.local.build import Built
from tests.local.emulator import Emulator
from tests.local.rcs import Rcs
from tests.local.stack import NEVER, Stack, deploy
from tests.standin.server import Server
from tests.support.shell import run_aws

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
def test_a_half_given_pair_is_refused(
    emulator: Emulator, standin: Server, built: Built, given: dict[str, str], reason: str
) -> None:
    """Before anything is made."""
    name = f"refused-{uuid.uuid4().hex[:8]}"
    with pytest.raises(ClientError, match=reason):
        deploy(emulator, built, standin, name=name, **given)
    with pytest.raises(ClientError, match="does not exist"):
        emulator.client("cloudformation").describe_stacks(StackName=name)


@pytest.fixture(scope="module")
def stack(emulator: Emulator, standin: Server, built: Built) -> Stack:
    """Deploy the template with what no other test sets."""
    encrypted = {"KmsMasterKeyId": "alias/aws/sns"}
    topic = emulator.client("sns").create_topic(Name="alarms", Attributes=encrypted)["TopicArn"]
    given = DISABLED | DOMAINS | {"ReconcileSchedule": NEVER, "AlarmTopicArn": topic, "LogSourceAddresses": "No"}
    given |= {"DailySpendLimit": "5", "FailedDeliveriesPercent": "0"}
    return deploy(emulator, built, standin, name="own-domains", **given)


def test_a_stack_behind_its_own_domains(stack: Stack) -> None:
    """The endpoints of API Gateway are closed, and every URL that the stack tells is one of the domains."""
    for api in ("Api", "CallbackApi"):
        assert stack.client("apigatewayv2").get_api(ApiId=stack.resource(api))["DisableExecuteApiEndpoint"] is True
    told = stack.client("lambda").get_function_configuration(FunctionName=stack.function)["Environment"]["Variables"]
    urls = [*(stack.outputs[name] for name in ("ApiUrl", "CallbackUrl", "InboundUrl")), told["CALLBACK_URL"]]
    reports, inbound = (f"https://reports.example.com/rcs/{name}" for name in ("delivery-reports", "inbound-messages"))
    assert urls == [DOMAINS["ApiBaseUrl"], reports, inbound, reports]


def test_the_doctor_names_a_topic_that_cannot_receive_alarms(stack: Stack) -> None:
    """The command that it names mends it, whatever rings meanwhile."""
    rcs = Rcs(stack.emulator.url)
    found = rcs.checks("--stack", stack.name)["alarms"]
    assert (found["verdict"], "alias/aws/sns" in found["found"]) == ("fail", True)
    run_aws(found["next"], stack.client)
    assert "alias/aws/sns" not in rcs.checks("--stack", stack.name)["alarms"]["found"]
