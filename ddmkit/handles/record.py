"""Records as a person holds them: one record to read, verify and share, and the shelf that all of them stand on."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

import ddmkit
from ddmkit.config.endpoints import configured_endpoint
from ddmkit.config.paths import expand
from ddmkit.display.html import clean_line
from ddmkit.display.record_markdown import record_markdown, record_postmortem
from ddmkit.display.records import record_page, show_record
from ddmkit.display.rows import Rows
from ddmkit.errors import InputError, RecordError, without_frames
from ddmkit.records.address import StoreAddress
from ddmkit.records.events import Event
from ddmkit.records.files.export import OpenedFile, export_json, open_record_file, write_whole
from ddmkit.records.files.file_format import RecordFile, file_of
from ddmkit.records.files.file_signature import fingerprint_of, public_key_in
from ddmkit.records.files.in_toto import statement_of
from ddmkit.records.files.integrity import (
    Problem,
    Trust,
    Verdict,
    judge_chain,
    judge_file,
    verify_chain,
    verify_content,
    verify_file,
)
from ddmkit.records.files.page_format import judge_page
from ddmkit.records.runs import RunData, RunHeader, RunSummary
from ddmkit.records.store import RecordStore
from ddmkit.rehearsal.notebook import is_of_simulator, write_notebook
from ddmkit.rehearsal.world import rebuild_record
from ddmkit.restore.provenance import system_user
from ddmkit.secrecy.scan import find_secrets

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Record", "RecordRow", "Records", "read_record"]

_LONGEST_NOTE = 10_000
_OWN, _IMPORTED = "own", "imported"


class Record:
    """What is kept of one restore: who, what, when, and every step; as it stood when this was read."""

    def __init__(
        self,
        run: RunData,
        secrets: Callable[[], Iterable[str]] = tuple,
        *,
        store: RecordStore | None = None,
        opened: OpenedFile | None = None,
        author: str = "",
        endpoint: str = "",
    ) -> None:
        self._run = run
        self._endpoint = endpoint
        self._secrets = secrets
        self._store = store
        self._opened = opened
        self._author = author

    def __repr__(self) -> str:
        header = self._run.header
        return clean_line(f"<record {self.id}: {header.source_name} -> {header.target_name}, {self.state}>")

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

    @property
    def run(self) -> RunData:
        """The plain data of the record."""
        return self._run

    def last(self, kind: str) -> Event | None:
        """Return the last event of a kind, or ``None``."""
        return next((event for event in reversed(self._run.events) if event.kind == kind), None)

    def note(self, text: str, *, author: str = "") -> Record:
        """Add a note, with author and time, for whoever takes over; give this record again, with it.

        Raises ``RecordError`` for a record that was read from a file, and ``InputError`` for an empty or endless note.
        """
        if self._store is None:
            raise RecordError(
                f"Record {self.id} was read from a file, which is never changed. Note it in its store: "
                f"kit.records.get({self.id!r}).note(...), or: ddmkit records note {self.id}"
            )
        if not text.strip() or len(text) > _LONGEST_NOTE:
            raise InputError(
                f"has {len(text.strip())} characters.", field="note", fix=f"Write between 1 and {_LONGEST_NOTE:,}."
            )
        written = {"text": text, "author": author or self._author or system_user(), "system_user": system_user()}
        self._store.append(self.id, "noted", {**written, "host": socket.gethostname()})
        self._run = self._store.get(self.id)
        return self

    def export(self, path: str | Path, *, sign_with: str | Path | None = None) -> Path:
        """Write the record to a file of its own (``x.ddmrecord.json``) and give its path.

        ``sign_with`` is a file with an Ed25519 private key (PEM or OpenSSH; needs the extra ``sign``). Raises
        ``RecordError`` when another file is in the way, it cannot be written, or it would hold a known secret.
        """
        try:
            return export_json(self._run, path, secrets=self._secrets(), sign_with=sign_with)
        except RecordError as error:
            raise without_frames(error) from None

    def export_page(self, path: str | Path) -> Path:
        """Write the record as a page to read (``to_html``) and give its path; it is there whole or not at all.

        A page that is there already is replaced only by a later state of the same record. Raises ``RecordError`` when
        another file is in the way, it cannot be written, or it would hold a known secret.
        """
        place, page = expand(path), self.to_html()
        if find_secrets(page, self._secrets()):
            raise RecordError(f"{place.name} was not written: it would have held a known secret. Please report this.")
        if (place.exists() or place.is_symlink()) and not self._goes_on_from(place):
            raise RecordError(
                f"The report was not written: {place} is there already, and is not an earlier state of it. Move it away."
            )
        write_whole(place, page, "report")
        return place

    def _goes_on_from(self, place: Path) -> bool:
        try:
            there = read_record(place)
        except RecordError:
            return False
        return (there.id, there.events) == (self.id, self.events[: len(there.events)])

    @property
    def imported(self) -> bool:
        """Whether the store has this record from a file, so that it decides nothing about the restores of the store."""
        return self._store is not None and self._store.is_imported(self.id)

    def verify(self, *, key: str | Path | None = None, fingerprint: str = "") -> list[Problem]:
        """Verify the record against its hashes, and a file against seal and signature; empty when nothing was edited.

        ``key`` is a file with the public key, ``fingerprint`` what ``ssh-keygen -l`` prints of it: with either, the record
        must be signed with that key. Raises ``RecordError`` when a signature cannot be checked.
        """
        return self.judge(key=key, fingerprint=fingerprint).problems

    def judge(self, *, key: str | Path | None = None, fingerprint: str = "", require_signature: bool = False) -> Verdict:
        """Verify as ``verify`` does, and return how far the record can be trusted, with what cannot be known about it.

        With ``require_signature`` a file without any signature is a problem. Raises as ``verify``.
        """
        wanted = fingerprint if key is None else fingerprint_of(public_key_in(key))
        if self._opened is None:
            verdict = judge_chain(self._run)
            if verdict.problems or not (wanted or require_signature):
                return verdict
            return verdict._replace(problems=[Problem(0, "a record in a store is not signed: verify its exported file")])
        verdict = judge_file(self._opened.file, fingerprint=wanted, require_signature=require_signature)
        if self._opened.page is None or verdict.trust is Trust.EDITED:
            return verdict
        made_again = [str(record_page(self._opened.file, imported=imported)) for imported in (False, True)]
        edits, unknown = judge_page(self._opened.page, made_again, ddmkit.__version__)
        if edits:
            return Verdict(Trust.EDITED, edits, [])
        return verdict._replace(cautions=[*verdict.cautions, *unknown])

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key that the file is signed with; empty when it is not signed."""
        signature = self._opened.file.signature if self._opened is not None else None
        return "" if signature is None else signature.fingerprint

    def to_html(self) -> str:
        """Return the record as one self-contained page, without script; it carries the record and can be verified."""
        return str(record_page(self._as_file(), imported=self.imported))

    def to_markdown(self) -> str:
        """Return the record as Markdown for a ticket."""
        return record_markdown(self._run, self._misfits(), imported=self.imported)

    def to_postmortem(self) -> str:
        """Return the draft of a post-mortem as Markdown: timeline and figures filled in, judgement left open."""
        return record_postmortem(self._run, self._misfits(), imported=self.imported)

    def to_statement(self) -> dict[str, Any]:
        """Return the record as an in-toto Statement (v1), about the file that ``export`` writes."""
        return statement_of(self._as_file())

    def to_notebook(self, path: str | Path, *, rehearse: bool = False) -> Path:
        """Write a notebook with this restore's parameters, ready to run, and give its path; it submits nothing by itself.

        It runs on the record's service when that is a region, or the endpoint that is configured here; any other is left
        for a person to fill in. With ``rehearse``, and always for a record of a simulator, it runs on the world that the
        record saw, rebuilt in a file beside it. Raises ``RecordError`` when a file is in the way, or the record was edited.
        """
        self.require_unedited()
        place = expand(path)
        world = place.with_suffix(".world.sqlite").absolute() if rehearse or is_of_simulator(self._run) else None
        if world is not None:
            rebuild_record(self._run, world)
        try:
            return write_notebook(
                self._run, place, world=world, configured=self._endpoint or configured_endpoint(os.environ)
            )
        except BaseException:
            if world is not None:
                world.unlink()  # nothing is left of what could not be written whole
            raise

    def to_text(self) -> str:
        """Return the record as plain text."""
        return show_record(self._run, self._misfits(), imported=self.imported).text

    def require_unedited(self) -> None:
        """Raise ``RecordError`` when anything shows that the record was edited, a signature that does not fit included.

        Where the extra ``sign`` is not installed a signature is not looked at: ``verify`` asks for it.
        """
        problems = self._misfits()
        if not problems and self._opened is not None:
            with suppress(RecordError):
                problems = verify_file(self._opened.file)
        if problems:
            raise RecordError(f"record {self.id} is not as it was written: {problems[0].what}.")

    def _misfits(self) -> list[Problem]:
        return verify_chain(self._run) if self._opened is None else verify_content(self._opened.file)

    def _as_file(self) -> RecordFile:
        return self._opened.file if self._opened is not None else file_of(self._run)

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return show_record(self._run, self._misfits(), imported=self.imported)._repr_mimebundle_()


