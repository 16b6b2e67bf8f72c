"""All records of one store: list them, open one, import files, move the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from ddmkit.display.html import Html, join, tag
from ddmkit.display.rows import Rows
from ddmkit.errors import DDMKitError, InputError, RecordError
from ddmkit.handles.record import Record, read_record
from ddmkit.records.address import StoreAddress
from ddmkit.records.recovery_reader import instances_left, instances_still_billed, instances_used, may_be_billed
from ddmkit.records.runs import RunState, RunSummary

if TYPE_CHECKING:
    import pandas as pd

    from ddmkit.drills.history import HeldDrill
    from ddmkit.records.store import RecordStore

__all__ = ["RecordRow", "Records", "records_on_errors"]

_OWN, _IMPORTED = "own", "imported"
_REPORTED = "drill-reported"


class RecordRow(BaseModel):
    """One record in the list of all records; a name is the id where the service gave no name.

    ``kind`` is ``restore``, or ``recovery``, ``drill`` or ``fleet`` for a run of several steps. ``still_billed`` counts the
    instances a recovery created that were neither handed over nor deleted, also after it was given up; ``None`` when
    there is none.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
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
    still_billed: int | None = None

    @property
    def imported(self) -> bool:
        """Whether the store has this record from a file."""
        return self.origin == _IMPORTED

    @classmethod
    def of(cls, summary: RunSummary, *, still_billed: int = 0) -> RecordRow:
        """Make the row of a run's summary."""
        header = summary.header
        row = {
            **{name: getattr(summary, name) for name in ("id", "created", "updated", "job_id", "service")},
            **{name: getattr(header, name) for name in ("kind", "operator", "purpose", "ticket", "digest")},
            "state": str(summary.state),
            "source_name": header.source_name or header.source_id,
            "target_name": header.target_name or header.target_id,
            "origin": _IMPORTED if summary.imported else _OWN,
            "still_billed": still_billed or None,
        }
        return cls.model_validate(row)


