"""Signatures in OpenSSH's form: ours are theirs, and nothing else passes."""

import base64
import shutil
import subprocess
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from mendloop.adapters.signing.fields import Malformed, packed
from mendloop.adapters.signing.private import locked, new_key, signed
from mendloop.adapters.signing.signature import key_of, sign
from mendloop.adapters.signing.signers import SignersFile, fingerprint
from mendloop.errors import Conflict, InvalidInput, NotFound, Unavailable
from mendloop.model.approval import NAMESPACE, Signer

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = packed(b"ssh-ed25519", KEY.public_key().public_bytes_raw())
LINE = f"ssh-ed25519 {base64.b64encode(PUBLIC).decode()}"
MESSAGE = b'{"type":"mendloop-approval/1"}'
SIGNED = sign(KEY, MESSAGE, NAMESPACE)
OPENSSH = shutil.which("ssh-keygen")
with_openssh = pytest.mark.skipif(OPENSSH is None, reason="needs OpenSSH's client")


def register(folder: Path, *lines: str) -> SignersFile:
    path = folder / "allowed_signers"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return SignersFile(path)


@given(message=st.binary(max_size=200), seed=st.binary(min_size=32, max_size=32))
def test_what_is_signed_names_its_key(message: bytes, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = packed(b"ssh-ed25519", key.public_key().public_bytes_raw())
    assert key_of(message, sign(key, message, NAMESPACE), NAMESPACE) == public


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_signature_with_any_byte_changed_passes_for_nobodys_but_its_own(
    where: int, change: int
) -> None:
    lines = SIGNED.splitlines()
    blob = bytearray(base64.b64decode("".join(lines[1:-1])))
    blob[where % len(blob)] ^= change
    text = "\n".join([lines[0], base64.b64encode(blob).decode(), lines[-1], ""])
    with pytest.raises(Malformed):
        key_of(MESSAGE, text, NAMESPACE)


@given(st.text(max_size=400))
def test_any_other_text_is_no_signature(text: str) -> None:
    with pytest.raises(Malformed):
        key_of(MESSAGE, text, NAMESPACE)


@given(st.binary(max_size=300))
def test_any_other_bytes_in_the_right_armour_are_no_signature(blob: bytes) -> None:
    armour = "-----{} SSH SIGNATURE-----"
    text = "\n".join(
        [armour.format("BEGIN"), base64.b64encode(blob).decode(), armour.format("END"), ""]
    )
    with pytest.raises(Malformed):
        key_of(MESSAGE, text, NAMESPACE)


@pytest.mark.parametrize(("message", "purpose"), [(MESSAGE + b" ", NAMESPACE), (MESSAGE, "git")])
def test_another_message_or_purpose_does_not_pass(message: bytes, purpose: str) -> None:
    with pytest.raises(Malformed):
        key_of(message, SIGNED, purpose)


@with_openssh
def test_openssh_takes_our_signatures(tmp_path: Path) -> None:
    (tmp_path / "sig").write_text(SIGNED, encoding="utf-8")
    file = register(tmp_path, f'ada namespaces="{NAMESPACE}" {LINE}')
    done = subprocess.run(
        [
            str(OPENSSH), "-Y", "verify", "-f", str(file.path), "-I", "ada", "-n", NAMESPACE,
            "-s", str(tmp_path / "sig"),
        ],
        input=MESSAGE, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@with_openssh
@pytest.mark.parametrize("passphrase", ["", "open sesame"])
def test_openssh_reads_our_keys_and_we_its_signatures(tmp_path: Path, passphrase: str) -> None:
    public = new_key(tmp_path / "key", passphrase, "ada")
    (tmp_path / "text").write_bytes(MESSAGE)
    derived = subprocess.run(
        [str(OPENSSH), "-y", "-P", passphrase, "-f", str(tmp_path / "key")],
        capture_output=True, check=True, text=True, encoding="utf-8",
    ).stdout  # fmt: skip
    assert derived.split()[:2] == public.split()[:2]
    if passphrase:
        return
    subprocess.run(
        [
            str(OPENSSH), "-q", "-Y", "sign", "-n", NAMESPACE, "-f", str(tmp_path / "key"),
            str(tmp_path / "text"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    made = (tmp_path / "text.sig").read_text(encoding="utf-8")
    assert base64.b64encode(key_of(MESSAGE, made, NAMESPACE)).decode() == public.split()[1]


def test_a_key_under_a_passphrase_opens_with_it_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_key(path, "open sesame", "ada")
    assert locked(path)
    assert key_of(MESSAGE, signed(path, "open sesame", MESSAGE), NAMESPACE)
    with pytest.raises(InvalidInput, match="does not open"):
        signed(path, "open says me", MESSAGE)
    with pytest.raises(Conflict):
        new_key(path, "", "ada")
    with pytest.raises(NotFound):
        signed(tmp_path / "none", "", MESSAGE)
    (tmp_path / "odd").write_text("nothing", encoding="utf-8")
    with pytest.raises(InvalidInput, match="no Ed25519 key"):
        signed(tmp_path / "odd", "", MESSAGE)


@pytest.mark.parametrize(
    "line",
    [
        f"ada {LINE}",
        f'ada,ben namespaces="{NAMESPACE}" {LINE} a comment',
        f'ada NAMESPACES="git,{NAMESPACE}" {LINE}',
        f"  ada   {LINE}  ",
    ],
)
def test_a_line_that_lets_a_key_sign_counts(tmp_path: Path, line: str) -> None:
    file = register(tmp_path, "# people", "", line)
    assert file.signer(MESSAGE, SIGNED) == Signer(name="ada", key=fingerprint(PUBLIC))


@pytest.mark.parametrize(
    "line",
    [
        f"# ada {LINE}",
        f'ada namespaces="git" {LINE}',
        f'ada namespaces="{NAMESPACE}x" {LINE}',
        f"ada cert-authority {LINE}",
        f'ada valid-before="20200101" {LINE}',
        f'ada namespaces="{NAMESPACE}",valid-before="20200101" {LINE}',
        LINE,
        f"ada {LINE[:-4]}",
        "ada ssh-ed25519 ====",
        "ada ssh-rsa AAAA",
        f"ada ecdsa {LINE.split()[1]}",
        "\x00\xff",
    ],
)
def test_a_line_with_any_limit_that_is_not_understood_does_not_count(
    tmp_path: Path, line: str
) -> None:
    assert "is not registered" in str(register(tmp_path, line).signer(MESSAGE, SIGNED))


def test_keys_are_added_once_and_removed_by_name_or_fingerprint(tmp_path: Path) -> None:
    file = SignersFile(tmp_path / "deep" / "allowed_signers")
    assert file.all() == ()
    added = file.add("ada@example.com", f"{LINE} somebody")
    assert file.all() == (added,)
    with pytest.raises(Conflict):
        file.add("ben", LINE)
    for name, public in [("a b", LINE), ("", LINE), ("ada", "ssh-rsa AAAA"), ("ada", "")]:
        with pytest.raises(InvalidInput):
            file.add(name, public)
    with pytest.raises(NotFound):
        file.remove("nobody")
    assert file.remove(added.key) == added
    assert file.all() == ()


def test_a_register_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "allowed_signers").mkdir()
    file = SignersFile(tmp_path / "allowed_signers")
    with pytest.raises(Unavailable, match="allowed_signers"):
        file.all()
    (tmp_path / "plain").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="allowed_signers"):
        SignersFile(tmp_path / "plain" / "allowed_signers").add("ada", LINE)


def test_a_security_key_counts_when_it_was_touched(tmp_path: Path) -> None:
    """As PROTOCOL.u2f has it, by a key of our own in place of the device's."""
    for flags, counts in ((b"\x01", True), (b"\x00", False)):
        text, public = _touched(flags)
        line = f"ada sk-ssh-ed25519@openssh.com {base64.b64encode(public).decode()}"
        said = register(tmp_path, line).signer(MESSAGE, text)
        assert isinstance(said, Signer) is counts, said


def _touched(flags: bytes) -> tuple[str, bytes]:
    kind, application, counter = b"sk-ssh-ed25519@openssh.com", b"ssh:", b"\x00\x00\x00\x07"
    public = packed(kind, KEY.public_key().public_bytes_raw(), application)
    purpose = NAMESPACE.encode()
    data = b"SSHSIG" + packed(purpose, b"", b"sha512", sha512(MESSAGE).digest())
    made = KEY.sign(sha256(application).digest() + flags + counter + sha256(data).digest())
    blob = b"SSHSIG" + (1).to_bytes(4, "big")
    blob += packed(public, purpose, b"", b"sha512", packed(kind, made) + flags + counter)
    armour = "-----{} SSH SIGNATURE-----"
    text = [armour.format("BEGIN"), base64.b64encode(blob).decode(), armour.format("END"), ""]
    return "\n".join(text), public
