"""Two operators, one store, everything that can go wrong, in any order: at most one restore, and none lost.

Hypothesis chooses what happens next; after each step the truth of the simulator is held against the record. Kernels can
be stopped in the middle of a request while others act, and be lost there. HYPOTHESIS_PROFILE=nightly plays for longer.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ddmkit.errors import (
    BusyError,
    DDMKitError,
    InputError,
    JobFailedError,
    JobTimeoutError,
    NotConfirmedError,
    NotReadyError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
from ddmkit.records import RecordStore, verify_chain
from ddmkit.simulator import Simulator
from ddmkit.simulator.nouns import Job
from tests.safety.senders import Sender
from tests.safety.stage import NOW, finish, open_kit, plan_on, sent, set_stage, submit

PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "every-run"))
TARGETS = 4
UNDECIDED = {"sending", "unknown"}
UNSETTLED = UNDECIDED | {"running"}

# What the service may do to a restore request, or to its job.
SEND_FAULTS = (
    (),
    ("lost-answer",),
    ("lost-answer", "job-late"),
    ("lost-answer", "job-fails"),
    ("dies-after-accept",),
    ("truncated-body@RestoreMetadata",),
    ("bad-json@RestoreMetadata",),
    ("html-502@RestoreMetadata",),
    ("server-error@RestoreMetadata",),
    ("throttled@RestoreMetadata",),
    ("refused-busy",),
    ("job-fails",),
    ("job-late",),
    ("job-stalls",),
)
# What it may do to the reads that look for a job or follow one.
READ_FAULTS = (
    (),
    (),
    ("server-error@ListTasks*",),
    ("html-502@ListTasks*2", "server-error@ShowDdmJobResult*2"),
    ("throttled*2",),
    ("cut-pages@ListTasks", "duplicate-rows@ListTasks"),
    ("truncated-body@ShowDdmJobResult",),
)
# How a submit may end without a job; anything else, a RecordError too, is a failure of ours.
REFUSALS = (
    BusyError,
    InputError,
    NotConfirmedError,
    NotReadyError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
SAID_NOTHING_STARTED = (BusyError, InputError, NotConfirmedError, NotReadyError)

operators = strategies.sampled_from(["ada", "grace"])
some = strategies.integers(min_value=0, max_value=1000)


class Restores(RuleBasedStateMachine):
    """What people do with plans, and what happens to them meanwhile."""

    plans = Bundle("plans")
    senders = Bundle("senders")

    def __init__(self, prepared: tuple[Any, Any], seen: Counter[str]) -> None:
        super().__init__()
        self.folder, self.stage = prepared
        self.seen = seen
        self.records = self.folder / "records.sqlite"
        for path in self.folder.glob("records.sqlite*"):
            path.unlink()
        for name in ("", "-wal", "-shm"):
            (self.folder / f"world.sqlite{name}").unlink(missing_ok=True)
        shutil.copy(self.folder / "prepared.sqlite", self.folder / "world.sqlite")
        self.simulator = Simulator(self.folder / "world.sqlite").start()
        self.kits = {name: open_kit(self.simulator, self.records, name) for name in ("ada", "grace")}
        self.store = RecordStore.open(self.records, service=self.simulator.world_id, clock=lambda: datetime.now(UTC))
        self.stopped: list[Sender] = []
        self.plan_of_job: dict[str, Any] = {}
        self.arrived: Counter[str] = Counter()
        # Targets where a person released a run whose sender was only asleep: its answer may come while another is open.
        self.woken: set[str] = set()

    def teardown(self) -> None:
        try:
            for sender in self.stopped:
                with self.effects_of(None):
                    sender.lose()
            self.settle_everything()
            self.everything_ends_well()
        finally:
            for sender in self.stopped:
                sender.close()
            for kit in self.kits.values():
                kit.close()
            self.store.close()
            self.simulator.close()

    # Steps -------------------------------------------------------------------------------------------------------

    @initialize(target=plans)
    def plan_something_first(self):
        return self.make_plan("ada", 0, 0, "backup")

    @rule(
        target=plans,
        who=operators,
        goal=strategies.sampled_from([0, 0, 0, 1, 2, 3]),
        nodes=strategies.sampled_from([0, 0, 1, 2, 3]),
        point=strategies.sampled_from(["backup", "backup", "time", "a second later"]),
    )
    def plan(self, who, goal, nodes, point):
        return self.make_plan(who, goal, nodes, point)

    @rule(who=operators, plan=plans, faults=strategies.sampled_from(SEND_FAULTS))
    def submit(self, who, plan, faults):
        with self.effects_of(plan), self.faults(faults):
            self.note_outcome(plan, attempt(submit, self.kits[who], plan))

    @rule(who=operators, plan=plans, faults=strategies.sampled_from(SEND_FAULTS))
    def submit_twice(self, who, plan, faults):
        with self.effects_of(plan), self.faults(faults):
            first = attempt(submit, self.kits[who], plan)
            again = attempt(submit, self.kits[who], plan)
        self.note_outcome(plan, again)
        if not isinstance(first, Exception):
            assert again.id == first.id

    @rule(
        target=senders,
        who=operators,
        plan=plans,
        stop=strategies.sampled_from(["before", "after"]),
        faults=strategies.sampled_from(SEND_FAULTS),
    )
    def start_sending(self, who, plan, stop, faults):
        with self.effects_of(plan), self.faults(faults):
            sender = Sender(open_kit(self.simulator, self.records, who), plan, stop=stop)
        if sender.is_stopped:
            self.seen[f"stopped {stop} the request"] += 1
            self.stopped.append(sender)
        else:
            sender.kit.close()
            self.note_outcome(plan, sender.outcome)
        return sender

    @rule(sender=consumes(senders), faults=strategies.sampled_from(SEND_FAULTS))
    def go_on_sending(self, sender, faults):
        if sender in self.stopped:
            self.stopped.remove(sender)
            with self.effects_of(sender.plan, late=True), self.faults(faults):
                outcome = sender.go_on()
            self.note_outcome(sender.plan, outcome)
            self.seen["went on"] += 1

    @rule(sender=consumes(senders))
    def lose_a_sender(self, sender):
        if sender in self.stopped:
            self.stopped.remove(sender)
            with self.effects_of(None):
                sender.lose()
            self.seen["lost"] += 1

    @rule(who=operators)
    def restart_a_kernel(self, who):
        self.kits[who].close()
        self.kits[who] = open_kit(self.simulator, self.records, who)

    @rule(minutes=strategies.sampled_from([1, 3, 3, 31]))
    def time_passes(self, minutes):
        self.simulator.advance(timedelta(minutes=minutes))

    @rule(who=operators, number=some, faults=strategies.sampled_from(READ_FAULTS))
    def resume(self, who, number, faults):
        run = self.some_run(number)
        if run is not None:
            with self.effects_of(None), self.faults(faults):
                found = attempt(self.kits[who].resume, run.id, allowed=(InputError, UnknownOutcomeError))
            assert isinstance(found, InputError) == (self.store.get(run.id).state not in {*UNSETTLED, "completed", "failed"})
            self.seen["resumed"] += not isinstance(found, Exception)

    @rule(who=operators, number=some, faults=strategies.sampled_from(READ_FAULTS))
    def wait(self, who, number, faults):
        run = self.some_run(number, {"running"})
        if run is not None:
            with self.effects_of(None), self.faults(faults):
                job = self.kits[who].resume(run.id)
                ended = attempt(finish, job, 0.1, allowed=(JobFailedError, JobTimeoutError))
            self.seen[f"waited: {type(ended).__name__}"] += 1

    @rule(who=operators, number=some, which=some)
    def adopt(self, who, number, which):
        run = self.some_run(number, UNDECIDED)
        jobs = self.simulator.effective_restores()
        if run is not None and jobs:
            job_id = jobs[which % len(jobs)]["job_id"]
            is_its = self.plan_of_job[job_id].id == run.header.plan_id
            if is_its or job_id in self.store.owned_jobs():
                with self.effects_of(None):
                    adopted = attempt(self.kits[who].adopt, run.id, job_id, allowed=(InputError, ServiceError))
                assert is_its or isinstance(adopted, InputError)
                self.seen["adopted by a person"] += not isinstance(adopted, Exception)

    @rule(who=operators, number=some, faults=strategies.sampled_from(READ_FAULTS))
    def release(self, who, number, faults):
        run = self.some_run(number, UNDECIDED)
        if run is not None:
            may_run = [job for job in self.jobs_of_plan(run.header.plan_id) if self.can_be_seen_running_or_done(job)]
            with self.effects_of(None), self.faults(faults):
                name = run.header.target_name
                released = attempt(
                    self.kits[who].release, run.id, reason="looked", confirm=name, allowed=(NotReadyError, ServiceError)
                )
            assert isinstance(released, Exception) or not may_run
            if not isinstance(released, Exception):
                self.seen["released"] += 1
                self.woken |= {run.header.target_id for one in self.stopped if one.plan.id == run.header.plan_id}

    @rule(on_target=strategies.booleans())
    def somebody_restarts_an_instance_in_the_console(self, on_target):
        """Not while an outcome is open: a job begun then could be the restore's, and a person would have to tell."""
        if not self.stopped and not any(run.state in UNDECIDED for run in self.store.list()):
            place = self.stage.targets[0] if on_target else self.stage.source
            self.simulator.world.add_job(place, duration_ms=1)

    @rule(goal=strategies.integers(min_value=0, max_value=TARGETS - 1))
    def somebody_empties_a_target(self, goal):
        target = self.stage.targets[goal]
        open_here = any(run.state in UNSETTLED for run in self.store.list(target_id=target))
        if not open_here and all(job["target"] != target or self.has_ended(job) for job in self.jobs()):
            empty(self.simulator.world, target)

    # What must hold after each -----------------------------------------------------------------------------------

    @invariant()
    def every_plan_has_at_most_one_effective_restore(self):
        per_plan = Counter(plan.id for plan in self.plan_of_job.values())
        assert all(count == 1 for count in per_plan.values()), per_plan
        assert set(self.plan_of_job) == {job["job_id"] for job in self.jobs()}

    @invariant()
    def every_plan_is_sent_once_more_than_it_was_freed(self):
        freed = Counter(run for run, kind in self.events() if kind == "freed")
        for run in self.store.list():
            assert self.arrived[run.header.plan_id] <= 1 + freed[run.id]

    @invariant()
    def every_effective_restore_is_on_the_record_or_being_looked_into(self):
        runs = {run.header.plan_id: run for run in self.store.list()}
        for job_id, plan in self.plan_of_job.items():
            run = runs[plan.id]
            known = job_id in {data for owner, data in self.job_events() if owner == run.id}
            assert known or run.state in UNDECIDED or (run.state == "released" and self.ended_badly(job_id)), run

    @invariant()
    def a_job_that_is_known_is_never_unknown_again(self):
        for run in self.store.list():
            assert run.state in {"running", "completed", "failed"} or not run.job_id or run.state == "freed", run

    @invariant()
    def no_job_belongs_to_two_runs(self):
        owners: dict[str, set[str]] = {}
        for run_id, job_id in self.job_events():
            owners.setdefault(job_id, set()).add(run_id)
        assert all(len(runs) == 1 for runs in owners.values()), owners

    @invariant()
    def an_open_restore_is_claimed_and_a_claim_is_of_an_open_restore(self):
        runs = self.store.list()
        for target in self.stage.targets:
            unsettled = {run.id for run in runs if run.header.target_id == target and run.state in UNSETTLED}
            holder = self.store.holder(self.kits["ada"].settings.project_id, target)
            assert (holder is None) == (not unsettled)
            assert holder is None or holder.run_id in unsettled
            assert len(unsettled) <= 1 or target in self.woken

    @invariant()
    def count_the_step(self):
        self.seen["steps"] += 1

    # The end -----------------------------------------------------------------------------------------------------

    def settle_everything(self) -> None:
        """Bring every open run to its end the way a person would, who can see the service's console."""
        self.stopped.clear()
        self.simulator.clear_faults()
        self.simulator.advance(timedelta(minutes=10))
        self.simulator.world.settle()
        for job in self.simulator.world.storage.every(Job, "outcome = 'Stalled'"):
            self.simulator.world.set_job(job.id, outcome="Failed", fail_reason="stopped by the service")
        for run in self.store.list():
            if run.state in UNSETTLED:
                self.settle(run)

    def settle(self, run: Any) -> None:
        kit = self.kits["grace"]
        job = attempt(kit.resume, run.id, allowed=(UnknownOutcomeError,))
        if isinstance(job, UnknownOutcomeError):
            started = [one for one in self.jobs_of_plan(run.header.plan_id) if one not in self.store.owned_jobs()]
            if not started:
                empty(self.simulator.world, run.header.target_id)
                kit.release(run.id, reason="the console shows no job", confirm=run.header.target_name)
                return
            job = kit.adopt(run.id, started[0])
        attempt(finish, job, allowed=(JobFailedError,))

    def everything_ends_well(self) -> None:
        runs = self.store.list()
        assert not [run for run in runs if run.state in UNSETTLED]
        assert not [run.id for run in runs if verify_chain(self.store.get(run.id))]
        for target in self.stage.targets:
            assert self.store.holder(self.kits["ada"].settings.project_id, target) is None
        truth = {job.id: job.outcome for job in self.simulator.world.storage.every(Job, "source_id <> ''")}
        for run in runs:
            self.seen[f"ended {run.state}"] += 1
            if run.job_id and run.state in {"completed", "failed"}:
                assert truth[run.job_id].casefold() == run.state

    # What is looked at -------------------------------------------------------------------------------------------

    def make_plan(self, who: str, goal: int, nodes: int, point: str) -> Any:
        later = timedelta(seconds=point == "a second later")
        chosen = {} if point == "backup" else {"restore_time": self.stage.restore_time + later}
        with self.effects_of(None):
            return plan_on(self.kits[who], self.stage, goal, nodes, **chosen)

    def note_outcome(self, plan: Any, outcome: Any) -> None:
        """Hold what a submit said against the truth."""
        self.seen[f"submitted: {type(outcome).__name__}"] += 1
        if isinstance(outcome, BaseException):
            assert isinstance(outcome, REFUSALS), repr(outcome)
            assert outcome.record is not None
            return
        assert self.plan_of_job[outcome.id].digest == plan.digest

    @contextmanager
    def effects_of(self, plan: Any | None, *, late: bool = False) -> Iterator[None]:
        """What is done within may send this plan, once; nothing else."""
        before = {job["job_id"] for job in self.jobs()}
        requests = sent(self.simulator)
        others = [] if plan is None or late else self.open_elsewhere(plan)
        yield
        new = [job["job_id"] for job in self.jobs() if job["job_id"] not in before]
        arrived = sent(self.simulator) - requests
        assert len(new) <= arrived
        assert arrived == 0 or (plan is not None and not others)
        if plan is not None:
            self.plan_of_job |= dict.fromkeys(new, plan)
            self.arrived[plan.id] += arrived

    def open_elsewhere(self, plan: Any) -> list[str]:
        """Give the runs of other plans that are open for the same target."""
        of_target = self.store.list(target_id=plan.request.target_instance_id)
        return [run.id for run in of_target if run.state in UNSETTLED and run.header.plan_id != plan.id]

    @contextmanager
    def faults(self, names: tuple[str, ...]) -> Iterator[None]:
        for name in names:
            self.simulator.inject(name)
        try:
            yield
        finally:
            self.simulator.clear_faults()

    def some_run(self, number: int, states: set[str] | None = None) -> Any:
        runs = [run for run in self.store.list() if states is None or run.state in states]
        return runs[number % len(runs)] if runs else None

    def jobs(self) -> list[dict[str, Any]]:
        return self.simulator.effective_restores()

    def jobs_of_plan(self, plan_id: str) -> list[str]:
        return [job_id for job_id, plan in self.plan_of_job.items() if plan.id == plan_id]

    def job(self, job_id: str) -> Job:
        return self.simulator.world.storage.one(Job, "id = ?", (job_id,))

    def has_ended(self, restore: dict[str, Any]) -> bool:
        job = self.job(restore["job_id"])
        now_ms = self.simulator.world.clock.now_ms()
        return job.outcome != "Stalled" and job.created + job.duration_ms <= now_ms

    def ended_badly(self, job_id: str) -> bool:
        return self.job(job_id).outcome == "Failed"

    def can_be_seen_running_or_done(self, job_id: str) -> bool:
        job = self.job(job_id)
        return job.outcome != "Failed" and not job.hidden_looks

    def events(self) -> list[tuple[str, str]]:
        return self.rows("SELECT run_id, kind FROM ddmkit_events")

    def job_events(self) -> list[tuple[str, str]]:
        return self.rows(
            "SELECT run_id, json_extract(data, '$.job_id') FROM ddmkit_events WHERE kind IN ('answered', 'adopted')"
        )

    def rows(self, query: str) -> list[Any]:
        database = sqlite3.connect(self.records)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()


