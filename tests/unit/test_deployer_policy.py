"""src/bundle/deployer-policy.json, what may deploy the stack: everything the template has, nothing that is in it."""

import json
import re

import pytest

from tests.support.documents import RELEASES
from tests.support.template import ROOT, TEMPLATE

POLICY = json.loads((ROOT / "src/bundle/deployer-policy.json").read_text())["Statement"]
ACTIONS = [each["Action"] for each in POLICY]
ALLOWED = {action for each in ACTIONS for action in (each if isinstance(each, list) else [each])}
# AWS knows no narrower resource for the actions of these, or of some of them.
EVERYWHERE = {
    "deployer": {"Templates", "EventSources", "LogsThatNeedAll", "Subnets"},
    "operator": {"EventSources", "AlarmsMetricsAndDashboard"},
    "reader": {"AlarmsMetricsAndDashboard"},
    "caller": set(),
}

# The action that makes a resource of a type; SAM makes several of some.
MAKES = {
    "AWS::ApiGatewayV2::Api": ["apigateway:POST"],
    "AWS::ApiGatewayV2::Integration": ["apigateway:POST"],
    "AWS::ApiGatewayV2::Route": ["apigateway:POST"],
    "AWS::ApiGatewayV2::Stage": ["apigateway:POST", "logs:CreateLogDelivery"],
    "AWS::CloudWatch::Alarm": ["cloudwatch:PutMetricAlarm"],
    "AWS::CloudWatch::Dashboard": ["cloudwatch:PutDashboard"],
    "AWS::DynamoDB::Table": ["dynamodb:CreateTable", "dynamodb:UpdateTimeToLive", "dynamodb:UpdateContinuousBackups"],
    "AWS::Events::Rule": ["events:PutRule", "events:PutTargets"],
    "AWS::IAM::ManagedPolicy": ["iam:CreatePolicy", "iam:AttachRolePolicy", "ec2:DescribeSubnets"],
    "AWS::IAM::Role": ["iam:CreateRole", "iam:PutRolePolicy", "iam:PassRole"],
    "AWS::Lambda::Permission": ["lambda:AddPermission"],
    "AWS::Logs::LogGroup": ["logs:CreateLogGroup", "logs:PutRetentionPolicy"],
    "AWS::Logs::MetricFilter": ["logs:PutMetricFilter"],
    "AWS::Logs::QueryDefinition": ["logs:PutQueryDefinition"],
    "AWS::SQS::Queue": ["sqs:CreateQueue"],
    "AWS::SQS::QueuePolicy": ["sqs:SetQueueAttributes"],
    "AWS::Scheduler::Schedule": ["scheduler:CreateSchedule"],
    "AWS::SecretsManager::Secret": ["secretsmanager:CreateSecret"],
    "AWS::Serverless::Function": [
        "lambda:CreateFunction",
        "lambda:CreateEventSourceMapping",
        "lambda:PutFunctionEventInvokeConfig",
        "lambda:PutFunctionConcurrency",
        # Without it, the role is deleted before Lambda has deleted the network interfaces with it.
        "ec2:DescribeNetworkInterfaces",
    ],
}
CONTENTS = re.compile(
    r"dynamodb:(Get|Put|Query|Scan|Delete|Batch|Update)Item?$|dynamodb:(Query|Scan)|secretsmanager:(Get|Put)SecretValue"
    r"|sqs:(Send|Receive|Delete|Purge)(Message|Queue)?$|lambda:Invoke|logs:(Get|Filter)LogEvents|execute-api:|\*"
)


@pytest.mark.parametrize("kind", sorted({each["Type"] for each in TEMPLATE["Resources"].values()}))
def test_everything_in_the_template_can_be_made(kind: str) -> None:
    """Each type of the template has its actions in the policy."""
    assert set(MAKES[kind]) <= ALLOWED


def test_a_release_is_rolled_back_and_moved_with_it() -> None:
    """It allows the commands of the documents, such as the one that continues a failed rollback."""
    commands = set(re.findall(r"^aws cloudformation ([a-z-]+)", RELEASES.text, re.MULTILINE)) - {"wait"}
    needed = {f"cloudformation:{command.replace('-', ' ').title().replace(' ', '')}" for command in commands}
    assert "cloudformation:ContinueUpdateRollback" in needed
    assert needed <= ALLOWED


def test_it_reaches_no_contents() -> None:
    """Whoever deploys neither sends a message nor reads one, nor the password."""
    assert [action for action in ALLOWED - {"sqs:DeleteQueue"} if CONTENTS.search(action)] == []


@pytest.mark.parametrize("who", EVERYWHERE)
def test_a_policy_is_bound_to_the_stacks(who: str) -> None:
    """Every statement names resources of this application, except where AWS takes none."""
    statements = json.loads((ROOT / f"src/bundle/{who}-policy.json").read_text())["Statement"]
    assert {each["Sid"] for each in statements if each["Resource"] == "*"} == EVERYWHERE[who]
