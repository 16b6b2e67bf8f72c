"""A record run once more on the simulator: the world that it saw is rebuilt, and the same decisions are made there.

Each check is held against the record twice: on the facts as recorded, which shows whether this version of ddmkit decides
otherwise, and on what the rebuilt world answers, which shows whether the record tells enough to rehearse the restore.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from ddmkit.config.paths import expand
from ddmkit.display.html import Fragment, join, text_block
from ddmkit.display.rows import Rows
from ddmkit.display.status import tone_of
from ddmkit.display.table import Cell, CellKind, build_table
from ddmkit.display.whole import full_table
from ddmkit.errors import RecordError
from ddmkit.factory import demo
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.kit import Kit
from ddmkit.rehearsal.differences import Comparison, compare_runs, without_request_ids
from ddmkit.rehearsal.world import rebuild_record
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.restore.preflight import run_preflight
from ddmkit.service.jobs import JobListener
from ddmkit.times import format_utc

__all__ = ["Replay", "ReplayedCheck", "compare", "replay"]


class ReplayedCheck(BaseModel):
    """One check: its result on the record, decided again from the recorded facts, and found in the rebuilt world."""

    model_config = ConfigDict(frozen=True)

    check: str
    recorded: str
    decided_again: str
    in_rebuilt_world: str
    same: bool
    recorded_detail: str = ""
    rebuilt_detail: str = ""


class Replay:
    """A record's restore on the simulator: ``checks`` with ``differences``, and a ``kit`` and ``plan`` to go on with."""

    def __init__(self, record: Record, kit: Kit, plan: Plan, checks: tuple[ReplayedCheck, ...], folder: Path | None) -> None:
        self.record = record
        self.kit = kit
        self.plan = plan
        self._checks = checks
        self._folder = folder

    def __repr__(self) -> str:
        return self.show().text

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop the simulator, and remove its world unless a path was given for it."""
        self.kit.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def checks(self) -> Rows[ReplayedCheck]:
        """Every check, in the order of the record."""
        return Rows(ReplayedCheck, self._checks, title="Checks, replayed")

    @property
    def differences(self) -> Rows[ReplayedCheck]:
        """The checks that did not give the same result."""
        different = [check for check in self._checks if not check.same]
        return Rows(ReplayedCheck, different, title="Differences", empty="none: every check gave the same result")

    @property
    def same(self) -> bool:
        """Every check gave the result that stands on the record."""
        return not self.differences

    def rehearse(self, *, listener: JobListener | None = None) -> RestoreJob:
        """Carry the restore out in the rebuilt world, with its warnings accepted, and give the finished job.

        Raises what ``kit.submit`` and ``job.wait`` raise, ``NotReadyError`` among them when the record's plan was not ready.
        """
        purpose = f"rehearsal of record {self.record.id}"
        job = self.kit.submit(self.plan, confirm=self.plan.target_name, accept=self.plan.warnings, purpose=purpose)
        return job.wait(poll_s=0, listener=listener)

    def show(self) -> Fragment:
        """Return the result as static HTML and text."""
        count, other = len(self._checks), len(self.differences)
        then = format_utc(self.plan.inventory.taken_at.replace(microsecond=0))
        verdict = "all with the recorded result" if self.same else f"{other} with another result"
        head = [
            f"Record {self.record.id}, replayed on the simulator.",
            "Nothing reached a cloud.",
            f"As of {then}: {count} checks, {verdict}.",
        ]
        parts = [
            Fragment(text_block(*head), "\n".join(head)),
            _show_results("Checks, replayed", self._checks),
            *_show_details("What was seen where a result differs", self.differences),
            Fragment(text_block(_LEGEND), _LEGEND),
        ]
        return Fragment(join(part.html for part in parts), "\n\n".join(part.text for part in parts))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        shown = self.show()
        return shown._repr_mimebundle_()


_LEGEND = """recorded: the result on the record
decided again: what this ddmkit makes of the facts on the record
rebuilt world: what it makes of the simulator, rebuilt as the record saw it"""


def _show_results(title: str, checks: Iterable[ReplayedCheck]) -> Fragment:
    """Set the three results of each check beside each other; a mark stands at those that are not the same."""
    rows = []
    for one in checks:
        results = (one.recorded, one.decided_again, one.in_rebuilt_world)
        cells = [Cell(said, CellKind.STATUS, tone_of(said)) for said in results]
        rows.append([Cell(one.check), *cells, Cell("" if one.same else "<- differs")])
    return build_table(title, ["check", "recorded", "decided again", "rebuilt world", ""], rows)


def _show_details(title: str, checks: Sequence[ReplayedCheck]) -> list[Fragment]:
    """Show whole what was seen on the record and in the rebuilt world; nothing when there is nothing to show."""
    rows = [[Cell(one.check), Cell(one.recorded_detail), Cell(one.rebuilt_detail)] for one in checks]
    return [full_table(title, ["check", "recorded", "rebuilt world"], rows)] if rows else []


def replay(record: Record, *, world: str | Path | None = None) -> Replay:
    """Rebuild in the simulator what a record saw, and run the same decisions there; nothing reaches a cloud.

    The world is kept at the path ``world``, or is temporary. Raises ``RecordError`` when the record holds no plan or was
    edited, or the path is taken.
    """
    record.require_unedited()
    plan = plan_of(record.run)
    folder = _make_folder() if world is None else None
    path = folder / "world.sqlite" if folder is not None else expand(str(world), field="world")
    try:
        rebuild_record(record.run, path)
        kit = demo(world=path, records=path.with_name(f"{path.stem}-records.sqlite"), time_zone=plan.time_zone)
        return Replay(record, kit, *_decide_again(plan, kit), folder)
    except BaseException:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _make_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="ddmkit-replay-"))
    except OSError as error:
        raise RecordError(
            f"No temporary folder could be made for the rebuilt world: {error.strerror}. Make room there, or name a file "
            "for it in another place with world= (--world)."
        ) from error


def _decide_again(plan: RestorePlan, kit: Kit) -> tuple[Plan, tuple[ReplayedCheck, ...]]:
    request, seen = plan.request, plan.inventory
    rebuilt = kit.plan(
        source=request.source_instance_id,
        target=request.target_instance_id,
        data_nodes=request.data_nodes,
        backup_id=request.backup_id,
        restore_time=request.restore_time,
        time_zone=plan.time_zone,
        incident=plan.incident,
    )
    # These are facts of the machine and the store that the record comes from, not of the world.
    brought = {name: getattr(seen, name) for name in ("clock_skew", "signs_requests", "failed_before")}
    there = run_preflight(rebuilt.inventory.model_copy(update=brought), request)
    return rebuilt, _hold_together(plan.checks, run_preflight(seen, request), there)


def _hold_together(
    recorded: tuple[CheckResult, ...], again: tuple[CheckResult, ...], there: tuple[CheckResult, ...]
) -> tuple[ReplayedCheck, ...]:
    sides = [{check.id: check for check in side} for side in (recorded, again, there)]
    return tuple(
        _hold_one(name, *(side.get(name) for side in sides)) for name in dict.fromkeys(key for s in sides for key in s)
    )


def _hold_one(name: str, *results: CheckResult | None) -> ReplayedCheck:
    statuses = [result.status if result is not None else "absent" for result in results]
    # A record of an earlier version lacks the checks that were added since; those that do not apply are no difference.
    is_same = len(set(statuses)) == 1 or statuses == ["absent", "skip", "skip"]
    details = [without_request_ids(result.detail) if result is not None else "" for result in results]
    return ReplayedCheck(
        check=name,
        recorded=statuses[0],
        decided_again=statuses[1],
        in_rebuilt_world=statuses[2],
        same=is_same,
        recorded_detail=details[0],
        rebuilt_detail=details[2],
    )


def compare(first: Record, second: Record) -> Comparison:
    """Compare two records: ``.inputs``, ``.facts``, ``.checks``, ``.durations``, each a table of what differs."""
    return compare_runs(first.run, second.run)
