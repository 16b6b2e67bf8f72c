from __future__ import annotations

import builtins
import random
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from ddmkit.errors import RecordError
from ddmkit.records import export_json, file_of, open_record_file, verify_file
from ddmkit.records.files.file_format import seal_of
from ddmkit.records.files.file_signature import fingerprint_of, public_key_in, sign_file

SAMPLES = Path(__file__).parents[2] / "samples"
PLAIN = serialization.NoEncryption()


def write_key(path, key=None, form="PKCS8", encryption=PLAIN):
    key = key or ed25519.Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.PEM
    path.write_bytes(key.private_bytes(encoding, getattr(serialization.PrivateFormat, form), encryption))
    return path


@pytest.fixture
def key_file(tmp_path):
    return write_key(tmp_path / "key.pem")


@pytest.mark.parametrize("form", ["PKCS8", "OpenSSH"])
def test_a_signed_file_verifies_with_its_key_and_its_fingerprint(restored, tmp_path, form):
    key = write_key(tmp_path / "key", form=form)
    path = export_json(restored, tmp_path / "x.ddmrecord.json", sign_with=key)
    file = open_record_file(path).file
    assert verify_file(file) == []
    assert verify_file(file, fingerprint=fingerprint_of(public_key_in(key))) == []


def test_the_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path):
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    (tmp_path / "key.pub").write_bytes(public)
    assert fingerprint_of(public_key_in(tmp_path / "key.pub")) == "SHA256:lbmsoA0yIEcEiVDRnMWuzm+nV+3ZEEpVIURqFoeSspg"


def test_a_stored_signature_still_verifies_with_the_stored_key():
    file = open_record_file(SAMPLES / "record-v1-signed.ddmrecord.json").file
    wanted = fingerprint_of(public_key_in(SAMPLES / "record-v1.pub.pem"))
    assert verify_file(file, fingerprint=wanted) == []


def test_each_changed_byte_of_a_signed_file_of_a_whole_restore_is_found_out_or_means_nothing(tmp_path):
    source = SAMPLES / "record-v1-signed.ddmrecord.json"
    content, right = source.read_bytes(), open_record_file(source).file
    path = tmp_path / "x.ddmrecord.json"
    chance = random.Random(7)  # a sample that is the same each time
    for position in chance.sample(range(len(content)), 500):
        changed = bytearray(content)
        changed[position] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(changed))
        try:
            file = open_record_file(path).file
        except RecordError:
            continue
        assert verify_file(file) or file == right, position


def test_a_content_made_anew_with_a_right_seal_does_not_have_the_signature(restored, key_file):
    signed = sign_file(file_of(restored), key_file)
    header = restored.header.model_copy(update={"pid": 1})
    forged = file_of(restored.model_copy(update={"header": header}))
    assert verify_file(forged.model_copy(update={"signature": signed.signature}))
    note = signed.model_copy(update={"service": "other"})
    note = note.model_copy(update={"seal": seal_of(note)})
    assert verify_file(note)


def test_another_key_and_a_missing_signature_are_found_out_by_whoever_knows_the_key(restored, key_file, tmp_path):
    wanted = fingerprint_of(public_key_in(key_file))
    other = sign_file(file_of(restored), write_key(tmp_path / "other.pem"))
    assert verify_file(other) == []
    assert "signed with another key" in verify_file(other, fingerprint=wanted)[0].what
    assert "not signed" in verify_file(file_of(restored), fingerprint=wanted)[0].what


@pytest.mark.parametrize("part", ["value", "public_key", "fingerprint"])
def test_each_part_of_a_signature_counts(restored, key_file, part):
    signed = sign_file(file_of(restored), key_file)
    value = getattr(signed.signature, part)
    turned = value[:-1] + ("0" if value[-1] != "0" else "1")
    changed = signed.signature.model_copy(update={part: turned})
    assert verify_file(signed.model_copy(update={"signature": changed}))


def test_without_the_extra_a_signed_file_is_not_called_right(restored, key_file, monkeypatch):
    signed = sign_file(file_of(restored), key_file)
    real = builtins.__import__

    def refuse(name, *rest):
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert verify_file(file_of(restored)) == []
    with pytest.raises(RecordError, match=r"ddmkit\[sign\]"):
        verify_file(signed)


def test_a_key_that_cannot_be_used_is_refused_in_plain_words(restored, tmp_path):
    file = file_of(restored)
    secret = serialization.BestAvailableEncryption(b"hunter2-hunter2")
    cases = {
        "protected by a passphrase": write_key(tmp_path / "locked.pem", encryption=secret),
        "holds no Ed25519 key": write_key(tmp_path / "ec.pem", ec.generate_private_key(ec.SECP256R1())),
        "Could not read the key file": tmp_path / "missing.pem",
    }
    (tmp_path / "text.pem").write_text("hunter2-hunter2")
    for reason, path in cases.items():
        with pytest.raises(RecordError, match=reason):
            sign_file(file, path)
    with pytest.raises(RecordError, match="holds no Ed25519 key") as caught:
        sign_file(file, tmp_path / "text.pem")
    assert "hunter2" not in str(caught.value)


def test_openssl_agrees_that_the_signature_is_right(restored, key_file, tmp_path):
    from ddmkit.records.files.file_format import signed_bytes

    file = sign_file(file_of(restored), key_file)
    (tmp_path / "content").write_bytes(signed_bytes(file))
    (tmp_path / "signature").write_bytes(bytes.fromhex(file.signature.value))
    words = ["openssl", "pkeyutl", "-verify", "-inkey", str(key_file), "-rawin", "-in", str(tmp_path / "content")]
    ended = subprocess.run([*words, "-sigfile", str(tmp_path / "signature")], capture_output=True, text=True)
    assert "Signature Verified Successfully" in ended.stdout, ended.stderr
