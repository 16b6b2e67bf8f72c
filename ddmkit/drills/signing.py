"""Sign the report of a drill, and tell whether a signed report was changed."""

from __future__ import annotations

from pathlib import Path

from ddmkit.drills.report import DrillReport, ReportSignature, report_digest
from ddmkit.records.files.file_signature import sign_text, text_signature_fits

__all__ = ["report_is_intact", "sign_report"]


def sign_report(report: DrillReport, key_file: str | Path) -> DrillReport:
    """Return the report with an Ed25519 signature over its hash; raises ``RecordError`` when the key cannot be used."""
    digest = report_digest(report)
    made = sign_text(digest, key_file)
    signature = ReportSignature(
        sha256=digest,
        public_key=made.public_key,
        fingerprint=made.fingerprint,
        value=made.value,
        words=f"Signed with the Ed25519 key {made.fingerprint}: over the hash of every part but this one.",
    )
    return report.model_copy(update={"signature": signature})


def report_is_intact(report: DrillReport) -> bool:
    """Return whether the hash fits the report, and the signature fits the hash where there is one.

    Raises ``RecordError`` when a signature cannot be checked, because the extra ``sign`` is not installed.
    """
    held = report.signature
    if held.sha256 != report_digest(report):
        return False
    return not held.value or text_signature_fits(held.sha256, public_key=held.public_key, value=held.value)
