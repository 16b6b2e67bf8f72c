"""Replay a record on the simulator: the world that the record saw is rebuilt, and the checks run again.

Each check is compared with the record twice: on the recorded facts, which shows whether this version of ddmkit decides
differently, and on the rebuilt world, which shows whether the record has enough facts to rehearse the restore.
"""

from __future__ import annotations

import secrets
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
from ddmkit.display.table import Cell, CellKind, build_table, full_table
from ddmkit.errors import RecordError
from ddmkit.factory import demo
from ddmkit.handles.job import RestoreJob
from ddmkit.handles.plan import Plan
from ddmkit.handles.record import Record
from ddmkit.handles.recovery.inputs import NEW
from ddmkit.handles.recovery.plan import Recovery
from ddmkit.handles.recovery.run import RecoveryRun
from ddmkit.kit import Kit
from ddmkit.recovery.plan import RecoveryPlan, recovery_plan_of
from ddmkit.rehearsal.differences import Comparison, compare_runs, without_request_ids
from ddmkit.rehearsal.world import rebuild_record
from ddmkit.restore.checks.result import CheckResult
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.restore.preflight import run_preflight
from ddmkit.service.jobs import JobListener
from ddmkit.times import format_utc

__all__ = ["Replay", "ReplayedCheck", "compare", "replay"]


class ReplayedCheck(BaseModel):
    """One check: its result on the record, from the recorded facts again, and in the rebuilt world.

    ``decided_again`` is empty for a recovery, whose record does not keep every fact of RDS.
    """

    model_config = ConfigDict(frozen=True)

    check: str
    recorded: str
    decided_again: str
    in_rebuilt_world: str
    same: bool
    recorded_detail: str = ""
    rebuilt_detail: str = ""


class Replay:
    """A record's restore or recovery on the simulator: ``checks``, ``differences``, ``kit`` and ``plan`` to go on with."""

    def __init__(
        self, record: Record, kit: Kit, plan: Plan | Recovery, checks: tuple[ReplayedCheck, ...], folder: Path | None
    ) -> None:
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
        """Whether every check gave the recorded result."""
        return not self.differences

    def rehearse(self, *, listener: JobListener | None = None) -> RestoreJob | RecoveryRun:
        """Run the restore or the recovery in the rebuilt world, with all warnings accepted; return the finished job or run.

        Raises the errors of ``kit.submit`` and ``job.wait``, or of ``kit.recover`` and ``run.wait``: for example
        ``NotReadyError`` when the plan is not ready.
        """
        purpose = f"rehearsal of record {self.record.id}"
        if isinstance(self.plan, Recovery):
            run = self.kit.recover(
                self.plan,
                confirm=self.plan.source_name,
                accept=self.plan.warnings,
                node_password=f"Aa1-{secrets.token_hex(12)}",
                purpose=purpose,
            )
            return run.wait(say=None)
        job = self.kit.submit(self.plan, confirm=self.plan.target_name, accept=self.plan.warnings, purpose=purpose)
        return job.wait(poll_s=0, listener=listener)

    def show(self) -> Fragment:
        """Return the result as static HTML and text."""
        count, other = len(self._checks), len(self.differences)
        is_restore = not isinstance(self.plan, Recovery)
        taken_at = self.plan.created if isinstance(self.plan, Recovery) else self.plan.inventory.taken_at
        then = format_utc(taken_at.replace(microsecond=0))
        legend = "\n".join(line for name, line in _LEGEND.items() if is_restore or name != _AGAIN)
        verdict = "all with the recorded result" if self.same else f"{other} with another result"
        head = [
            f"Record {self.record.id}, replayed on the simulator.",
            "Nothing reached a cloud.",
            f"As of {then}: {count} checks, {verdict}.",
        ]
        parts = [
            Fragment(text_block(*head), "\n".join(head)),
            _show_results("Checks, replayed", self._checks, with_facts=is_restore),
            *_show_details("Details of the results that differ", self.differences),
            Fragment(text_block(legend), legend),
        ]
        return Fragment(join(part.html for part in parts), "\n\n".join(part.text for part in parts))

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return self.show()._repr_mimebundle_()


