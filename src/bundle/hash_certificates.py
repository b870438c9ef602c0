"""Put the CAs of a PEM file into a folder where OpenSSL finds each by its name, as `openssl rehash` does.

A process that trusts such a folder reads the one CA that it needs. From a file it would have to read all of them, which
is an eighth of a cold start. The name of a file is a hash of the CA's subject (OpenSSL, X509_NAME_hash_ex).
"""

from __future__ import annotations

import hashlib
import re
import ssl
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_SEQUENCE, _SET, _UTF8, _VERSION = 0x30, 0x31, 0x0C, 0xA0
_ENCODINGS = {
    _UTF8: "utf-8",
    0x13: "ascii",  # PrintableString
    0x14: "latin-1",  # T61String, as OpenSSL reads it
    0x16: "ascii",  # IA5String
    0x1A: "ascii",  # VisibleString
    0x1C: "utf-32-be",  # UniversalString
    0x1E: "utf-16-be",  # BMPString
}


def hash_certificates(file: Path, folder: Path) -> None:
    """Write each CA of `file` into the new `folder`."""
    folder.mkdir()
    for pem in _PEM.findall(file.read_text()):
        hashed = subject_hash(ssl.PEM_cert_to_DER_cert(pem))
        names = (folder / f"{hashed}.{number}" for number in count())
        next(name for name in names if not name.exists()).write_text(f"{pem}\n")


def subject_hash(certificate: bytes) -> str:
    """Return the hash of a certificate's subject."""
    ((_, signed),) = _parts(certificate)
    (_, body), *_ = _parts(signed)
    fields = [value for tag, value in _parts(body) if tag != _VERSION]
    subject = fields[4]  # after the serial number, the algorithm, the issuer and the times (RFC 5280, 4.1)
    sets = (b"".join(sorted(map(_attribute, _parts(names)))) for _, names in _parts(subject))
    canonical = b"".join(_tagged(_SET, each) for each in sets)
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


def _attribute(part: tuple[int, bytes]) -> bytes:
    """Write an attribute of a name as OpenSSL compares it: in UTF-8 and small letters, with single spaces."""
    (kind, oid), (tag, value) = _parts(part[1])
    if tag in _ENCODINGS:
        words = value.decode(_ENCODINGS[tag]).encode().lower().split()
        tag, value = _UTF8, b" ".join(words)
    return _tagged(_SEQUENCE, _tagged(kind, oid) + _tagged(tag, value))


def _parts(der: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the tag and the content of each part of DER."""
    while der:
        tag, size, start = der[0], der[1], 2
        if size >= 0x80:  # noqa: PLR2004 - the long form: how many bytes the size has
            start += size - 0x80
            size = int.from_bytes(der[2:start])
        yield tag, der[start : start + size]
        der = der[start + size :]


def _tagged(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - the short form
        return bytes([tag, size]) + content
    written = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 + len(written)]) + written + content


if __name__ == "__main__":
    hash_certificates(*map(Path, sys.argv[1:]))
