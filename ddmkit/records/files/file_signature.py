"""Ed25519 signatures of record files: read keys, sign files, check signatures.

The extra ``sign`` brings the library, which is loaded when a key is used; a fingerprint needs no library. A valid signature
shows that nothing changed since the file was signed. Who signed it is shown only by a key or fingerprint that reached the
reader another way.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ddmkit.config.paths import expand
from ddmkit.errors import RecordError
from ddmkit.records.files.file_format import RecordFile, Signature, signed_bytes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["fingerprint_of", "public_key_in", "sign_file", "sign_text", "signature_fits", "text_signature_fits"]

_LARGEST_KEY = 100_000
_INSTALL = "python -m pip install 'ddmkit[sign]'"
_MAKE_ONE = "Make a key with: openssl genpkey -algorithm ed25519 -out key.pem, or ssh-keygen -t ed25519 -N '' -f key"


def fingerprint_of(public_key: str) -> str:
    """Return the fingerprint of a public key (32 bytes in hexadecimal), as ``ssh-keygen -l`` prints it."""
    parts = (b"ssh-ed25519", bytes.fromhex(public_key))
    blob = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def sign_file(file: RecordFile, key_file: str | Path) -> RecordFile:
    """Sign a file with the private key in a PEM or OpenSSH file.

    Raises ``RecordError`` when the key cannot be used, or the extra ``sign`` is not installed.
    """
    key = _read_private_key(expand(key_file))
    blank = _blank_signature(key)
    unsigned = file.model_copy(update={"signature": blank})
    value = key.sign(signed_bytes(unsigned)).hex()
    return file.model_copy(update={"signature": blank.model_copy(update={"value": value})})


def sign_text(text: str, key_file: str | Path) -> Signature:
    """Return the signature over a text, such as a hash; raises as ``sign_file``."""
    key = _read_private_key(expand(key_file))
    return _blank_signature(key).model_copy(update={"value": key.sign(text.encode()).hex()})


def _blank_signature(key: Ed25519PrivateKey) -> Signature:
    public_key = key.public_key().public_bytes_raw().hex()
    return Signature(algorithm="Ed25519", public_key=public_key, fingerprint=fingerprint_of(public_key), value="0" * 128)


def signature_fits(file: RecordFile) -> bool:
    """Return whether a file's signature was made over this content with the key that it names.

    Raises ``RecordError`` when the extra ``sign`` is not installed, because an unchecked signature proves nothing.
    """
    if file.signature is None:
        return False
    return _fits(signed_bytes(file), file.signature.public_key, file.signature.value)


def text_signature_fits(text: str, *, public_key: str, value: str) -> bool:
    """Return whether a signature was made over this text with the key that it names; raises as ``signature_fits``."""
    return _fits(text.encode(), public_key, value)


def _fits(content: bytes, public_key: str, value: str) -> bool:
    library = _library("check the signature of")
    try:
        key = library.ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
        key.verify(bytes.fromhex(value), content)
    except (library.invalid, ValueError):
        return False
    return True


def public_key_in(key_file: str | Path) -> str:
    """Return the public key (in hexadecimal) in a PEM or OpenSSH file, which may also contain the private key."""
    path = expand(key_file)
    content = _read_key(path)
    library = _library("read a key for")
    for load in (library.pem_public, library.ssh_public):
        try:
            key = load(content)
        except library.unreadable:
            continue
        if isinstance(key, library.ed25519.Ed25519PublicKey):
            return str(key.public_bytes_raw().hex())
    return _read_private_key(path).public_key().public_bytes_raw().hex()


def _read_private_key(path: Path) -> Ed25519PrivateKey:
    content = _read_key(path)
    library = _library("sign")
    for load in (library.pem_private, library.ssh_private):
        try:
            key = load(content, None)
        except TypeError:
            raise RecordError(f"The key in {path} is protected by a passphrase, and cannot be used here.") from None
        except library.unreadable:
            continue
        if isinstance(key, library.ed25519.Ed25519PrivateKey):
            return cast("Ed25519PrivateKey", key)
    # Not chained: the library's message may quote the file.
    raise RecordError(f"{path} holds no Ed25519 key in PEM or OpenSSH form. {_MAKE_ONE}") from None


def _read_key(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_KEY)
    except OSError as error:
        raise RecordError(f"Could not read the key file {path}: {error.strerror}. Check its name and rights.") from None


class _Library:
    """The parts of the library ``cryptography`` that are used here."""

    def __init__(self) -> None:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415  # an extra
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        self.ed25519 = ed25519
        self.invalid = InvalidSignature
        self.unreadable = (ValueError, UnsupportedAlgorithm)
        self.pem_private, self.ssh_private = serialization.load_pem_private_key, serialization.load_ssh_private_key
        self.pem_public, self.ssh_public = serialization.load_pem_public_key, serialization.load_ssh_public_key


def _library(doing: str) -> Any:
    try:
        return _Library()
    except ImportError:
        raise RecordError(f"To {doing} a record, the extra 'sign' is needed. Run: {_INSTALL}") from None