class Records:
    """All records of one store. ``len`` counts them; iterating gives ``RecordRow`` objects, newest first.

    With ``drill_days`` (of a kit: ``DDMKIT_DRILL_DAYS``), what is shown begins with a reminder when no drill has passed in
    so many days.
    """

    def __init__(
        self,
        store: RecordStore,
        *,
        author: str = "",
        endpoint: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        drill_days: int | None = None,
    ) -> None:
        self._store = store
        self._now = now
        self._drill_days = drill_days
        self._author = author
        self._endpoint = endpoint

    def __repr__(self) -> str:
        return f"<records in {self.location}>" + (f" {self._reminder()}" if self._reminder() else "")

    def _reminder(self) -> str:
        """Return the reminder of a drill, where somebody has set the number of days."""
        return "" if self._drill_days is None else self.remind_of_drills(self._drill_days)

    def __len__(self) -> int:
        return self._store.count()

    def __bool__(self) -> bool:
        return True  # an empty store is still a store

    def __iter__(self) -> Iterator[RecordRow]:
        return iter(self.list())

    @property
    def location(self) -> str:
        """The address of the store, without the password of a database."""
        return self._store.url_shown

    def list(self, *, state: str | None = None, kind: str | None = None) -> Rows[RecordRow]:
        """Return every record, or those in one state or of one kind, newest first."""
        listed = self._store.list(state=state, kind=kind)
        rows = [RecordRow.of(summary, still_billed=self._count_billed(summary)) for summary in listed]
        return Rows(RecordRow, rows, title="Records", empty="no records yet: one begins with the first submit")

    def _count_billed(self, summary: RunSummary) -> int:
        """Return how many instances of a run may still be billed; of an imported record nothing is known here."""
        if summary.imported or not may_be_billed(summary.header.kind, summary.state):
            return 0
        run = self._store.get(summary.id)
        return instances_still_billed(run, self._used_after(summary) if instances_left(run) else ())

    def _used_after(self, given_up: RunSummary) -> set[str]:
        """Return the ids of the instances that restores and recoveries used since a run was given up, and completed."""
        completed = self._store.list(state=RunState.COMPLETED)
        later = [one for one in completed if one.updated >= given_up.updated and one.service == given_up.service]
        return {used for one in later if not one.imported for used in instances_used(self._store.get(one.id))}

    def get(self, record_id: str) -> Record:
        """Return a record by its id or the beginning of it, as it is in the store now.

        Raises ``RecordError`` when no record, or more than one, has such an id.
        """
        run = self._store.get(record_id)
        return Record(
            run,
            self._store.known_secrets,
            store=self._store,
            imported=self._store.is_imported(run.id),
            author=self._author,
            endpoint=self._endpoint,
        )

    def of_plan(self, plan_id: str) -> Record | None:
        """Return the record that was begun for a plan, or ``None`` when there is none."""
        found = self._store.run_of_plan(plan_id)
        return None if found is None else self.get(found.id)

    def add_report(self, record_id: str, report: Mapping[str, Any]) -> Record:
        """Write the report of a drill to its record, and return the record."""
        self._store.append(record_id, _REPORTED, report)
        return self.get(record_id)

    def drill_reports(self, source_id: str | None = None) -> tuple[HeldDrill, ...]:
        """Return the report of every drill in this store, or of those of one source, newest first.

        Imported records are left out: they prove nothing about the drills of this team.
        """
        from ddmkit.drills.history import HeldDrill, read_report  # noqa: PLC0415  # loads the models of the service

        held = (one for one in self._store.list(with_event=_REPORTED) if not one.imported)
        found = ((one.id, read_report(self._store.get(one.id))) for one in held if source_id in {None, one.header.source_id})
        known = [HeldDrill(record, report) for record, report in found if report is not None]
        return tuple(sorted(known, key=lambda one: one.report.made_at, reverse=True))

    def remind_of_drills(self, days: int) -> str:
        """Return a reminder when no drill in this store has passed in so many days; empty when one has."""
        from ddmkit.drills.coverage import remind  # noqa: PLC0415  # loads the models of the service

        return remind(self.drill_reports(), days=days, now=self._now())

    def import_files(self, *paths: str | Path) -> dict[str, int]:
        """Import exported record files into this store, all of them or none; return how many events of each are new here.

        Each file is verified first, and its record is marked as imported: the record can be shown, rehearsed and followed,
        and decides nothing else. A record that was imported before gets the events that it lacks. A file never changes a
        record that was submitted in this store. Raises ``RecordError`` when a file is refused.
        """
        runs = []
        for path in paths:
            record = read_record(path)
            problems = record.verify()
            if problems:
                raise RecordError(f"Nothing was imported: {path} is not as it was exported: {problems[0].what}.")
            runs.append(record.run)
        return self._store.import_runs(runs)

    def move_to(self, place: StoreAddress | str | Path) -> dict[str, int]:
        """Move every record to another store, and return how many events of each are new there.

        Claims and open restores move too. This store is read-only afterwards. Nothing is lost when the move is interrupted:
        repeat it. Raises ``RecordError`` when the records cannot be moved.
        """
        from ddmkit.records.database import require_new_store_is_meant  # noqa: PLC0415  # both load the database library
        from ddmkit.records.store import RecordStore  # noqa: PLC0415

        place = StoreAddress.of(place)
        if not place.is_named:
            raise InputError("names no store.", field="place", fix="Give a file, or the URL of a database.")
        require_new_store_is_meant(place)
        with RecordStore.open(place, clock=lambda: datetime.now(UTC), secrets=self._store.known_secrets) as there:
            return self._store.migrate_to(there)

    def frame(self) -> pd.DataFrame:
        """Return every record as a row of a DataFrame."""
        return self.list().frame()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        shown, reminder = self.list()._repr_mimebundle_(), self._reminder()
        if not reminder:
            return shown
        html = join([tag("p", reminder), Html(shown["text/html"])])
        return {"text/plain": f"{reminder}\n{shown['text/plain']}", "text/html": html}


@contextmanager
def records_on_errors(records: Callable[[], Records]) -> Iterator[None]:
    """Replace the record id in an error's ``.record`` by the record itself; the id stays when it cannot be read."""
    try:
        yield
    except DDMKitError as error:
        if isinstance(error.record, str):
            with suppress(Exception):  # the error itself must be raised, whatever goes wrong here
                error.record = records().get(error.record)
        raise
