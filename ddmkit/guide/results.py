"""What a page shows after a submit: jobs, restores on record, the state of a target, and the files for a ticket."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ddmkit.config.endpoints import is_loopback
from ddmkit.config.paths import expand
from ddmkit.display.charts import jobs_chart
from ddmkit.display.html import Fragment, tag
from ddmkit.display.rows import Rows
from ddmkit.display.status import Tone
from ddmkit.display.table import Cell, CellKind, full_table
from ddmkit.errors import InputError, NotFoundError, RecordError
from ddmkit.guide.jobs import describe_jobs_title, pick_jobs
from ddmkit.guide.layout import describe_lines, describe_path, stack
from ddmkit.guide.target_state import TargetSchema, compare_target_state, schemas_read_back
from ddmkit.handles.record import Record
from ddmkit.handles.records import RecordRow
from ddmkit.kit import Kit
from ddmkit.models import Job

if TYPE_CHECKING:
    import altair as alt

__all__ = ["export_files", "find_record", "list_restores", "read_jobs", "show_jobs_chart", "show_target_state"]

_NEVER_SENT = {"opened", "refused"}
_VERDICTS = {"as then": Tone.GOOD, "present": Tone.GOOD, "gone since": Tone.BAD}


def read_jobs(kit: Kit, *, days: int, instance: str, status: str) -> Rows[Job]:
    """Return the jobs of the last ``days`` that match the filters, newest first."""
    pick_jobs((), instance=instance, status=status)  # refuses a wrong filter before any request
    found = pick_jobs(kit.jobs(timedelta(days=days)), instance=instance, status=status)
    zone = ZoneInfo(kit.settings.time_zone)
    title = describe_jobs_title(days, instance=instance, status=status)
    return Rows(Job, found, title=title, empty=f"{title}: none", now=kit.now(), zone=zone)


def show_jobs_chart(kit: Kit, jobs: Rows[Job]) -> alt.LayerChart | Fragment:
    """Draw when the jobs ran and how they ended; say so when there are none."""
    if not jobs:
        return describe_lines("There are no such jobs to draw.")
    return jobs_chart(jobs, kit.now(), zone=kit.settings.time_zone)


def list_restores(kit: Kit) -> Rows[RecordRow]:
    """Return the restores of this service that are on record, newest first."""
    rows = kit.records.list()
    host = kit.settings.identity_host
    if kit.simulator is None and is_loopback(host):  # a connected simulator: its host does not tell which world it plays
        return rows
    service = host if kit.simulator is None else kit.simulator.world_id
    found = [row for row in rows if row.service == service]
    return Rows(RecordRow, found, title="Restores on record", empty="no restore of this service is on record yet")


def find_record(kit: Kit, record: str) -> Record | None:
    """Return the record with this id or beginning of an id; for an empty id the newest one that was sent, or the newest."""
    if record:
        try:
            return kit.records.get(record)
        except RecordError as error:
            raise InputError(f"{error}", field="record", fix="Leave it empty for the newest restore.") from error
    rows = list_restores(kit)
    own = [row for row in rows if not row.imported]
    newest = next((row for row in own if row.state not in _NEVER_SENT), next(iter([*own, *rows]), None))
    return None if newest is None else kit.records.get(newest.id)


def show_target_state(kit: Kit, record: Record) -> Fragment:
    """Compare what the target of a restore holds now with what was read back when the restore ended."""
    header = record.header
    name = header.target_name or header.target_id
    try:
        schemas = kit.schemas(header.target_id)
        statuses = {instance.id: instance.status for instance in kit.instances()}
    except NotFoundError as error:
        return describe_lines(f"{name} cannot be read now: {error}")
    before = schemas_read_back(record.run)
    rows = compare_target_state(before, schemas)
    verdict = _sum_up(rows, read_back=before is not None)
    status = statuses.get(header.target_id, "not listed")
    summary = describe_lines(f"{name} is {status} now and holds {len(schemas)} schemas. {verdict}")
    table = full_table(
        f"Schemas of {name}", ["schema", "at the restore", "now", "verdict"], [_cells(row) for row in rows], empty="none"
    )
    return stack(summary, table)


def export_files(record: Record, folder: str) -> Fragment:
    """Write the record and its report to files in a folder, by default the page's, and show where they are."""
    place = expand(folder)
    if not place.is_dir():
        raise InputError(
            f"{folder!r} is not a folder.", field="folder", fix="Create it, or leave it empty: beside the page."
        )
    exported = record.export(place / f"{record.id}.ddmrecord.json")
    report = record.export_page(place / f"{record.id}.html")
    files = {
        describe_path(exported): "the record: ddmkit records verify proves that nobody edited it",
        describe_path(report): "the report: a page to read or print, which carries the record",
    }
    head = f"Record {record.id} ({record.state}) was written to two files:"
    links = (
        tag("li", tag("a", path, href=path) if not Path(path).is_absolute() else path, f", {what}")
        for path, what in files.items()
    )
    text = "\n".join([head, *(f"  {path}, {what}" for path, what in files.items())])
    return Fragment(tag("div", head, tag("ul", *links)), text)


def _cells(row: TargetSchema) -> list[Cell]:
    tone = _VERDICTS.get(row.verdict, Tone.WARNING)
    return [Cell(row.schema_name), Cell(row.at_the_restore), Cell(row.now), Cell(row.verdict, CellKind.STATUS, tone)]


def _sum_up(rows: list[TargetSchema], *, read_back: bool) -> str:
    if not read_back:
        return "It was not read back at the end of this restore, so there is nothing to compare with."
    different = [row.schema_name for row in rows if row.verdict != "as then"]
    if different:
        return f"Since it was read back, this has changed: {', '.join(different)}."
    return "That is what it held when it was read back after the restore."
