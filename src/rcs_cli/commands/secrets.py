"""`secret set`: what the functions sign in with at Messente, asked for without showing it."""

import json
from typing import Annotated

import typer

from messente_rcs.messente.credentials import FRESH, CredentialsUnavailable, credentials, inbound_keys, secret_reader
from messente_rcs.payload.decode import read_object
from rcs_cli.command import Command, Rcs
from rcs_cli.options import Group
from rcs_cli.problems import USAGE, Problem

secret = typer.Typer(cls=Group, add_completion=False, no_args_is_help=True)


@secret.command("set", cls=Command)
def set_(
    rcs: Rcs,
    *,
    inbound: Annotated[bool, typer.Option("--inbound-secret", help="Add an inbound number's Shared Secret.")] = False,
) -> None:
    """Ask for the username and the password of the API key, without showing them, and keep all else in the secret.

    Enter alone keeps a value.
    """
    if not rcs.world.is_terminal():
        raise Problem("There is no terminal to ask at. In a script use aws secretsmanager put-secret-value.", USAGE)
    client, arn = rcs.stack.client("secretsmanager"), rcs.stack.output("SecretArn")
    # The secret is read after that: somebody else may change it meanwhile.
    typed = list(map(_asked, ("Shared Secret of the inbound number",) if inbound else ("New username", "New password")))
    try:
        text = secret_reader(client, arn)()
        fields = read_object(text) or {}
        if inbound:
            given = fields.get("inbound_secrets")  # the form of AWS's console writes one as a text
            known = [each for each in (given if isinstance(given, list) else [given]) if isinstance(each, str)]
            fields["inbound_secrets"] = list(dict.fromkeys([*known, *typed]))
            inbound_keys(json.dumps(fields))
        else:
            named = zip(("username", "password"), typed, strict=True)
            fields |= {name: new or fields.get(name, "") for name, new in named}
            credentials(json.dumps(fields))
    except CredentialsUnavailable as why:
        raise Problem(f"Nothing was changed: {why}.") from None
    told = "Nothing was changed."
    # A version without news would push out the one before, by which reports on their way are checked.
    if changed := fields != read_object(text):
        client.put_secret_value(SecretId=arn, SecretString=json.dumps(fields))
        told = (
            f"The secret has a new version. The functions use it within {FRESH / 60:.0f} minutes, and at once if "
            "Messente rejects the old one or signs with the new one. rcs doctor checks it."
        )
    rcs.output.json({"changed": changed, "fields": sorted(fields)})
    rcs.output.say(told)


def _asked(name: str) -> str:
    return str(typer.prompt(name, default="", hide_input=True, show_default=False, err=True))