def attempt(act: Any, *arguments: Any, allowed: tuple[type[DDMKitError], ...] = REFUSALS, **options: Any) -> Any:
    """Give the result, or the error if it is one of those that may happen here."""
    try:
        return act(*arguments, **options)
    except allowed as error:
        return error


def empty(world: Any, target: str) -> None:
    """Make a target as it was when it was bought."""
    now = world.clock.now_ms()
    world.settle()
    world.storage.execute("UPDATE attachments SET until = ? WHERE instance_id = ? AND until IS NULL", (now, target))
    for table in ("schemas", "accounts"):
        world.storage.execute(f"UPDATE {table} SET deleted = ? WHERE instance_id = ? AND deleted IS NULL", (now, target))


@pytest.fixture
def prepared(tmp_path):
    path = tmp_path / "prepared.sqlite"
    with Simulator(path, now=NOW) as simulator:
        stage = set_stage(simulator, more=TARGETS - 1)
    return tmp_path, stage


@pytest.mark.timeout(7200)
def test_whatever_happens_no_plan_takes_effect_twice_and_no_restore_is_lost(prepared):
    seen: Counter[str] = Counter()
    try:
        run_state_machine_as_test(lambda: Restores(prepared, seen), settings=PROFILE)
    finally:
        print("\n".join(f"{count:7} {what}" for what, count in sorted(seen.items())))
    # A machine that never gets into trouble would prove nothing.
    assert seen["steps"] >= (10_000 if PROFILE is settings.get_profile("nightly") else 1_000)
    for trouble in (
        "stopped before the request",
        "stopped after the request",
        "went on",
        "lost",
        "resumed",
        "released",
        "submitted: RestoreJob",
        "submitted: BusyError",
        "submitted: NotReadyError",
        "submitted: UnknownOutcomeError",
        "waited: RestoreJob",
        "waited: JobFailedError",
        "ended completed",
        "ended failed",
        "ended freed",
        "ended released",
    ):
        assert seen[trouble] >= 3, trouble
