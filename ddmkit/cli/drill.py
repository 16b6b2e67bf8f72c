"""The commands ``ddmkit drill`` and ``ddmkit drills``: rehearse a recovery, and see which sources have been drilled.

The services, the keys, the record store and the node password come from the environment, as for ``ddmkit.connect()``. Each
command loads its heavy modules itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ddmkit.cleaning import json_text
from ddmkit.cli.connection import AsJson, Operator, Store, connect_with
from ddmkit.config.paths import expand
from ddmkit.errors import InputError
from ddmkit.output import say

if TYPE_CHECKING:
    from ddmkit.handles.drill.plan import Drill
    from ddmkit.handles.drill.result import DrillResult
    from ddmkit.handles.record import Record
    from ddmkit.kit import Kit

__all__ = ["drill_command", "drills_command"]

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="The id of an instance; or a record: its id, or its exported file.")
]
On = Annotated[str, typer.Option("--on", help="simulator, or cloud: a real recovery, deleted again.")]
Confirm = Annotated[str, typer.Option("--confirm", help="What the plan says, as in `create 3, delete 3`.")]
Most = Annotated[int | None, typer.Option("--max-instances", min=0, help="The most instances that may be created.")]
Fault = Annotated[str | None, typer.Option("--fault", help="job-fails, lost-answer, expired-backup or wrong-zone.")]
Rto = Annotated[str, typer.Option("--rto", help="The longest time to a working target.")]
Rpo = Annotated[str, typer.Option("--rpo", help="The longest span of writes that may be lost.")]
Accept = Annotated[list[str] | None, typer.Option("--accept", help="A warning that you accept; repeat for more.")]
CleanUp = Annotated[
    bool, typer.Option("--clean-up", help="List what the drill of record SOURCE has left; with --confirm, delete it.")
]
Incident = Annotated[str | None, typer.Option("--incident", help="When the imagined damage was done; now by default.")]
Point = Annotated[str | None, typer.Option("--restore-time", help="The point; the newest that is allowed by default.")]
Backup = Annotated[str | None, typer.Option("--backup", help="The backup to restore, in place of a point.")]
Purpose = Annotated[str, typer.Option("--purpose", help="Why, for the report.")]
Approver = Annotated[str, typer.Option("--approver", help="Who approved it, for the report.")]
Owner = Annotated[str, typer.Option("--owner", help="Who deals with deviations; the planner by default.")]
Every = Annotated[str, typer.Option("--every", help="The longest time between two drills.")]
Folder = Annotated[Path | None, typer.Option("--reports", help="A folder for the report as a page and as JSON.")]
Key = Annotated[Path | None, typer.Option("--sign-with", help="A file with an Ed25519 private key, to sign the report.")]


def drill_command(  # noqa: PLR0913  # one for each option
    source: Source,
    *,
    on: On = "simulator",
    confirm: Confirm = "",
    max_instances: Most = None,
    fault: Fault = None,
    rto: Rto = "30min",
    rpo: Rpo = "24h",
    incident: Incident = None,
    restore_time: Point = None,
    backup: Backup = None,
    accept: Accept = None,
    purpose: Purpose = "",
    approver: Approver = "",
    owner: Owner = "",
    every: Every = "90d",
    reports: Folder = None,
    sign_with: Key = None,
    clean_up: CleanUp = False,
    operator: Operator = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Show the plan of a drill; with --confirm, run it. Ends with 0 when the drill passed, or a fault was noticed."""
    folder = None if reports is None else _writable(expand(reports, field="--reports"))
    with connect_with(operator, store) as kit:
        if clean_up:
            _clean_up(kit, source, confirm)
            return
        drill = kit.drill(
            _find(kit, source),
            on=_place(on),
            fault=fault,
            rto=rto,
            rpo=rpo,
            purpose=purpose,
            approver=approver,
            owner=owner,
            every=every,
            incident=incident,
            restore_time=restore_time,
            backup_id=backup,
        )
        if not confirm:
            _tell_plan(drill, as_json=as_json)
            return
        result = drill.run(
            confirm=confirm, accept=accept or (), max_instances=max_instances, say=lambda line: say(line, error=as_json)
        )
        _tell_result(result, _write_reports(result, folder, sign_with), as_json=as_json)


def _clean_up(kit: Kit, named: str, confirm: str) -> None:
    """Show what an interrupted drill has left; delete it when a person has typed the count."""
    record = kit.records.get(named)
    if record.header.kind != "drill":
        fix = "Name the record of a drill; `ddmkit records list` shows them."
        raise InputError(f"record {record.id} is a {record.header.kind}, not a drill.", field="SOURCE", fix=fix)
    kit.resume(record)  # looks for what became of its requests
    todo = kit.plan_abandon(record)
    say(todo.show().text)
    if confirm:
        say(f"drill {kit.abandon(todo, confirm=confirm).status}: {record.id}")


def _place(on: str) -> Literal["simulator", "cloud"]:
    if on == "cloud":
        return "cloud"
    if on == "simulator":
        return "simulator"
    raise InputError(f"{on!r} is no place for a drill.", field="--on", fix="Give simulator or cloud.")


def _writable(folder: Path) -> Path:
    """Make the folder before anything is sent: a drill whose report cannot be written proves nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _find(kit: Kit, named: str) -> str | Record:
    """Return the record that a name stands for, or the name of a source as it is."""
    from ddmkit.handles.record import read_record  # noqa: PLC0415  # heavy
    from ddmkit.records.runs import RUN_ID  # noqa: PLC0415

    if RUN_ID.fullmatch(named):
        return kit.records.get(named)
    return read_record(named) if named.endswith((".ddmrecord.json", ".html")) else named


def _tell_plan(drill: Drill, *, as_json: bool) -> None:
    if as_json:
        plan = {"digest": drill.digest, "ready": drill.ready, "confirmation": drill.confirmation}
        checks = [check.model_dump(mode="json") for check in drill.checks]
        say(json_text({**plan, "new_instances": drill.new_instances, "words": list(drill.words()), "checks": checks}))
    else:
        say(drill.show().text)
    if not drill.ready:
        raise typer.Exit(1)


def _write_reports(result: DrillResult, folder: Path | None, key: Path | None) -> list[str]:
    if folder is None:
        return []
    name = f"drill-{result.record.id}"
    page = result.export_page(folder / f"{name}.html", sign_with=key)
    return [str(page), str(result.export(folder / f"{name}.json", sign_with=key))]


def _tell_result(result: DrillResult, written: list[str], *, as_json: bool) -> None:
    if as_json:
        report = json.loads(result.report.model_dump_json())
        say(json_text({"record": result.record.id, "passed": result.passed, "files": written, "report": report}))
    else:
        say("\n".join([result.show().text, *(f"written  {path}" for path in written)]))
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def drills_command(
    *,
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="End with 1 when no drill has passed in this number of days.")
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a report, and nothing else.")] = False,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """List which sources were drilled, and when the next drill is due."""
    if schema:
        from ddmkit.drills.report import drill_schema  # noqa: PLC0415  # loads the models

        say(json_text(drill_schema(), indent=1))
        return
    with connect_with(None, store) as kit:
        rows = kit.drills.list()
        reminder = kit.records.remind_of_drills(days) if days is not None else ""
        if as_json:
            say(json_text({"sources": [row.model_dump(mode="json") for row in rows], "reminder": reminder}))
        else:
            say(rows.table().text)
            say(reminder or "")
        if reminder:
            raise typer.Exit(1)
