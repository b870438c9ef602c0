"""Write down the tables and queues of the stack RCS_STACK, so that another stack can import them.

`data.json` is a template of them alone, with the stack's parameters as defaults, and `kept.json` says what each is
called.
"""

import json
import os
from pathlib import Path
from typing import Any

import boto3

IDENTIFIERS = {"AWS::DynamoDB::Table": "TableName", "AWS::SQS::Queue": "QueueUrl"}


def kept(client: Any, stack: str, resources: dict[str, Any]) -> list[dict[str, Any]]:
    """List what outlives the stack and is to be imported, as CreateChangeSet takes it."""
    pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
    found = [each for page in pages for each in page["StackResourceSummaries"] if each["ResourceType"] in IDENTIFIERS]
    return [
        {
            "ResourceType": each["ResourceType"],
            "LogicalResourceId": each["LogicalResourceId"],
            "ResourceIdentifier": {IDENTIFIERS[each["ResourceType"]]: each["PhysicalResourceId"]},
        }
        for each in found
        if "DeletionPolicy" in resources[each["LogicalResourceId"]]
    ]


def template(client: Any, stack: str) -> dict[str, Any]:
    """Return the template, with the stack's parameters as defaults."""
    whole: dict[str, Any] = client.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    for each in client.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]:
        whole["Parameters"][each["ParameterKey"]]["Default"] = each["ParameterValue"]
    return whole


if __name__ == "__main__":
    cloudformation, name = boto3.client("cloudformation"), os.environ["RCS_STACK"]
    whole = template(cloudformation, name)
    resources = kept(cloudformation, name, whole["Resources"])
    sections = ("Parameters", "Mappings", "Conditions")
    data: dict[str, Any] = {section: whole[section] for section in sections if section in whole}
    data["Resources"] = {each["LogicalResourceId"]: whole["Resources"][each["LogicalResourceId"]] for each in resources}
    Path("kept.json").write_text(json.dumps(resources))
    Path("data.json").write_text(json.dumps(data))
