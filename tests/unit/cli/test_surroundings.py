"""The AWS settings of a machine, as broken as they get: one line says what is wrong, and the exit code is 1 or 2."""

import json
from hashlib import sha1
from pathlib import Path

import pytest
from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider
from typer.testing import CliRunner

from rcs_cli.command import World as Around
from rcs_cli.main import app
from rcs_cli.stack import account_of_the_user

REGION = "[default]\nregion = eu-west-1\n"
PROCESS = REGION + "credential_process = {}\n"
LEGACY_SSO = REGION + "sso_account_id = 1\nsso_role_name = r\nsso_region = eu-west-1\nsso_start_url = https://a\n"
SSO = (
    REGION + "sso_account_id = 1\nsso_role_name = r\nsso_session = a\n[sso-session a]\n"
    "sso_region = eu-west-1\nsso_start_url = https://a\nsso_registration_scopes = sso:account:access\n"
)
ROLE = "role_arn = arn:aws:iam::1:role/x\nsource_profile = {}\n"
CIRCLE = REGION + ROLE.format("b") + "[profile b]\n" + ROLE.format("default")
KEYS = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_REGION": "eu-west-1"}

# A config file, and variables: what botocore explains itself, and what its readers just raise, at each step.
BROKEN: dict[str, tuple[str | bytes, dict[str, str]]] = {
    "credential_process with broken JSON": (PROCESS.format("echo {"), {}),
    "credential_process with another version": (PROCESS.format("""echo '{"Version": 7}'"""), {}),
    "credential_process with an open quote": (PROCESS.format('echo "'), {}),
    "a config file without sections": ("region = eu-west-1\n", {}),
    "a config file that is no text": (b"\xff\xfe\x00", {}),
    "an assumed role in a circle": (CIRCLE, {}),
    "an endpoint that is no URL": ("", {**KEYS, "AWS_ENDPOINT_URL": "nonsense"}),
    "an endpoint with a bad port": ("", {**KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:99999"}),
    "an endpoint of one service": ("", {**KEYS, "AWS_ENDPOINT_URL_CLOUDFORMATION": "nonsense"}),
    "retries that are no number": ("", {**KEYS, "AWS_MAX_ATTEMPTS": "many"}),
    "a region that is none": ("", {**KEYS, "AWS_REGION": "eu west/1"}),
    "no region": ("", {**KEYS, "AWS_REGION": ""}),
    "half of the keys": ("", {"AWS_ACCESS_KEY_ID": "a", "AWS_REGION": "eu-west-1"}),
    "no keys": (REGION, {}),
    "a profile that is not there": (REGION, {"AWS_PROFILE": "none"}),
    "a container's endpoint that is none": (REGION, {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com"}),
    "a web identity without a file": (
        REGION,
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x", "AWS_ROLE_ARN": "arn:aws:iam::1:x/x"},
    ),
}


def run(monkeypatch: pytest.MonkeyPatch, home: Path, config: str | bytes, **variables: str) -> None:
    """Run a command with such settings; it must say one line, and raise nothing."""
    for name in ("AWS_PROFILE", *KEYS, "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    file = home / "config"
    file.write_bytes(config.encode() if isinstance(config, str) else config)
    settings = {"AWS_CONFIG_FILE": str(file), "AWS_SHARED_CREDENTIALS_FILE": str(home / "none"), "HOME": str(home)}
    for name, value in (settings | {"AWS_EC2_METADATA_DISABLED": "true"} | variables).items():
        monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app, ["unknown"], obj=Around(), catch_exceptions=False)
    assert (done.exit_code in {1, 2}, done.stdout, done.stderr.count("\n")) == (True, "", 1), done.stderr


@pytest.mark.parametrize("name", BROKEN)
def test_broken_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Each is one line, without a network."""
    config, variables = BROKEN[name]
    run(monkeypatch, tmp_path, config, **variables)


CACHES: dict[str, str | bytes] = {
    "broken JSON": "{",
    "no UTF-8": b"\xff",
    "no token": "{}",
    "a token with a bad time": json.dumps({"accessToken": "a", "expiresAt": "x", "startUrl": "https://a"}),
    "a token that is over": json.dumps({"accessToken": "a", "expiresAt": "2020-01-01T00:00:00Z"}),
}


@pytest.mark.parametrize("config", [SSO, LEGACY_SSO], ids=["session", "legacy"])
@pytest.mark.parametrize("name", CACHES)
def test_a_broken_sso_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, config: str, name: str) -> None:
    """The token of `aws sso login` may be anything."""
    content = CACHES[name]
    for key in ("a", "https://a"):
        file = tmp_path / f"{sha1(key.encode(), usedforsecurity=False).hexdigest()}.json"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    for owner in (SSOProvider, SSOTokenProvider):
        monkeypatch.setattr(owner, "_SSO_TOKEN_CACHE_DIR", str(tmp_path))
    run(monkeypatch, tmp_path, config)


@pytest.mark.parametrize(
    "endpoint",
    [
        *("http://127.0.0.1:99999", "http://127.0.0.1:x", "http://[::1", "nonsense", "http://", "ftp://127.0.0.1"),
        *("https://sqs.eu-west-1.amazonaws.com", "http://8.8.8.8:4566", "http://127.0.0.1.example.com"),
        *("http://0.0.0.0:4566", "http://169.254.169.254"),
    ],
)
def test_local_uses_addresses_of_this_machine_only(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    """Anything else in the environment is wrong usage: nothing can lead a local command to AWS."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    done = CliRunner().invoke(app, ["unknown", "--local"], obj=Around(), catch_exceptions=False)
    assert (done.exit_code, done.stderr.count("\n"), "--local" in done.stderr) == (2, 1, True), done.stderr


@pytest.mark.parametrize(
    ("variables", "region"),
    [
        ({"AWS_REGION": "eu-north-1"}, "eu-north-1"),
        ({"AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-north-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1"),
        ({}, "eu-south-1"),
    ],
)
def test_the_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str], region: str) -> None:
    """AWS_REGION comes before AWS_DEFAULT_REGION and the profile, as for `aws`, and --region before all."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text("[default]\nregion = eu-south-1\n")
    for name, value in ({"AWS_CONFIG_FILE": str(tmp_path / "config")} | variables).items():
        monkeypatch.setenv(name, value)
    assert account_of_the_user(None, None).region == region
    assert account_of_the_user(None, "eu-central-1").region == "eu-central-1"
    monkeypatch.setenv("AWS_PROFILE", "another")
    assert account_of_the_user("default", None).place == {"region": region, "profile": "default"}
