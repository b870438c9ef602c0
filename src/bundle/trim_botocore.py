"""Cut botocore's data to the operations that the functions call. Every cold start parses this data."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

OPERATIONS = {
    "dynamodb": {"BatchGetItem", "GetItem", "PutItem", "Query", "UpdateItem"},
    "events": {"PutEvents"},
    "secretsmanager": {"GetSecretValue"},
    "sqs": {"ChangeMessageVisibility", "SendMessage"},
}
SHARED = ("_retry.json", "sdk-default-configuration.json")


def cut_data(source: Path, target: Path) -> None:
    """Write the part of botocore's data folder `source` that OPERATIONS need to the new folder `target`.

    The endpoint rule sets are left out. botocore then finds the host of a service in endpoints.json, and does not
    evaluate rules at each call.
    """
    for service, operations in OPERATIONS.items():
        folder = max(file.parent for file in (source / service).glob("*/service-2.json*"))
        kept = target / service / folder.name
        kept.mkdir(parents=True)
        write(kept / "service-2.json", cut_model(read(folder / "service-2.json.gz"), operations))
        for extras in folder.glob("*.sdk-extras.json"):
            shutil.copy(extras, kept)
    for name in SHARED:
        shutil.copy(source / name, target)
    write(target / "endpoints.json", cut_endpoints(read(source / "endpoints.json")))


def cut_model(model: dict[str, Any], operations: set[str]) -> dict[str, Any]:
    """Return the service model with only these operations, the shapes they reach, and no documentation."""
    kept = {name: without_documentation(model["operations"][name]) for name in sorted(operations)}
    shapes: dict[str, Any] = {}
    waiting = list(shape_names(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = without_documentation(model["shapes"][name])
            waiting += shape_names(shapes[name])
    return {**model, "operations": kept, "shapes": dict(sorted(shapes.items())), "documentation": ""}


def cut_endpoints(endpoints: dict[str, Any]) -> dict[str, Any]:
    """Return the endpoints with only our services in every partition."""
    return {**endpoints, "partitions": [cut_partition(partition) for partition in endpoints["partitions"]]}


def cut_partition(partition: dict[str, Any]) -> dict[str, Any]:
    """Return the partition with only our services."""
    return {**partition, "services": {k: v for k, v in partition["services"].items() if k in OPERATIONS}}


def shape_names(node: Any) -> Iterator[str]:
    """Yield the name of every shape that the node refers to, directly."""
    if isinstance(node, list):
        for item in node:
            yield from shape_names(item)
    elif isinstance(node, dict):
        if isinstance(node.get("shape"), str):
            yield node["shape"]
        for item in node.values():
            yield from shape_names(item)


def without_documentation(node: Any) -> Any:
    """Return the node without its documentation texts, at any depth."""
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    if isinstance(node, dict):
        return {k: without_documentation(v) for k, v in node.items() if k != "documentation" or isinstance(v, dict)}
    return node


def read(file: Path) -> Any:
    """Return the JSON of a file, gzipped or not."""
    raw = file.read_bytes()
    return json.loads(gzip.decompress(raw) if file.suffix == ".gz" else raw)


def write(file: Path, content: Any) -> None:
    """Write compact JSON."""
    file.write_text(json.dumps(content, separators=(",", ":")))


if __name__ == "__main__":
    cut_data(Path(sys.argv[1]), Path(sys.argv[2]))
