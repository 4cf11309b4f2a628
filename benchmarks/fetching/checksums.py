"""Checksums as catalogues and servers write them."""

import base64
import hashlib
import re
import zlib
from pathlib import Path

_BLOCK = 1 << 20
_HASHES = {"md5": "md5", "sha": "sha1", "sha1": "sha1", "sha-256": "sha256", "sha256": "sha256"}
_ADLER = re.compile(r"[0-9a-f]{8}")


def parse_digest(header: str) -> str | None:
    """The first checksum of a ``Digest`` header that can be computed here, as ``algorithm:hex``; None without one.

    Example:
        >>> parse_digest("adler32=0A1B2C3D"), parse_digest("crc64=1"), parse_digest("md5=XUFAKrxLKna5cZ2REBfFkg==")
        ('adler32:0a1b2c3d', None, 'md5:5d41402abc4b2a76b9719d911017c592')
    """
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        algorithm = name.strip().lower()
        if algorithm == "adler32" and _ADLER.fullmatch(value.lower()):
            return f"adler32:{value.lower()}"
        if algorithm in _HASHES:
            return f"{_HASHES[algorithm]}:{_hexadecimal(value)}"
    return None


def checksum(path: Path, algorithm: str) -> str:
    """The checksum of a file as ``algorithm:hex``.

    Args:
        path: The file.
        algorithm: ``adler32``, ``md5``, ``sha1`` or ``sha256``.

    Raises:
        OSError: The file cannot be read.
        ValueError: The algorithm is another one.
    """
    with path.open("rb") as file:
        if algorithm != "adler32":
            return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"
        value = zlib.adler32(b"")
        while block := file.read(_BLOCK):
            value = zlib.adler32(block, value)
        return f"adler32:{value:08x}"


def _hexadecimal(value: str) -> str:
    """The value, which servers write in base 64 or, against the standard, in hexadecimal."""
    if re.fullmatch(r"[0-9a-fA-F]{32,64}", value):
        return value.lower()
    return base64.b64decode(value).hex()
