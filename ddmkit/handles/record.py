"""Records as a person holds them: one record to read, verify and share, and the shelf that all of them stand on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from ddmkit.display.records import record_page, show_record
from ddmkit.display.tables import Rows
from ddmkit.records.events import Event
from ddmkit.records.export import export_json, read_record_file
from ddmkit.records.runs import RunData, RunHeader, RunSummary
from ddmkit.records.store import RecordStore
from ddmkit.records.verify import Problem, verify_chain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Record", "RecordRow", "Records", "read_record"]


class Record:
    """What is kept of one restore: who, what, when, and every step; as it stood when this was read."""

    def __init__(self, run: RunData, secrets: Callable[[], Iterable[str]] = tuple) -> None:
        self._run = run
        self._secrets = secrets

    def __repr__(self) -> str:
        header = self._run.header
        return f"<record {self.id}: {header.source_name} -> {header.target_name}, {self.state}>"

    @property
    def id(self) -> str:
        """The record's id, good for ``kit.resume`` and ``ddmkit records show``."""
        return self._run.id

    @property
    def state(self) -> str:
        """How the restore stands: ``refused``, ``sending``, ``running``, ``completed``, ``failed``, ``unknown``, ..."""
        return str(self._run.state)

    @property
    def job_id(self) -> str:
        """The service's job, or empty while none is known."""
        return self._run.job_id

    @property
    def header(self) -> RunHeader:
        """Who submitted what, and why."""
        return self._run.header

    @property
    def created(self) -> datetime:
        """When submitting began."""
        return self._run.created

    @property
    def events(self) -> tuple[Event, ...]:
        """Every step, oldest first."""
        return self._run.events

    def last(self, kind: str) -> Event | None:
        """Give the last event of a kind, or ``None``."""
        return next((event for event in reversed(self._run.events) if event.kind == kind), None)

    def export(self, path: str | Path) -> Path:
        """Write the record to a file of its own (``x.ddmrecord.json``) and give its path.

        Raises ``RecordError`` when another file is in the way, it cannot be written, or it would hold a known secret.
        """
        return export_json(self._run, path, secrets=self._secrets())

    def verify(self) -> list[Problem]:
        """Hold the events against their hashes; an empty list means that the record is as it was written."""
        return list(verify_chain(self._run))

    def to_html(self) -> str:
        """Give the record as one self-contained page, without script."""
        return str(record_page(self._run))

    def to_text(self) -> str:
        """Give the record as plain text."""
        return show_record(self._run).text

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        shown = show_record(self._run)
        return {"text/plain": shown.text, "text/html": shown.html}


class RecordRow(BaseModel):
    """One record on the shelf."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: str
    created: datetime
    updated: datetime
    source_name: str
    target_name: str
    job_id: str
    operator: str
    purpose: str
    ticket: str
    digest: str
    service: str

    @classmethod
    def of(cls, summary: RunSummary) -> RecordRow:
        """Make the row of a run's summary."""
        header = summary.header
        return cls(
            id=summary.id,
            state=str(summary.state),
            created=summary.created,
            updated=summary.updated,
            source_name=header.source_name or header.source_id,
            target_name=header.target_name or header.target_id,
            job_id=summary.job_id,
            operator=header.operator,
            purpose=header.purpose,
            ticket=header.ticket,
            digest=header.digest,
            service=summary.service,
        )


class Records:
    """All records of one store, newest first."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store

    def __repr__(self) -> str:
        return f"<records in {self.location}>"

    @property
    def location(self) -> str:
        """Where the records are kept; the password of a database is hidden."""
        return self._store.url_shown

    def list(self, *, state: str | None = None) -> Rows[RecordRow]:
        """Give every record, or those in one state, newest first."""
        rows = [RecordRow.of(summary) for summary in self._store.list(state=state)]
        return Rows(RecordRow, rows, title="Records", empty="no records yet: one begins with the first submit")

    def get(self, record_id: str) -> Record:
        """Give a record by its id or the beginning of it; raises ``RecordError`` when there is none."""
        return Record(self._store.get(record_id), self._store.known_secrets)

    def frame(self) -> pd.DataFrame:
        """Give every record as a row of a DataFrame."""
        return self.list().frame()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.list()._repr_mimebundle_()


def read_record(path: str | Path) -> Record:
    """Read a record file that somebody exported; as data only, whatever it holds.

    Raises ``RecordError`` when it is not a record, too large, or of a newer version. ``.verify()`` tells whether it was
    edited.
    """
    return Record(read_record_file(path))
