"""The result of a drill as a person holds it: the verdict, the report, and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ddmkit.config.paths import expand
from ddmkit.display.html import Fragment, clean_line
from ddmkit.drills.page import report_page, show_report
from ddmkit.drills.report import DrillReport
from ddmkit.drills.signing import sign_report
from ddmkit.errors import RecordError
from ddmkit.handles.record import Record
from ddmkit.records.files.export import write_whole
from ddmkit.secrecy.scan import find_secrets

__all__ = ["DrillResult"]


class DrillResult:
    """A drill that was run; its report is on the record too."""

    def __init__(self, report: DrillReport, record: Record, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self.report = report
        self.record = record
        self._secrets = secrets

    def __repr__(self) -> str:
        return clean_line(f"<drill of {self.report.source_name}: {self.report.verdict}; record {self.record.id}>")

    @property
    def passed(self) -> bool:
        """Whether the drill ended as it should: everything worked in time, or an expected failure was seen."""
        return self.report.passed

    @property
    def verdict(self) -> str:
        """``passed`` or ``failed``; of a negative drill ``failure seen`` or ``failure not seen``."""
        return self.report.verdict

    @property
    def exit_code(self) -> int:
        """How a command ends: 0 passed, 3 nobody knows what a request has started, 1 otherwise."""
        return 0 if self.passed else 3 if self.report.evidence.state == "unknown" else 1

    def export(self, path: str | Path, *, sign_with: str | Path | None = None) -> Path:
        """Write the report as JSON to a new file and return its path; ``ddmkit drills --schema`` prints its schema.

        ``sign_with`` is a file with an Ed25519 private key (PEM or OpenSSH; needs the extra ``sign``). Raises
        ``RecordError`` when the path is taken, the file cannot be written, or it would hold a known secret.
        """
        report = self.report if sign_with is None else sign_report(self.report, sign_with)
        return self._write(path, report.model_dump_json(indent=1) + "\n")

    def export_page(self, path: str | Path, *, sign_with: str | Path | None = None) -> Path:
        """Write the report as one HTML page without script to a new file and return its path; as ``export``."""
        report = self.report if sign_with is None else sign_report(self.report, sign_with)
        return self._write(path, str(report_page(report)))

    def _write(self, path: str | Path, text: str) -> Path:
        place = expand(path)
        if place.exists() or place.is_symlink():
            raise RecordError(f"The report was not written: {place} is there already. Choose another name.")
        if find_secrets(text, self._secrets()):
            raise RecordError(f"{place.name} was not written: it would have held a known secret. Please report this.")
        write_whole(place, text, "report")
        return place

    def show(self) -> Fragment:
        """Return the report as static HTML and text."""
        return show_report(self.report)

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()
