"""A record as two files beside the page: the record itself, and a report to read that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ddmkit.errors import RecordError
from ddmkit.handles.record import Record, read_record
from ddmkit.records.export import write_whole
from ddmkit.records.scan import find_secrets

__all__ = ["write_files"]


def write_files(record: Record, folder: Path, secrets: Iterable[str]) -> tuple[Path, Path]:
    """Write record and report to a folder and give their paths; written again, they replace only their own earlier state.

    Raises ``RecordError`` when another file is in the way, or when one would hold a known secret.
    """
    exported = record.export(folder / f"{record.id}.ddmrecord.json")
    report, page = folder / f"{record.id}.html", record.to_html()
    if find_secrets(page, secrets):
        raise RecordError(f"{report.name} was not written: it would have held a known secret. Please report this.")
    if (report.exists() or report.is_symlink()) and not _is_earlier(report, record):
        raise RecordError(
            f"The report was not written: {report} is there already, and is not an earlier state of it. Move it away."
        )
    write_whole(report, page, "report")
    return exported, report


def _is_earlier(place: Path, record: Record) -> bool:
    try:
        there = read_record(place)
    except RecordError:
        return False
    return (there.id, there.events) == (record.id, record.events[: len(there.events)])
