"""The folder of CAs that the build makes: OpenSSL finds each of them by its name, and trusts nobody else."""

import datetime as dt
import ssl
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.name import _ASN1Type as Kind
from cryptography.x509.oid import NameOID

from bundle.hash_certificates import hash_certificates

AUTHORITIES = Path(certifi.where())
# The numbers by which OpenSSL says why it does not trust a certificate (x509_vfy.h).
BAD_SIGNATURE, EXPIRED, SELF_SIGNED, NO_ISSUER = 7, 10, 18, 20
KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65_537, 2048)
SERVER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server.example")])


def certificate(
    subject: x509.Name,
    issuer: x509.Name,
    *,
    signer: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = KEY,
    is_authority: bool = False,
) -> bytes:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(issuer, subject, KEY.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + dt.timedelta(days=1))
    builder = builder.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("server.example")]), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def verdict(folder: Path, server: bytes, tmp_path: Path) -> int:
    """Connect to a server with this certificate, trusting a folder; return 0 or why OpenSSL refused."""
    pem = tmp_path / "server.pem"
    secret = KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + server)
    accepting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    accepting.load_cert_chain(pem)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    trusting = ssl.create_default_context(capath=folder)
    trusting.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the key identifiers that it asks for are not what is tested
    client = trusting.wrap_bio(down, up, server_hostname="server.example")
    served = accepting.wrap_bio(up, down, server_side=True)
    for side in (client, served, client):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as refused:
            return refused.verify_code
    return 0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("authorities") / "certificates"
    hash_certificates(AUTHORITIES, made)
    return made


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_every_authority_is_found(folder: Path, tmp_path: Path) -> None:
    """A forged certificate is refused for its signature: its issuer was found, as it would not be by a wrong name."""
    authorities = x509.load_pem_x509_certificates(AUTHORITIES.read_bytes())
    assert len(authorities) > 100
    for authority in authorities:
        # OpenSSL passes over a CA whose key cannot have made such a signature.
        signer = RSA_KEY if isinstance(authority.public_key(), rsa.RSAPublicKey) else KEY
        assert verdict(folder, certificate(SERVER, authority.subject, signer=signer), tmp_path) in (
            BAD_SIGNATURE,
            EXPIRED,
        )


@pytest.mark.parametrize("kind", ["UTF8String", "PrintableString", "T61String", "IA5String", "BMPString"])
def test_an_authority_of_ones_own_is_trusted(kind: str, tmp_path: Path) -> None:
    """Its name may be of any kind of string, with capitals, spaces, and several attributes in one part."""
    pair = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "  Two  Words ", Kind[kind]),
        x509.NameAttribute(NameOID.COMMON_NAME, "CA of " + "X" * 58 if kind == "UTF8String" else "CA", Kind[kind]),
    ]
    name = x509.Name([x509.RelativeDistinguishedName(pair)])
    pem = tmp_path / "authorities.pem"
    pem.write_bytes(certificate(name, name, is_authority=True))
    hash_certificates(pem, tmp_path / "certificates")
    assert verdict(tmp_path / "certificates", certificate(SERVER, name), tmp_path) == 0


def test_two_of_one_name_are_both_there(tmp_path: Path) -> None:
    """The second gets the next number."""
    pem = tmp_path / "authorities.pem"
    pem.write_bytes(certificate(SERVER, SERVER, is_authority=True) + certificate(SERVER, SERVER, is_authority=True))
    hash_certificates(pem, tmp_path / "certificates")
    names = sorted(file.name.partition(".") for file in (tmp_path / "certificates").iterdir())
    assert [number for *_, number in names] == ["0", "1"]
    assert len({hashed for hashed, *_ in names}) == 1


def test_others_are_not_trusted(folder: Path, tmp_path: Path) -> None:
    """A server that signed its certificate itself, and one of an unknown CA, are refused."""
    nobody = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    assert verdict(folder, certificate(SERVER, SERVER), tmp_path) == SELF_SIGNED
    assert verdict(folder, certificate(SERVER, nobody), tmp_path) == NO_ISSUER
