"""Two operators, one store, everything that can go wrong, in any order: at most one restore, and none lost.

Hypothesis chooses what happens next; after each step the truth of the simulator is held against the record. Kernels can
be stopped in the middle of a request while others act, and be lost there. Clocks are wrong by minutes and by a day,
connecting and answers take too long, the record store fails at any read or write, jobs are forgotten by the service.

HYPOTHESIS_PROFILE=nightly plays for longer: 50,000 steps, or as many as DDMKIT_STATE_MACHINE_STEPS says.
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
    RecordError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
from ddmkit.records import RecordStore, verify_chain
from ddmkit.simulator import Simulator
from ddmkit.simulator.storage.schema import Job
from tests.nightly import IS_NIGHT, times
from tests.safety.senders import Sender, TooSlow, failing_store
from tests.safety.stage import NOW, finish, open_kit, plan_on, sent, set_stage, submit

PROFILE = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "every-run"))
STEPS = int(os.environ.get("DDMKIT_STATE_MACHINE_STEPS", times(500, at_night=50_000)))
# Their games meet all troubles together. When a change of the product lets them miss one, others are as good.
SEEDS = range(9, 18)
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
    "a clock was wrong",
    "took too long: connecting",
    "took too long: sending",
    "took too long: the answer",
    "the store failed",
    "imported",
    *(
        (
            "adopted by a person",
            "waited: KeyboardInterrupt",
            "forgotten",
            "closed without its job",
            "a sender went on while its run was released",
        )
        if IS_NIGHT
        else ()
    ),
)
CLOCKS = {
    "right": timedelta(0),
    "3 minutes ahead": timedelta(minutes=3),
    "3 minutes behind": timedelta(minutes=-3),
    "a day ahead": timedelta(days=1),
    "a day behind": timedelta(days=-1),
}
FOR_EVER = 1_000_000
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
        self.wrong_by = dict.fromkeys(("ada", "grace"), timedelta(0))
        self.kits = {name: self.open_kit(name) for name in ("ada", "grace")}
        self.copies: list[Any] = []
        self.forgotten: set[str] = set()
        self.store = RecordStore.open(self.records, service=self.simulator.world_id, clock=lambda: datetime.now(UTC))
        self.reader = sqlite3.connect(self.records)
        self.known: tuple[Any, Sequence[Any]] = (None, ())
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
            self.reader.close()
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

    @rule(who=operators, plan=plans, what=wishes, part=strategies.sampled_from(["connecting", "sending", "the answer"]))
    def submit_and_take_too_long(self, who, plan, what, part):
        """The time of the request is over before its first byte, before its body, or while its answer drips."""
        plan = self.make_plan(who, what) if what[0] else plan
        slow = TooSlow(part, self.simulator)
        with slow.on(self.kits[who]):
            outcome = self.submit_and_look(who, plan, ())
        assert part != "connecting" or not slow.has_struck or not slow.has_left, repr(outcome)
        self.seen[f"took too long: {part}"] += slow.has_struck

    @rule(
        who=operators,
        plan=plans,
        what=wishes,
        does=strategies.sampled_from(["submit", "submit", "submit a new plan", "submit a new plan", "resume", "wait"]),
        after=strategies.integers(min_value=0, max_value=22),
        is_kept=strategies.booleans(),
        heals=strategies.booleans(),
        faults=strategies.sampled_from(SEND_FAULTS),
    )
    def act_while_the_store_fails(self, who, plan, what, does, after, is_kept, heals, faults):
        """The store fails at one read or write, or from that one on; a write may be kept though it seemed to fail."""
        if does == "submit a new plan":
            plan = self.make_plan(who, what)
        kit, runs = self.kits[who], self.runs_in()
        run = next((one for one in runs if one.header.plan_id == plan.id), None) or (runs[0] if runs else None)
        if not does.startswith("submit") and (run is None or run.job_id in self.forgotten):
            return
        sends = does.startswith("submit")
        allowed = (*REFUSALS, RecordError, JobFailedError, KeyboardInterrupt)
        with (
            self.effects_of(plan if sends else None, who=who),
            self.faults(faults),
            failing_store(kit, after=after, is_kept=is_kept, heals=heals) as failures,
        ):
            outcome = attempt(submit, kit, plan, allowed=allowed) if sends else attempt(kit.resume, run.id, allowed=allowed)
            if does == "wait" and not isinstance(outcome, BaseException):
                outcome = attempt(finish, outcome, 8, allowed=allowed)
        self.seen["the store failed"] += bool(failures)
        if isinstance(outcome, UnknownOutcomeError | RecordError) and failures:
            self.what_was_started_is_not_called_unsent(plan, str(outcome))

    def what_was_started_is_not_called_unsent(self, plan: Any, said: str) -> None:
        if "Nothing was sent" in said or "Nothing was started" in said:
            assert not [job for job in self.jobs_of_plan(plan.id) if job not in {one for _, one in self.owned_jobs()}], said

    @precondition(lambda self: self.all_runs())
    @rule(number=some, keeps=strategies.booleans())
    def import_a_copy(self, number, keeps):
        """Somebody brings a record back that was exported some time ago, or just now."""
        if keeps or not self.copies:
            self.copies.append(self.store.get(self.some_run(number).id))
            return
        before = (
            [(run.id, run.state) for run in self.runs_in()],
            self.rows("SELECT substr(claim_key, 9), run_id FROM ddmkit_step_claims"),
        )
        self.kits["ada"]._context.store.import_runs([self.copies[number % len(self.copies)]])
        after = (
            [(run.id, run.state) for run in self.runs_in()],
            self.rows("SELECT substr(claim_key, 9), run_id FROM ddmkit_step_claims"),
        )
        assert before == after
        self.seen["imported"] += 1

    @precondition(lambda self: self.runs_in("running"))
    @rule(who=operators, number=some, is_closed=strategies.booleans())
    def forget_a_job(self, who, number, is_closed):
        """The service forgets a job that has ended, and a person closes its run."""
        run = self.some_run(number, "running")
        if not self.has_ended({"job_id": run.job_id}) or self.stopped:
            return
        self.simulator.world.settle()
        self.simulator.world.set_job(run.job_id, hidden_looks=FOR_EVER)
        self.forgotten.add(run.job_id)
        self.seen["forgotten"] += 1
        if is_closed:
            self.close_without_job(self.kits[who], run)

    def close_without_job(self, kit: Any, run: Any) -> None:
        self.simulator.advance(timedelta(minutes=3))
        allowed = (NotReadyError, InputError)
        closed = attempt(kit.release, run.id, reason="forgotten", confirm=run.header.target_name, allowed=allowed)
        self.seen["closed without its job"] += not isinstance(closed, Exception)

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
        is_lost=strategies.booleans(),
        faults=strategies.sampled_from(SEND_FAULTS),
    )
    def end_sending(self, sender, is_lost, faults):
        if sender not in self.stopped:
            return  # it went on while somebody released its run
        self.stopped.remove(sender)
        with self.effects_of(None if is_lost else sender.plan, late=True), self.faults(faults):
            outcome = sender.lose() if is_lost else sender.go_on()
        if not is_lost:
            self.note_outcome(sender.plan, outcome)
        self.seen["lost" if is_lost else "went on"] += 1

    @rule(
        what=strategies.sampled_from(
            ["ada starts anew", "grace starts anew", "1 minute", "3 minutes", "31 minutes", "source", "target", "clock"]
        ),
        who=operators,
        clock=strategies.sampled_from(sorted(CLOCKS)),
    )
    def meanwhile(self, what, who, clock):
        first = what.split()[0]
        if first in self.kits:
            self.kits[first].close()
            self.kits[first] = self.open_kit(first)
        elif what == "clock":
            self.wrong_by[who] = CLOCKS[clock]
            self.seen["a clock was wrong"] += clock != "right"
        elif first.isdigit():
            self.simulator.advance(timedelta(minutes=int(first)))
        elif not self.stopped and not self.runs_in(*UNDECIDED):
            # Somebody restarts an instance in the console. Not while an outcome is open: a job that began then could be
            # the restore's, and a person would have to tell.
            place = self.stage.source if first == "source" else self.stage.targets[0]
            self.simulator.world.add_job(place, duration_ms=1)

    @precondition(lambda self: self.all_runs())
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
        if run.job_id in self.forgotten:
            return  # nothing more can be seen of it
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
        races=strategies.booleans(),
    )
    def decide(self, who, number, minutes, adopts, faults, races):
        """A person says which job it was, or that there was none; a sender may go on while they look."""
        self.simulator.advance(timedelta(minutes=minutes))
        run = self.some_run(number, *UNDECIDED)
        if races and self.stopped:
            self.release_while_a_sender_goes_on(self.kits[who], self.stopped[number % len(self.stopped)])
            return
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
        if is_its or job_id in self.store.owned_ids():
            adopted = attempt(kit.adopt, run.id, job_id, allowed=(InputError, ServiceError))
            assert is_its or isinstance(adopted, InputError)
            self.seen["adopted by a person"] += not isinstance(adopted, Exception)

    def release_while_a_sender_goes_on(self, kit: Any, sender: Any) -> None:
        """Somebody looks at the target of what a stopped sender sends; it goes on meanwhile, and its plan is sent again."""
        run = self.store.run_of_plan(sender.plan.id)
        look, other = kit._client.list_schemas, self.kits["ada" if kit is self.kits["grace"] else "grace"]
        outcomes = []

        def go_on_meanwhile(instance_id: str) -> Any:
            if sender in self.stopped:
                self.stopped.remove(sender)
                outcomes.append(sender.go_on())
                attempt(submit, other, sender.plan)
                self.seen["a sender went on while its run was released"] += 1
            return look(instance_id)

        kit._client.list_schemas = go_on_meanwhile
        try:
            with self.effects_of(sender.plan, late=True):
                allowed = (NotReadyError, ServiceError, InputError, RecordError)
                released = attempt(kit.release, run.id, reason="looked", confirm=run.header.target_name, allowed=allowed)
        finally:
            kit._client.list_schemas = look
        for outcome in outcomes:  # a sender whose clock went back by a day meanwhile may have sent
            self.note_outcome(sender.plan, outcome)
        assert isinstance(released, Exception) or self.store.get(run.id).state != "sending"
        self.seen["released"] += not isinstance(released, Exception)

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
        runs = self.all_runs()
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
            is_closed = run.state == "released" and run.job_id in self.forgotten
            assert not run.job_id or run.state in {"running", "completed", "failed"} or is_closed, run

    def no_job_belongs_to_two_runs(self) -> None:
        owners = Counter(job_id for _, job_id in self.owned_jobs())
        assert all(count == 1 for count in owners.values()), owners

    def an_open_restore_is_claimed_and_a_claim_is_of_an_open_restore(self, runs: Sequence[Any]) -> None:
        claims = dict(self.rows("SELECT substr(claim_key, 9), run_id FROM ddmkit_step_claims"))
        for target in self.stage.targets:
            unsettled = {run.id for run in runs if run.header.target_id == target and run.state in UNSETTLED}
            assert (target in claims) == bool(unsettled)
            assert target not in claims or claims[target] in unsettled
            assert len(unsettled) <= 1 or target in self.woken

    # The end -----------------------------------------------------------------------------------------------------

    def settle_everything(self) -> None:
        """Bring every open run to its end the way a person would, who can see the service's console."""
        self.stopped.clear()
        self.wrong_by = dict.fromkeys(self.wrong_by, timedelta(0))
        self.simulator.clear_faults()
        self.simulator.advance(timedelta(minutes=10))
        self.simulator.world.settle()
        for job in self.simulator.world.storage.every(Job, "outcome = 'Stalled'"):
            self.simulator.world.set_job(job.id, outcome="Failed", fail_reason="stopped by the service")
        for run in self.runs_in(*UNSETTLED):
            self.settle(run)

    def settle(self, run: Any) -> None:
        kit = self.kits["grace"]
        if run.job_id in self.forgotten:
            self.close_without_job(kit, run)
            return
        job = attempt(kit.resume, run.id, allowed=(UnknownOutcomeError, InputError))
        if isinstance(job, InputError):  # its own program knew that nothing was sent, and could write it down only now
            assert self.store.get(run.id).state == "freed"
            return
        if isinstance(job, UnknownOutcomeError):
            started = [one for one in self.jobs_of_plan(run.header.plan_id) if one not in self.store.owned_ids()]
            if not started:
                empty(self.simulator.world, run.header.target_id)
                kit.release(run.id, reason="the console shows no job", confirm=run.header.target_name)
                return
            job = kit.adopt(run.id, started[0])
        attempt(finish, job, allowed=(JobFailedError,))

    def everything_ends_well(self) -> None:
        runs = self.all_runs()
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
        return open_kit(self.simulator, self.records, who, side_by_side=1, wrong_by=lambda: self.wrong_by[who])

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
        is_second = (own is None or own.state in {"opened", "refused", "freed"}) and self.other_restore_is_open(plan, who)
        with self.effects_of(plan, who=who), self.faults(faults):
            outcome = attempt(submit, self.kits[who], plan)
        self.note_outcome(plan, outcome)
        assert isinstance(outcome, BusyError) or not is_second, repr(outcome)
        return outcome

    def start_sending(self, who: str, plan: Any, stop: str, faults: tuple[str, ...]) -> Any:
        with self.effects_of(plan, who=who), self.faults(faults):
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
    def effects_of(self, plan: Any | None, *, late: bool = False, who: str = "ada") -> Iterator[None]:
        """What is done within may send this plan, once, while it is fresh and its target free; nothing else."""
        before = {job["job_id"] for job in self.jobs()}
        requests = sent(self.simulator)
        is_fresh = plan is not None and self.kits[who].now() <= plan.expires
        may_send = plan is not None and (late or (is_fresh and not self.others_in_the_way(plan, who)))
        yield
        new = [job["job_id"] for job in self.jobs() if job["job_id"] not in before]
        arrived = sent(self.simulator) - requests
        assert len(new) <= arrived
        assert arrived == 0 or may_send
        if plan is not None:
            self.plan_of_job |= dict.fromkeys(new, plan)
            self.arrived[plan.id] += arrived

    def open_elsewhere(self, plan: Any) -> list[Any]:
        """Return the runs of other plans that are open for the same target."""
        target = plan.request.target_instance_id
        runs = [run for run in self.runs_in(*UNSETTLED) if run.header.target_id == target]
        return [run for run in runs if run.header.plan_id != plan.id]

    def others_in_the_way(self, plan: Any, who: str) -> list[Any]:
        """Return the open runs of other plans, without those that this kit itself gave up before anything was sent.

        The store failed before that could be written; it is written as soon as the store answers again.
        """
        given_up = self.kits[who]._context.not_sent
        others = self.open_elsewhere(plan)
        return [run for run in others if (run.id, "") not in given_up or self.jobs_of_plan(run.header.plan_id)]

    def other_restore_is_open(self, plan: Any, who: str) -> bool:
        digests = {run.header.digest for run in self.others_in_the_way(plan, who)}
        return bool(digests) and plan.digest not in digests

    @contextmanager
    def faults(self, names: tuple[str, ...]) -> Iterator[None]:
        for name in names:
            self.simulator.inject(name)
        try:
            yield
        finally:
            self.simulator.clear_faults()

    def all_runs(self) -> Sequence[Any]:
        """Give all runs; read anew only when somebody has written since."""
        version = self.reader.execute("PRAGMA data_version").fetchone()
        if version != self.known[0]:
            self.known = version, self.store.list()
        return self.known[1]

    def runs_in(self, *states: str) -> list[Any]:
        return [run for run in self.all_runs() if not states or run.state in states]

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
        """Return every run with each job that it was answered with or has adopted."""
        jobs = "SELECT run_id, json_extract(data, '$.job_id') FROM ddmkit_events WHERE kind IN ('answered', 'adopted')"
        return set(self.rows(jobs))

    def rows(self, query: str) -> list[Any]:
        return self.reader.execute(query).fetchall()


def attempt(act: Any, *arguments: Any, allowed: tuple[type[BaseException], ...] = REFUSALS, **options: Any) -> Any:
    """Return the result, or the error if it is one of those that may happen here."""
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


def beginnings(seen: Counter[str]) -> Iterator[int]:
    """Return many beginnings, because the games of one seed are much alike: the same in every run, new ones each night."""
    yield from SEEDS
    while seen["steps"] < STEPS:
        yield randrange(2**32)


@pytest.mark.timeout(6 * 3600)
def test_whatever_happens_no_plan_takes_effect_twice_and_no_restore_is_lost(prepared):
    seen: Counter[str] = Counter()
    try:
        for number in beginnings(seen):
            play = seed(number)(lambda: Restores(prepared, seen))
            run_state_machine_as_test(play, settings=PROFILE)
    finally:
        print("\n".join([f"seed {number}", *(f"{count:7} {what}" for what, count in sorted(seen.items()))]))
    assert seen["steps"] >= STEPS
    print(f"{seen['steps']} steps: no plan took effect twice, and no restore was lost.")
    # A machine that never gets into trouble would prove nothing.
    assert [trouble for trouble in TROUBLES if not seen[trouble]] == []
