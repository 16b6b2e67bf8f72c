"""A signed report is intact, and every change of it is found out."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ddmkit.drills.build import build_report
from ddmkit.drills.report import DrillReport
from ddmkit.drills.signing import report_is_intact, sign_report
from ddmkit.errors import RecordError
from tests.drills.samples import course, recovery, setup


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture
def report():
    run = recovery()
    return build_report(run, setup(run), course(run))


def test_a_signed_report_is_intact_also_from_its_file(report, key):
    signed = sign_report(report, key)
    assert report_is_intact(DrillReport.model_validate_json(signed.model_dump_json()))
    assert signed.signature.fingerprint.startswith("SHA256:")
    assert "Signed with the Ed25519 key" in signed.signature.words


def test_each_change_is_found_out(report, key):
    signed = sign_report(report, key)
    assert not report_is_intact(signed.model_copy(update={"verdict": "failed"}))
    other = sign_report(report.model_copy(update={"verdict": "failed"}), key)
    forged = signed.signature.model_copy(update={"sha256": other.signature.sha256})
    assert not report_is_intact(other.model_copy(update={"signature": forged}))
    assert not report_is_intact(report)


def test_a_file_without_a_key_is_an_error(report, tmp_path):
    (tmp_path / "no-key").write_text("hello")
    with pytest.raises(RecordError, match="no Ed25519 key"):
        sign_report(report, tmp_path / "no-key")
