"""A record as two files beside the page: the record itself, and a report to read that carries it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ddmkit.errors import RecordError
from ddmkit.handles.record import Record
from ddmkit.secrecy.scan import find_secrets

__all__ = ["write_files"]


def write_files(record: Record, folder: Path, secrets: Iterable[str]) -> tuple[Path, Path]:
    """Write record and report to a folder and give their paths; written again, they replace only their own earlier state.

    Raises ``RecordError`` when another file is in the way, or when one would hold a known secret.
    """
    exported = record.export(folder / f"{record.id}.ddmrecord.json")
    report = folder / f"{record.id}.html"
    if find_secrets(record.to_html(), secrets):
        raise RecordError(f"{report.name} was not written: it would have held a known secret. Please report this.")
    return exported, record.export_page(report)