class RecordRow(BaseModel):
    """One record on the shelf."""

    model_config = ConfigDict(frozen=True)

    id: str
    state: str
    created: datetime
    source_name: str
    target_name: str
    operator: str
    ticket: str
    purpose: str
    origin: str
    job_id: str
    updated: datetime
    digest: str
    service: str

    @property
    def imported(self) -> bool:
        """Whether the store has this record from a file."""
        return self.origin == _IMPORTED

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
            origin=_IMPORTED if summary.imported else _OWN,
        )


class Records:
    """All records of one store, newest first."""

    def __init__(self, store: RecordStore, *, author: str = "", endpoint: str = "") -> None:
        self._store = store
        self._author = author
        self._endpoint = endpoint

    def __repr__(self) -> str:
        return f"<records in {self.location}>"

    @property
    def location(self) -> str:
        """Where the records are kept; the password of a database is hidden."""
        return self._store.url_shown

    def list(self, *, state: str | None = None) -> Rows[RecordRow]:
        """Return every record, or those in one state, newest first."""
        rows = [RecordRow.of(summary) for summary in self._store.list(state=state)]
        return Rows(RecordRow, rows, title="Records", empty="no records yet: one begins with the first submit")

    def get(self, record_id: str) -> Record:
        """Return a record by its id or the beginning of it; raises ``RecordError`` when there is none."""
        run = self._store.get(record_id)
        return Record(run, self._store.known_secrets, store=self._store, author=self._author, endpoint=self._endpoint)

    def take_in(self, *paths: str | Path) -> dict[str, int]:
        """Import exported record files into this store, all of them or none; return how many events of each are new here.

        Each is verified first, and marked as imported: it can be shown, rehearsed and followed, and decides nothing else.
        One that was imported before gets the events it lacks; a record of this store is never changed by a file. Raises
        ``RecordError``.
        """
        runs = []
        for path in paths:
            record = read_record(path)
            problems = record.verify()
            if problems:
                raise RecordError(f"Nothing was imported: {path} is not as it was exported: {problems[0].what}.")
            runs.append(record.run)
        return self._store.take_in(runs)

    def move_to(self, place: StoreAddress | str | Path) -> dict[str, int]:
        """Move every record to another store; this one is read-only from then on. Give how many events are new there.

        Claims and open restores go along. Raises ``RecordError`` with nothing lost; do it again after an interruption.
        """
        place = StoreAddress.of(place)
        with RecordStore.open(place, clock=lambda: datetime.now(UTC), secrets=self._store.known_secrets) as there:
            return self._store.migrate_to(there)

    def frame(self) -> pd.DataFrame:
        """Return every record as a row of a DataFrame."""
        return self.list().frame()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.list()._repr_mimebundle_()


def read_record(path: str | Path) -> Record:
    """Read a record file that somebody exported; as data only, whatever it holds.

    The page that ``to_html`` gave will do as well. Raises ``RecordError`` when it is not a record, too large, or of a newer
    version. ``.verify()`` tells whether it was edited.
    """
    opened = open_record_file(path)
    return Record(opened.file.run, opened=opened)