_AGAIN = "decided again"
_LEGEND = {
    "recorded": "recorded: the result on the record",
    _AGAIN: "decided again: the result of this ddmkit on the recorded facts",
    "rebuilt world": "rebuilt world: the result on the simulator, rebuilt as the record saw it",
}


def _show_results(title: str, checks: Iterable[ReplayedCheck], *, with_facts: bool) -> Fragment:
    """Show the results of each check side by side, with a mark where they differ."""
    rows = []
    for one in checks:
        results = (one.recorded, *((one.decided_again,) if with_facts else ()), one.in_rebuilt_world)
        cells = [Cell(result, CellKind.STATUS, tone_of(result)) for result in results]
        rows.append([Cell(one.check), *cells, Cell("" if one.same else "<- differs")])
    return build_table(title, ["check", *(name for name in _LEGEND if with_facts or name != _AGAIN), ""], rows)


def _show_details(title: str, checks: Sequence[ReplayedCheck]) -> list[Fragment]:
    """Show the details on the record and in the rebuilt world, without shortening; nothing for no checks."""
    rows = [[Cell(one.check), Cell(one.recorded_detail), Cell(one.rebuilt_detail)] for one in checks]
    return [full_table(title, ["check", "recorded", "rebuilt world"], rows)] if rows else []


def replay(record: Record, *, world: str | Path | None = None) -> Replay:
    """Rebuild the world that a record saw in the simulator, and run its checks again; nothing reaches a cloud.

    The world is written to the path ``world``, or is temporary. Raises ``RecordError`` when the record has no plan or was
    edited, or when the path is taken.
    """
    record.require_unedited()
    plan = plan_of(record.run) if record.header.kind == "restore" else recovery_plan_of(record.run)
    folder = _make_folder() if world is None else None
    path = folder / "world.sqlite" if folder is not None else expand(str(world), field="world")
    try:
        rebuild_record(record.run, path)
        kit = demo(world=path, records=path.with_name(f"{path.stem}-records.sqlite"), time_zone=plan.time_zone)
        made, checks = _recover_again(plan, kit) if isinstance(plan, RecoveryPlan) else _decide_again(plan, kit)
        return Replay(record, kit, made, checks, folder)
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
            "in another folder with world= (--world)."
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
    # These facts belong to the machine and the store of the record, not to the world. A record of ddmkit 0.1 has no proofs.
    no_proofs = ("node_proofs", "network") if seen.node_proofs is None else ()
    names = ("clock_skew", "signs_requests", "failed_before", *no_proofs)
    local_facts = {name: getattr(seen, name) for name in names}
    there = run_preflight(rebuilt.inventory.model_copy(update=local_facts), request)
    return rebuilt, _compare_results(plan.checks, run_preflight(seen, request), there)


def _recover_again(plan: RecoveryPlan, kit: Kit) -> tuple[Recovery, tuple[ReplayedCheck, ...]]:
    """Plan the same recovery in the rebuilt world."""
    rebuilt = kit.plan_recovery(
        source=plan.source_id,
        restore_time=None if plan.backup_id is not None else plan.instant.moment,
        backup_id=plan.backup_id,
        time_zone=plan.time_zone,
        incident=plan.incident,
        nodes=plan.inputs.get("nodes") or None,
        target=plan.target.existing_id or NEW,
        like=plan.inputs.get("like") or None,
        throwaway=plan.throwaway,
    )
    compared = _compare_results(plan.checks, plan.checks, rebuilt.checks)
    return rebuilt, tuple(one.model_copy(update={"decided_again": ""}) for one in compared)


def _compare_results(
    recorded: tuple[CheckResult, ...], again: tuple[CheckResult, ...], there: tuple[CheckResult, ...]
) -> tuple[ReplayedCheck, ...]:
    sides = [{check.id: check for check in side} for side in (recorded, again, there)]
    names = dict.fromkeys(name for side in sides for name in side)
    return tuple(_compare_check(name, *(side.get(name) for side in sides)) for name in names)


def _compare_check(name: str, *results: CheckResult | None) -> ReplayedCheck:
    statuses = [result.status if result is not None else "absent" for result in results]
    # A record of an earlier version lacks newer checks; a newer check that is skipped is no difference.
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
