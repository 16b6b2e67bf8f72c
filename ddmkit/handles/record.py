"""One record as a person holds it: to read, verify, note and share. All records of a store are in ``records``."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ddmkit
from ddmkit.config.endpoints import configured_endpoint
from ddmkit.config.paths import expand
from ddmkit.display.html import clean_line
from ddmkit.display.record_markdown import record_markdown, record_postmortem
from ddmkit.display.records import record_page, show_record
from ddmkit.errors import InputError, RecordError, without_frames
from ddmkit.records.events import Event
from ddmkit.records.files.export import OpenedFile, export_json, is_earlier_state, open_record_file, write_whole
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
from ddmkit.records.reader import RunReader
from ddmkit.records.runs import RunData, RunHeader
from ddmkit.restore.provenance import system_user
from ddmkit.secrecy.scan import find_secrets

if TYPE_CHECKING:
    from ddmkit.records.store import RecordStore

__all__ = ["Record", "read_record"]

_LONGEST_NOTE = 10_000


class Record:
    """What is kept of one restore: who, what, when, and every step.

    A record is a snapshot: it shows what the store or the file held when it was read. Only ``note`` renews it.
    """

    def __init__(
        self,
        run: RunData,
        secrets: Callable[[], Iterable[str]] = tuple,
        *,
        store: RecordStore | None = None,
        opened: OpenedFile | None = None,
        imported: bool = False,
        author: str = "",
        endpoint: str = "",
    ) -> None:
        self._run = run
        self._endpoint = endpoint
        self._secrets = secrets
        self._store = store
        self._opened = opened
        self._imported = imported
        self._author = author

    def __repr__(self) -> str:
        header = self._run.header
        return clean_line(f"<record {self.id}: {header.source_name} -> {header.target_name}, {self.state}>")

    @property
    def id(self) -> str:
        """The record's id, which ``kit.resume`` and ``ddmkit records show`` take."""
        return self._run.id

    @property
    def state(self) -> str:
        """How the restore stands: ``refused``, ``sending``, ``running``, ``completed``, ``failed``, ``unknown``, ..."""
        return str(self._run.state)

    @property
    def job_id(self) -> str:
        """The id of the service's job; empty while none is known."""
        return self._run.job_id

    @property
    def header(self) -> RunHeader:
        """Who submitted what, and why."""
        return self._run.header

    @property
    def created(self) -> datetime:
        """When the submit began."""
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
        return RunReader(self._run).last(kind)

    def note(self, text: str, *, author: str = "") -> Record:
        """Add a note with author and time, and return this record with the note.

        Raises ``RecordError`` for a record that was read from a file, and ``InputError`` for an empty or too long note.
        """
        if self._store is None:
            raise RecordError(
                f"Record {self.id} was read from a file, which is never changed. Add the note in its store: "
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
        """Write the record to a new file (``x.ddmrecord.json``) and return its path.

        ``sign_with`` is a file with an Ed25519 private key (PEM or OpenSSH; needs the extra ``sign``). Raises
        ``RecordError`` when the path is taken, the file cannot be written, or it would hold a known secret.
        """
        try:
            return export_json(self._run, path, secrets=self._secrets(), sign_with=sign_with)
        except RecordError as error:
            raise without_frames(error) from None

    def export_page(self, path: str | Path) -> Path:
        """Write the record as an HTML page (``to_html``) and return its path; the page is written whole or not at all.

        An existing page is replaced only when it shows an earlier state of the same record. Raises ``RecordError`` when
        another file is at the path, the page cannot be written, or it would hold a known secret.
        """
        place, page = expand(path), self.to_html()
        if find_secrets(page, self._secrets()):
            raise RecordError(f"{place.name} was not written: it would have held a known secret. Please report this.")
        if (place.exists() or place.is_symlink()) and not is_earlier_state(place, self._run):
            raise RecordError(
                f"The report was not written: {place} is there already, and is not an earlier state of it. Move it away."
            )
        write_whole(place, page, "report")
        return place

    @property
    def imported(self) -> bool:
        """Whether the store has this record from a file: such a record decides nothing about the restores of the store."""
        return self._imported

    def verify(self, *, key: str | Path | None = None, fingerprint: str | None = None) -> list[Problem]:
        """Verify the hash chain, and of a file the seal and the signature; an empty list means intact.

        ``key`` is a file with the public key, ``fingerprint`` is what ``ssh-keygen -l`` prints for it: with either, the
        record must be signed with that key. Raises as ``judge``.
        """
        return self.judge(key=key, fingerprint=fingerprint).problems

    def judge(
        self, *, key: str | Path | None = None, fingerprint: str | None = None, require_signature: bool = False
    ) -> Verdict:
        """Verify the record, and return how far it can be trusted and what cannot be checked.

        Args:
            key: A file with the public key that must have signed the record.
            fingerprint: The fingerprint of that key, as ``ssh-keygen -l`` prints it.
            require_signature: Whether a file without any signature is a problem.

        Raises:
            RecordError: A signature cannot be checked.
            InputError: The fingerprint is empty, or is not that of the key.
        """
        wanted = _wanted_fingerprint(key, fingerprint)
        if self._opened is None:
            verdict = judge_chain(self._run)
            if verdict.problems or not (wanted or require_signature):
                return verdict
            return verdict._replace(problems=[Problem(0, "a record in a store is not signed: verify its exported file")])
        verdict = judge_file(self._opened.file, fingerprint=wanted, require_signature=require_signature)
        if self._opened.page is None or verdict.result is Trust.EDITED:
            return verdict
        expected = [str(record_page(self._opened.file, imported=imported)) for imported in (False, True)]
        edits, unknown = judge_page(self._opened.page, expected, ddmkit.__version__)
        if edits:
            return Verdict(Trust.EDITED, edits, [])
        return verdict._replace(cautions=[*verdict.cautions, *unknown])

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key that signed the file; empty without a signature."""
        signature = self._opened.file.signature if self._opened is not None else None
        return "" if signature is None else signature.fingerprint

    def to_html(self) -> str:
        """Return the record as one self-contained HTML page without script; the page contains the record to verify."""
        return str(record_page(self._as_file(), imported=self.imported))

    def to_markdown(self) -> str:
        """Return the record as Markdown for a ticket."""
        return record_markdown(self._run, self._edits(), imported=self.imported)

    def to_postmortem(self) -> str:
        """Return the draft of a post-mortem as Markdown: timeline and figures are filled in, conclusions are left open."""
        return record_postmortem(self._run, self._edits(), imported=self.imported)

    def to_statement(self) -> dict[str, Any]:
        """Return the record as an in-toto Statement (v1), about the file that ``export`` writes."""
        return statement_of(self._as_file())

    def to_notebook(self, path: str | Path, *, rehearse: bool = False) -> Path:
        """Write a notebook with this restore's parameters, ready to run, and return its path.

        The notebook submits nothing by itself. It runs on the record's service when that is a region, or the endpoint
        configured on this machine; a person fills in any other service. With ``rehearse``, and always for a record of a
        simulator, the notebook runs on the world that the record saw, rebuilt in a file beside it. Raises ``RecordError``
        when a path is taken, or the record was edited.
        """
        from ddmkit.rehearsal.notebook import require_free, write_notebook  # noqa: PLC0415  # loads the simulator, which a rehearsal needs
        from ddmkit.rehearsal.world import rebuild_record  # noqa: PLC0415

        self.require_unedited()
        place = expand(path)
        require_free(place)
        world = place.with_suffix(".world.sqlite").absolute() if rehearse or RunReader(self._run).is_of_simulator else None
        if world is not None:
            rebuild_record(self._run, world)
        try:
            return write_notebook(
                self._run, place, world=world, configured=self._endpoint or configured_endpoint(os.environ)
            )
        except BaseException:
            if world is not None:
                world.unlink()  # a failed call leaves no file
            raise

    def to_text(self) -> str:
        """Return the record as plain text."""
        return show_record(self._run, self._edits(), imported=self.imported).text

    def require_unedited(self) -> None:
        """Raise ``RecordError`` when the record was edited, or its signature does not fit.

        Without the extra ``sign`` the signature is not checked here; ``verify`` requires the extra.
        """
        problems = self._edits()
        if not problems and self._opened is not None:
            with suppress(RecordError):
                problems = verify_file(self._opened.file)
        if problems:
            raise RecordError(f"record {self.id} is not as it was written: {problems[0].what}.")

    def _edits(self) -> list[Problem]:
        return verify_chain(self._run) if self._opened is None else verify_content(self._opened.file)

    def _as_file(self) -> RecordFile:
        return self._opened.file if self._opened is not None else file_of(self._run)

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return show_record(self._run, self._edits(), imported=self.imported)._repr_mimebundle_()


def _wanted_fingerprint(key: str | Path | None, fingerprint: str | None) -> str:
    """Return the fingerprint of the key that must have signed; empty when neither was given."""
    named = None if fingerprint is None else fingerprint.strip()
    if named == "":
        # A shell variable that is not set must not turn the check off.
        raise InputError("is empty.", field="fingerprint", fix="Write it as ssh-keygen -l prints it, or leave it out.")
    if key is None:
        return named or ""
    of_key = fingerprint_of(public_key_in(key))
    if named not in {None, of_key}:
        fix = "Give one of the two, or those of one key."
        raise InputError(f"{named} is not that of the key file, which is {of_key}.", field="fingerprint", fix=fix)
    return of_key


def read_record(path: str | Path) -> Record:
    """Read an exported record, or the page that ``to_html`` returned; nothing in the file is executed.

    ``.verify()`` tells whether the file was edited. Raises ``RecordError`` when the file is no record, is too large, or has
    a newer version.
    """
    opened = open_record_file(path)
    return Record(opened.file.run, opened=opened)
