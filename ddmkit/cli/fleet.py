"""The commands ``ddmkit fleet``: plan a table, submit it, work on it, and decide about it meanwhile.

The services, the keys, the record store and the node password come from the environment, as for ``ddmkit.connect()``. Each
command loads its heavy modules itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ddmkit.cleaning import json_text
from ddmkit.cli.connection import AsJson, Operator, Store, connect_with
from ddmkit.config.paths import expand
from ddmkit.errors import InputError
from ddmkit.output import say

if TYPE_CHECKING:
    from ddmkit.handles.fleet.plan import Fleet
    from ddmkit.handles.fleet.run import FleetRun
    from ddmkit.kit import Kit

__all__ = ["fleet_app"]

fleet_app = typer.Typer(
    help="Restore many instances as one table: in waves, under a cap, stopped exactly.", no_args_is_help=True
)

Table = Annotated[Path, typer.Argument(metavar="TABLE.csv", help="One row for each restore or whole recovery.")]
Id = Annotated[str, typer.Argument(metavar="FLEET", help="The id of the fleet's record.")]
Row = Annotated[str, typer.Argument(metavar="ROW", help="The id of a row.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the record.")]
Cap = Annotated[int, typer.Option("--cap", help="How many rows may be in flight at once.")]
Waves = Annotated[str, typer.Option("--waves", help="The sizes of the waves; rest may stand last.")]
StopAfter = Annotated[
    int, typer.Option("--stop-after", help="How many bad rows pause the fleet; in the first wave one does.")
]
Gate = Annotated[str, typer.Option("--gate", help="Which waves a person opens: wave, first or none.")]
_WAVES = "1,5,rest"


def _plan(kit: Kit, table: Path, cap: int, waves: str, stop_after: int, gate: str) -> Fleet:
    from ddmkit.fleet.waves import read_waves  # noqa: PLC0415  # only these commands need it

    return kit.plan_fleet(table, cap=cap, waves=read_waves(waves), stop_after=stop_after, gate=gate)


def _tell(run: FleetRun, *, as_json: bool) -> None:
    if as_json:
        rows = [row.model_dump(mode="json") for row in run.rows]
        say(json_text({"fleet": run.id, "digest": run.digest, "status": run.status, "counts": run.counts, "rows": rows}))
        return
    say(run.show().text)
    say(f"\nThe record of this fleet: {run.id}")


@fleet_app.command("plan")
def plan_command(
    table: Table,
    *,
    cap: Cap = 8,
    waves: Waves = _WAVES,
    stop_after: StopAfter = 3,
    gate: Gate = "wave",
    operator: Operator = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Check every row of a table and show what would be done. Nothing is sent or recorded."""
    with connect_with(operator, store) as kit:
        fleet = _plan(kit, table, cap, waves, stop_after, gate)
        say(json_text(fleet.for_record()) if as_json else fleet.show().text)
        if not fleet.ready:
            raise typer.Exit(1)


@fleet_app.command("submit")
def submit_command(
    table: Table,
    *,
    digest: Annotated[str, typer.Option("--digest", help="The digest that `ddmkit fleet plan` showed.")],
    confirm: Annotated[str, typer.Option("--confirm", help="The count, as in `restore 37`.")],
    accept: Annotated[
        Path | None, typer.Option("--accept", help="A JSON file with the accepted warnings by row: {row: [ids]}.")
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="Why, for the record.")] = "",
    ticket: Annotated[str, typer.Option("--ticket", help="The ticket of the incident.")] = "",
    cap: Cap = 8,
    waves: Waves = _WAVES,
    stop_after: StopAfter = 3,
    gate: Gate = "wave",
    operator: Operator = None,
    store: Store = None,
) -> None:
    """Plan a table again, and record its approval when it is still what was shown. `ddmkit fleet work` sends."""
    accepted = {} if accept is None else _read_accepted(accept)
    with connect_with(operator, store) as kit:
        fleet = _plan(kit, table, cap, waves, stop_after, gate)
        if fleet.digest != digest:
            fix = "Nothing was sent. Plan it again, look at it, and give the new digest."
            raise InputError(f"the table is now fleet {fleet.digest}, not {digest}.", field="--digest", fix=fix)
        run = kit.submit_fleet(fleet, confirm=confirm, accept=accepted, purpose=purpose, ticket=ticket)
        _tell(run, as_json=False)


def _read_accepted(path: Path) -> dict[str, list[str]]:
    place = expand(path, field="--accept")
    try:
        read = json.loads(place.read_text("utf-8"))
        return {str(row): [str(one) for one in ids] for row, ids in read.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        fix = 'Write it as {"row-1": ["nodes-recovered"]}.'
        raise InputError(f"{place} cannot be read as accepted warnings.", field="--accept", fix=fix) from None


@fleet_app.command("work")
def work_command(
    fleet: Id,
    *,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="How many rows at once here; the cap by default.")
    ] = None,
    operator: Operator = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """Work on a fleet until nothing can be taken; on several machines at once with PostgreSQL as record store."""
    with connect_with(operator, store) as kit:
        run = kit.resume_fleet(fleet).work(workers=workers)
        _tell(run, as_json=as_json)
        if run.status == "stopped":
            raise typer.Exit(1)


@fleet_app.command("show")
def show_command(fleet: Id, *, store: Store = None, as_json: AsJson = False) -> None:
    """Show how each row stands, with its reason, and what to do next."""
    with connect_with(None, store) as kit:
        _tell(kit.resume_fleet(fleet), as_json=as_json)


@fleet_app.command("pause")
def pause_command(fleet: Id, *, reason: Reason, operator: Operator = None, store: Store = None) -> None:
    """Take nothing more; what is in flight goes on to its end."""
    with connect_with(operator, store) as kit:
        _tell(kit.resume_fleet(fleet).pause(reason=reason), as_json=False)


@fleet_app.command("go-on")
def go_on_command(
    fleet: Id,
    row: Annotated[str | None, typer.Argument(metavar="[ROW]", help="A held or blocked row that is to wait again.")] = None,
    *,
    operator: Operator = None,
    store: Store = None,
) -> None:
    """End a pause and open the gate of the next wave; `ddmkit fleet work` goes on."""
    with connect_with(operator, store) as kit:
        _tell(kit.resume_fleet(fleet).go_on(row), as_json=False)


@fleet_app.command("hold")
def hold_command(fleet: Id, row: Row, *, reason: Reason, operator: Operator = None, store: Store = None) -> None:
    """Keep one row back for which nothing was sent."""
    with connect_with(operator, store) as kit:
        _tell(kit.resume_fleet(fleet).hold(row, reason=reason), as_json=False)


@fleet_app.command("skip")
def skip_command(fleet: Id, row: Row, *, reason: Reason, operator: Operator = None, store: Store = None) -> None:
    """Leave one row out for which nothing was sent."""
    with connect_with(operator, store) as kit:
        _tell(kit.resume_fleet(fleet).skip(row, reason=reason), as_json=False)


@fleet_app.command("export")
def export_command(
    fleet: Id,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Created when it is missing.")],
    *,
    sign_with: Annotated[Path | None, typer.Option("--sign-with", help="Ed25519 private key file (PEM, OpenSSH).")] = None,
    store: Store = None,
) -> None:
    """Write the record of a fleet and those of its rows; `ddmkit records verify FILE --items FOLDER` verifies them all."""
    with connect_with(None, store) as kit:
        say(str(kit.resume_fleet(fleet).export(folder, sign_with=sign_with)))
