"""Signatures in OpenSSH's form, as ``ssh-keygen -Y sign`` makes them (PROTOCOL.sshsig).

Only Ed25519: keys in a file (``ssh-ed25519``), and keys in a security key that has to be touched
(``sk-ssh-ed25519@openssh.com``, PROTOCOL.u2f).
"""

import base64
import binascii
import re
from hashlib import sha256, sha512
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mendloop.adapters.signing.fields import Fields, Malformed, packed

PLAIN: Final = b"ssh-ed25519"
TOUCHED: Final = b"sk-ssh-ed25519@openssh.com"
_MAGIC: Final = b"SSHSIG"
_VERSION: Final = (1).to_bytes(4, "big")
_HASHES: Final = {b"sha256": sha256, b"sha512": sha512}
_ARMOUR: Final = re.compile(
    r"\s*-----BEGIN SSH SIGNATURE-----\s+([A-Za-z0-9+/=\s]{1,8192})-----END SSH SIGNATURE-----\s*"
)
_WIDTH: Final = 70
_PRESENT: Final = 1
"""The flag of a security key that somebody touched it."""


def sign(key: Ed25519PrivateKey, message: bytes, namespace: str) -> str:
    """Sign a message for one purpose."""
    raw = key.public_key().public_bytes_raw()
    made = key.sign(_signed(message, namespace.encode(), b"sha512"))
    blob = (
        _MAGIC
        + _VERSION
        + packed(packed(PLAIN, raw), namespace.encode(), b"", b"sha512", packed(PLAIN, made))
    )
    text = base64.b64encode(blob).decode()
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def key_of(message: bytes, signature: str, namespace: str) -> bytes:
    """The public key that has signed exactly this message for exactly this purpose.

    Returns:
        The key in SSH's wire form.

    Raises:
        Malformed: It is no such signature; the text says why.
    """
    fields = Fields(_blob(signature))
    if fields.raw(len(_MAGIC)) != _MAGIC or fields.raw(len(_VERSION)) != _VERSION:
        raise Malformed("it is no SSH signature")
    key, purpose, _, hashed, made = (fields.next() for _ in range(5))
    fields.done()
    if purpose != namespace.encode():
        raise Malformed(f"it was made for another purpose than {namespace}")
    if hashed not in _HASHES:
        raise Malformed("its hash is not known")
    try:
        _verify(key, made, _signed(message, purpose, hashed))
    except InvalidSignature:
        raise Malformed("it is no signature of these bytes") from None
    return key


def _blob(signature: str) -> bytes:
    found = _ARMOUR.fullmatch(signature)
    if found is None:
        raise Malformed("it is not in the form that ssh-keygen -Y sign writes")
    try:
        return base64.b64decode("".join(found[1].split()), validate=True)
    except binascii.Error:
        raise Malformed("it is not in base64") from None


def _signed(message: bytes, namespace: bytes, hashed: bytes) -> bytes:
    return _MAGIC + packed(namespace, b"", hashed, _HASHES[hashed](message).digest())


def _verify(key: bytes, made: bytes, data: bytes) -> None:
    """Check one signature, in whichever of the two forms it is."""
    public, signature = Fields(key), Fields(made)
    kind = public.next()
    if kind not in {PLAIN, TOUCHED} or signature.next() != kind:
        raise Malformed("its key is no Ed25519 key")
    raw, bare = public.next(), signature.next()
    if kind == TOUCHED:
        application = public.next()
        flags, counter = signature.raw(1), signature.raw(4)
        if not flags[0] & _PRESENT:
            raise Malformed("nobody touched the security key")
        data = sha256(application).digest() + flags + counter + sha256(data).digest()
    public.done()
    signature.done()
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(bare, data)
    except ValueError:
        raise Malformed("its key is damaged") from None
