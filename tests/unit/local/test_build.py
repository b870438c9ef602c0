"""The local build keeps what is the same once."""

from pathlib import Path

import yaml

from tests.local.build import Built, keep_equal_bundles_once


def test_functions_share_a_bundle_if_it_is_the_same(tmp_path: Path) -> None:
    """A function whose code is another one keeps its own."""
    resources = {}
    for name, code in {"Send": "same", "Report": "same", "Publish": "another"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "code.py").write_text(code)
        resources[name] = {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": name}}
    (tmp_path / "template.yaml").write_text(yaml.safe_dump({"Resources": resources}))
    keep_equal_bundles_once(tmp_path)
    built = Built(yaml.safe_load((tmp_path / "template.yaml").read_text()), tmp_path)
    read = {name: (built.bundle(name) / "code.py").read_text() for name in built.functions()}
    assert read == {"Send": "same", "Report": "same", "Publish": "another"}
    assert len({built.bundle(name) for name in built.functions()}) == len([*tmp_path.glob("*/code.py")]) == 2
