"""Two operators, one store, everything that can go wrong, in any order: at most one restore, and none lost.

Hypothesis chooses what happens next; after each step the truth of the simulator is held against the record. Kernels can
be stopped in the middle of a request while others act, and be lost there. HYPOTHESIS_PROFILE=nightly plays for longer.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import randrange
from typing import Any

import pytest
from hypothesis import seed, settings, strategies
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ddmkit.errors import (
    BusyError,
    InputError,
    JobFailedError,
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
IS_NIGHT = PROFILE is settings.get_profile("nightly")
STEPS = 10_000 if IS_NIGHT else 1_000
SEEDS = [randrange(2**32) for _ in range(75)] if IS_NIGHT else range(18)
TARGETS = 5
TROUBLES = (
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
    *(("adopted by a person", "waited: KeyboardInterrupt") if IS_NIGHT else ()),
)
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
# To which target, with which nodes, as of when, and whether the target is emptied before.
wishes = strategies.tuples(
    strategies.sampled_from([0, 0, *range(TARGETS)]),
    strategies.sampled_from([0, 0, *range(TARGETS)]),
    strategies.sampled_from(["backup", "backup", "time", "a second later"]),
    strategies.sampled_from([True, True, True, False]),
)


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
        self.kits = {name: self.open_kit(name) for name in ("ada", "grace")}
        self.store = RecordStore.open(self.records, service=self.simulator.world_id, clock=lambda: datetime.now(UTC))
        self.stopped: list[Sender] = []
        self.plan_of_job: dict[str, Any] = {}
        self.arrived: Counter[str] = Counter()
        # Targets where a person released a run whose request had arrived: its answer may come while another is open.
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
    # Few, with much left to their arguments: Hypothesis leaves whole steps out of most of its games.

    @initialize(target=plans)
    def plan_something(self):
        return self.make_plan("ada", (0, 0, "backup", False))

    @rule(
        target=plans,
        who=operators,
        what=wishes,
        how=strategies.sampled_from(["once", "once", "twice", "too late", "not at all"]),
        faults=strategies.sampled_from(SEND_FAULTS),
    )
    def plan_and_submit(self, who, what, how, faults):
        plan = self.make_plan(who, what)
        if how == "too late":
            self.simulator.advance(timedelta(minutes=31))
        if how != "not at all":
            first = self.submit_and_look(who, plan, faults)
        if how == "twice":
            again = self.submit_and_look("ada", plan, ())
            assert isinstance(first, Exception) or again.id == first.id
        return plan

    @rule(who=operators, plan=plans, faults=strategies.sampled_from(SEND_FAULTS))
    def submit_an_older_plan(self, who, plan, faults):
        self.submit_and_look(who, plan, faults)

    @rule(
        target=senders,
        who=operators,
        what=wishes,
        stop=strategies.sampled_from(["before", "after"]),
        faults=strategies.sampled_from(SEND_FAULTS),
    )
    def start_sending_a_new_plan(self, who, what, stop, faults):
        return self.start_sending(who, self.make_plan(who, what), stop, faults)

    @rule(target=senders, who=operators, plan=plans, stop=strategies.sampled_from(["before", "after"]))
    def start_sending_an_older_plan(self, who, plan, stop):
        return self.start_sending(who, plan, stop, ())

    @rule(who=operators, sender=senders, how=strategies.sampled_from(["resume", "submit"]))
    def do_something_about_what_is_being_sent(self, who, sender, how):
        if how == "submit":
            self.submit_and_look(who, sender.plan, ())
        else:
            run_id = self.store.run_of_plan(sender.plan.id).id
            with self.effects_of(None):
                attempt(self.kits[who].resume, run_id, allowed=(InputError, UnknownOutcomeError))

    @rule(
        sender=consumes(senders),
        is_lost=strategies.sampled_from([True, False, False]),
        faults=strategies.sampled_from(SEND_FAULTS),
    )
    def end_sending(self, sender, is_lost, faults):
        self.stopped.remove(sender)
        with self.effects_of(None if is_lost else sender.plan, late=True), self.faults(faults):
            outcome = sender.lose() if is_lost else sender.go_on()
        if not is_lost:
            self.note_outcome(sender.plan, outcome)
        self.seen["lost" if is_lost else "went on"] += 1

    @rule(
        what=strategies.sampled_from(
            ["ada starts anew", "grace starts anew", "1 minute", "3 minutes", "31 minutes", "source", "target"]
        )
    )
    def meanwhile(self, what):
        first = what.split()[0]
        if first in self.kits:
            self.kits[first].close()
            self.kits[first] = self.open_kit(first)
        elif first.isdigit():
            self.simulator.advance(timedelta(minutes=int(first)))
        elif not self.stopped and not self.runs_in(*UNDECIDED):
            # Somebody restarts an instance in the console. Not while an outcome is open: a job that began then could be
            # the restore's, and a person would have to tell.
            place = self.stage.source if first == "source" else self.stage.targets[0]
            self.simulator.world.add_job(place, duration_ms=1)

    @precondition(lambda self: self.store.list())
    @rule(who=operators, number=some, faults=strategies.sampled_from(READ_FAULTS))
    def resume_anything(self, who, number, faults):
        run = self.some_run(number)
        with self.effects_of(None), self.faults(faults):
            found = attempt(self.kits[who].resume, run.id, allowed=(InputError, UnknownOutcomeError))
        assert isinstance(found, InputError) == (self.store.get(run.id).state not in {*UNSETTLED, "completed", "failed"})
        self.seen["resumed"] += not isinstance(found, Exception)

    @precondition(lambda self: self.runs_in("running"))
    @rule(who=operators, number=some, faults=strategies.sampled_from(READ_FAULTS))
    def wait(self, who, number, faults):
        run = self.some_run(number, "running")
        with self.effects_of(None), self.faults(faults):
            job = self.kits[who].resume(run.id)
            ended = attempt(finish, job, 8, allowed=(JobFailedError, KeyboardInterrupt))
        self.seen[f"waited: {type(ended).__name__}"] += 1

    @precondition(lambda self: self.runs_in(*UNDECIDED))
    @rule(
        who=operators,
        number=some,
        minutes=strategies.sampled_from([0, 3, 3]),
        adopts=strategies.booleans(),
        faults=strategies.sampled_from(READ_FAULTS),
    )
    def decide(self, who, number, minutes, adopts, faults):
        """A person says which job it was, or that there was none."""
        self.simulator.advance(timedelta(minutes=minutes))
        run = self.some_run(number, *UNDECIDED)
        with self.effects_of(None), self.faults(faults):
            if adopts and self.plan_of_job:
                self.adopt(self.kits[who], run, number)
            else:
                self.release(self.kits[who], run)

    def adopt(self, kit: Any, run: Any, number: int) -> None:
        """Its own job, or else one that is another record's; of two that are nobody's a person has to tell."""
        jobs = self.jobs_of_plan(run.header.plan_id) or list(self.plan_of_job)
        job_id = jobs[number % len(jobs)]
        is_its = self.plan_of_job[job_id].id == run.header.plan_id
        if is_its or job_id in self.store.owned_jobs():
            adopted = attempt(kit.adopt, run.id, job_id, allowed=(InputError, ServiceError))
            assert is_its or isinstance(adopted, InputError)
            self.seen["adopted by a person"] += not isinstance(adopted, Exception)

    def release(self, kit: Any, run: Any) -> None:
        may_run = [job for job in self.jobs_of_plan(run.header.plan_id) if self.can_be_seen_running_or_done(job)]
        allowed = (NotReadyError, ServiceError)
        released = attempt(kit.release, run.id, reason="looked", confirm=run.header.target_name, allowed=allowed)
        assert isinstance(released, Exception) or not may_run
        if not isinstance(released, Exception):
            self.seen["released"] += 1
            self.woken |= {
                run.header.target_id for one in self.stopped if one.plan.id == run.header.plan_id and one.stop == "after"
            }

    # What must hold after each -----------------------------------------------------------------------------------

    @invariant()
    def the_record_agrees_with_the_truth(self):
        self.seen["steps"] += 1
        runs = self.store.list()
        self.every_plan_has_at_most_one_effective_restore()
        self.no_plan_is_sent_more_than_once_unless_it_was_freed(runs)
        self.every_effective_restore_is_on_the_record_or_being_looked_into(runs)
        self.a_job_that_is_known_is_never_unknown_again(runs)
        self.no_job_belongs_to_two_runs()
        self.an_open_restore_is_claimed_and_a_claim_is_of_an_open_restore(runs)

    def every_plan_has_at_most_one_effective_restore(self) -> None:
        per_plan = Counter(plan.id for plan in self.plan_of_job.values())
        assert all(count == 1 for count in per_plan.values()), per_plan
        assert set(self.plan_of_job) == {job["job_id"] for job in self.jobs()}

    def no_plan_is_sent_more_than_once_unless_it_was_freed(self, runs: Sequence[Any]) -> None:
        freed = Counter(run_id for (run_id,) in self.rows("SELECT run_id FROM ddmkit_events WHERE kind = 'freed'"))
        for run in runs:
            assert self.arrived[run.header.plan_id] <= 1 + freed[run.id]

    def every_effective_restore_is_on_the_record_or_being_looked_into(self, runs: Sequence[Any]) -> None:
        run_of_plan, owned = {run.header.plan_id: run for run in runs}, self.owned_jobs()
        for job_id, plan in self.plan_of_job.items():
            run = run_of_plan[plan.id]
            is_known = (run.id, job_id) in owned
            assert is_known or run.state in UNDECIDED or (run.state == "released" and self.ended_badly(job_id)), run

    def a_job_that_is_known_is_never_unknown_again(self, runs: Sequence[Any]) -> None:
        for run in runs:
            assert not run.job_id or run.state in {"running", "completed", "failed"}, run

    def no_job_belongs_to_two_runs(self) -> None:
        owners = Counter(job_id for _, job_id in self.owned_jobs())
        assert all(count == 1 for count in owners.values()), owners

    def an_open_restore_is_claimed_and_a_claim_is_of_an_open_restore(self, runs: Sequence[Any]) -> None:
        claims = dict(self.rows("SELECT target_id, run_id FROM ddmkit_claims"))
        for target in self.stage.targets:
            unsettled = {run.id for run in runs if run.header.target_id == target and run.state in UNSETTLED}
            assert (target in claims) == bool(unsettled)
            assert target not in claims or claims[target] in unsettled
            assert len(unsettled) <= 1 or target in self.woken

    # The end -----------------------------------------------------------------------------------------------------

    def settle_everything(self) -> None:
        """Bring every open run to its end the way a person would, who can see the service's console."""
        self.stopped.clear()
        self.simulator.clear_faults()
        self.simulator.advance(timedelta(minutes=10))
        self.simulator.world.settle()
        for job in self.simulator.world.storage.every(Job, "outcome = 'Stalled'"):
            self.simulator.world.set_job(job.id, outcome="Failed", fail_reason="stopped by the service")
        for run in self.runs_in(*UNSETTLED):
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
            assert self.store.holder(self.simulator.facts.project_id, target) is None
        truth = {job.id: job.outcome for job in self.simulator.world.storage.every(Job, "source_id <> ''")}
        for run in runs:
            self.seen[f"ended {run.state}"] += 1
            if run.job_id and run.state in {"completed", "failed"}:
                assert truth[run.job_id].casefold() == run.state

    # What is looked at -------------------------------------------------------------------------------------------

    def empty_what_is_not_in_use(self, target: str) -> None:
        """Somebody in the console makes room for a next try."""
        restores = [one for one in self.jobs() if one["target"] == target]
        is_open = any(run.header.target_id == target for run in self.runs_in(*UNSETTLED))
        if not is_open and all(self.has_ended(restore) for restore in restores):
            empty(self.simulator.world, target)

    def open_kit(self, who: str) -> Any:
        return open_kit(self.simulator, self.records, who, side_by_side=1)

    def make_plan(self, who: str, what: tuple[int, int, str, bool]) -> Any:
        goal, nodes, point, on_an_empty_one = what
        if on_an_empty_one:
            self.empty_what_is_not_in_use(self.stage.targets[goal])
        later = timedelta(seconds=point == "a second later")
        chosen = {} if point == "backup" else {"restore_time": self.stage.restore_time + later}
        with self.effects_of(None):
            return plan_on(self.kits[who], self.stage, goal, nodes, **chosen)

    def submit_and_look(self, who: str, plan: Any, faults: tuple[str, ...]) -> Any:
        own = self.store.run_of_plan(plan.id)
        is_second = (own is None or own.state in {"opened", "refused", "freed"}) and self.other_restore_is_open(plan)
        with self.effects_of(plan), self.faults(faults):
            outcome = attempt(submit, self.kits[who], plan)
        self.note_outcome(plan, outcome)
        assert isinstance(outcome, BusyError) or not is_second, repr(outcome)
        return outcome

    def start_sending(self, who: str, plan: Any, stop: str, faults: tuple[str, ...]) -> Any:
        with self.effects_of(plan), self.faults(faults):
            sender = Sender(self.open_kit(who), plan, stop=stop)
        if not sender.is_stopped:
            sender.kit.close()
            self.note_outcome(plan, sender.outcome)
            return multiple()
        self.seen[f"stopped {stop} the request"] += 1
        self.stopped.append(sender)
        return sender

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
        """What is done within may send this plan, once, while it is fresh and its target free; nothing else."""
        before = {job["job_id"] for job in self.jobs()}
        requests = sent(self.simulator)
        may_send = plan is not None and (late or (self.simulator.now() <= plan.expires and not self.open_elsewhere(plan)))
        yield
        new = [job["job_id"] for job in self.jobs() if job["job_id"] not in before]
        arrived = sent(self.simulator) - requests
        assert len(new) <= arrived
        assert arrived == 0 or may_send
        if plan is not None:
            self.plan_of_job |= dict.fromkeys(new, plan)
            self.arrived[plan.id] += arrived

    def open_elsewhere(self, plan: Any) -> list[Any]:
        """Give the runs of other plans that are open for the same target."""
        of_target = self.store.list(target_id=plan.request.target_instance_id)
        return [run for run in of_target if run.state in UNSETTLED and run.header.plan_id != plan.id]

    def other_restore_is_open(self, plan: Any) -> bool:
        digests = {run.header.digest for run in self.open_elsewhere(plan)}
        return bool(digests) and plan.digest not in digests

    @contextmanager
    def faults(self, names: tuple[str, ...]) -> Iterator[None]:
        for name in names:
            self.simulator.inject(name)
        try:
            yield
        finally:
            self.simulator.clear_faults()

    def runs_in(self, *states: str) -> list[Any]:
        return [run for run in self.store.list() if not states or run.state in states]

    def some_run(self, number: int, *states: str) -> Any:
        runs = self.runs_in(*states)
        return runs[number % len(runs)]

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

    def owned_jobs(self) -> set[tuple[str, str]]:
        """Give every run with each job that it was answered with or has adopted."""
        jobs = "SELECT run_id, json_extract(data, '$.job_id') FROM ddmkit_events WHERE kind IN ('answered', 'adopted')"
        return set(self.rows(jobs))

    def rows(self, query: str) -> list[Any]:
        database = sqlite3.connect(self.records)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()


def attempt(act: Any, *arguments: Any, allowed: tuple[type[BaseException], ...] = REFUSALS, **options: Any) -> Any:
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
        for number in SEEDS:  # many beginnings: the games of one seed are much alike
            play = seed(number)(lambda: Restores(prepared, seen))
            run_state_machine_as_test(play, settings=PROFILE)
    finally:
        print("\n".join([f"seed {number}", *(f"{count:7} {what}" for what, count in sorted(seen.items()))]))
    assert seen["steps"] >= STEPS
    # A machine that never gets into trouble would prove nothing.
    assert [trouble for trouble in TROUBLES if not seen[trouble]] == []
