"""The folder of CAs that the build makes: each has the name by which OpenSSL looks for it."""

import datetime as dt
import subprocess
from collections import Counter
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type as Kind
from cryptography.x509.oid import NameOID

from bundle.hash_certificates import hash_certificates
from tests.support.template import ROOT

# Run by sam's own Python, which has OpenSSL's functions: prints the hash of each certificate's subject.
HASHES = """
import re, sys
from OpenSSL.crypto import FILETYPE_PEM, load_certificate
for pem in re.findall("-----BEGIN.+?-----END CERTIFICATE-----", sys.stdin.read(), re.DOTALL):
    print(f"{load_certificate(FILETYPE_PEM, pem).subject_name_hash():08x}")
"""


def names_by_openssl(authorities: Path) -> list[str]:
    """Return the name of each CA's file: the hash of its subject, and a number, as two may have one subject."""
    command = [str(ROOT / ".venv-sam" / "bin" / "python"), "-c", HASHES]
    done = subprocess.run(command, input=authorities.read_text(), capture_output=True, text=True, check=True)
    return sorted(f"{name}.{n}" for name, count in Counter(done.stdout.split()).items() for n in range(count))


def authority(kind: Kind) -> bytes:
    """Make a CA whose name has capitals, spaces, and several attributes in one part."""
    pair = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "  Two  Words ", kind),
        x509.NameAttribute(NameOID.COMMON_NAME, "CA of " + "X" * 58, kind),
    ]
    name, now = x509.Name([x509.RelativeDistinguishedName(pair)]), dt.datetime.now(dt.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


OWN = {
    f"one whose name is a {kind.name}": authority(kind)
    for kind in (Kind.UTF8String, Kind.PrintableString, Kind.T61String, Kind.IA5String, Kind.BMPString)
}


@pytest.mark.parametrize(
    "authorities",
    [Path(certifi.where()).read_bytes(), *OWN.values(), OWN["one whose name is a UTF8String"] * 2],
    ids=["those of the bundle", *OWN, "two of one name"],
)
def test_every_authority_is_found(authorities: bytes, tmp_path: Path) -> None:
    """OpenSSL trusts nobody whose file has another name; test_certificates.py of the runtime shakes hands."""
    file, folder = tmp_path / "authorities.pem", tmp_path / "certificates"
    file.write_bytes(authorities)
    hash_certificates(file, folder)
    assert sorted(each.name for each in folder.iterdir()) == names_by_openssl(file)
