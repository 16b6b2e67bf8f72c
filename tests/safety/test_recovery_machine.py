"""Whole recoveries played by two operators with one store, with everything that can go wrong, in any order.

Programs are killed at any write and any request, answers are lost, instances are created behind an error, stores fail,
clocks are wrong by minutes and by a day, and two operators go on with one run at the same time. After each step the truth of
the simulator is held against the record: for each source node at most one instance, never an empty one, every instance on
the record, nothing deleted that was not ours, and the password nowhere.

HYPOTHESIS_PROFILE=nightly plays for longer: 50,000 steps, or as many as DDMKIT_STATE_MACHINE_STEPS says. Games are long,
because their beginning and end cost as much as sixty steps: a whole recovery is planned, and all that is open is ended.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from itertools import count
from random import randrange
from typing import Any

import pytest
from hypothesis import Phase, Verbosity, seed, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from ddmkit.errors import (
    BusyError,
    InputError,
    JobFailedError,
    JobTimeoutError,
    NotConfirmedError,
    NotReadyError,
    RecordError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
from ddmkit.records import RecordStore, verify_chain
from ddmkit.records.steps import DELETION
from ddmkit.recovery.run.view import RecoveryView
from ddmkit.recovery.steps import RESTORE, TARGET, StepState, node_step
from ddmkit.simulator import Simulator
from tests.nightly import IS_NIGHT, times
from tests.safety.mortal import Mortal, open_kit, patient_client
from tests.safety.senders import Lost, failing_store

# One game after another, as it comes: to shrink a game of whole recoveries takes longer than to read it. The first game of
# each beginning is the simplest possible one, of one step.
PROFILE = settings(
    settings.get_profile("nightly" if IS_NIGHT else "every-run"),
    phases=(Phase.generate,),
    verbosity=Verbosity.quiet,
    max_examples=times(5, at_night=9),
    stateful_step_count=63,
)
# Its games meet all troubles. When a change of the product lets them miss one, another seed is as good.
SEED = 3
STEPS = int(os.environ.get("DDMKIT_STATE_MACHINE_STEPS", times(250, at_night=50_000)))
NOW = datetime(2026, 5, 20, 12, tzinfo=UTC)
CANARY = "Canary-7f3a9c!"
WRITES = frozenset({"POST", "PUT", "DELETE"})
UNDECIDED = frozenset({StepState.SENDING, StepState.UNKNOWN})
CLOCKS = {
    "right": timedelta(0),
    "3 minutes ahead": timedelta(minutes=3),
    "3 minutes behind": timedelta(minutes=-3),
    "a day ahead": timedelta(days=1),
    "a day behind": timedelta(days=-1),
}
# What the service may do to a request that changes something, or to what it starts.
FAULTS = (
    *((),) * 6,
    ("lost-answer@RDS.CreateInstance",),
    ("dies-after-accept@RDS.CreateInstance",),
    ("timeout-but-created",),
    ("timeout-but-created*2", "password-echoed"),
    ("no-id-in-answer", "node-job-late"),
    ("password-echoed", "no-id-in-answer"),
    ("bad-json@RDS.CreateInstance",),
    ("truncated-body@RDS.CreateInstance",),
    ("server-error@RDS.CreateInstance",),
    ("html-502@RDS.CreateInstance",),
    ("throttled@RDS.CreateInstance",),
    ("busy-source",),
    ("node-job-failed",),
    ("late-private-ip", "backing-up-after"),
    ("lost-answer@CreateDdmInstance",),
    ("server-error@CreateDdmInstance",),
    ("ddm-create-failed",),
    ("ddm-accounts-present",),
    ("lost-answer",),
    ("lost-answer", "job-fails"),
    ("server-error@RestoreMetadata",),
    ("refused-busy",),
    ("job-fails",),
    ("job-late",),
    ("cts-denied",),
    ("vpc-denied",),
    ("trace-missing",),
    ("server-error@RDS.ListInstances*2",),
    ("cut-pages@RDS.ListInstances",),
    ("lost-answer@RDS.DeleteInstance",),
    ("lost-answer@DeleteDdmInstance",),
    ("delete-refused-restoring",),
)
ACTIONS = (
    *("go on",) * 4,
    *("go on while the store fails",) * 2,
    *("decide",) * 3,
    *("two at once", "give up", "look"),
)
ENDINGS = (
    BusyError,
    InputError,
    JobFailedError,
    JobTimeoutError,
    NotConfirmedError,
    NotReadyError,
    ServiceError,
    UnknownOutcomeError,
    UnreachableError,
)
TROUBLES = (
    "killed",
    "the store failed",
    "a clock was wrong",
    "two at once",
    "given up",
    "released",
    "sent again",
    "went on: RecoveryRun",
    "went on: JobFailedError",
    "went on: UnknownOutcomeError",
    "ended completed",
    "ended abandoned",
    "nodes",
    "targets",
    "deleted",
    *(("adopted by a person",) if IS_NIGHT else ()),
)

operators = strategies.sampled_from(["ada", "grace"])
some = strategies.integers(min_value=0, max_value=1000)
faults = strategies.sampled_from(FAULTS)
# Whether the program is killed: never, or at a write or request with this number, before or after it, reads counted or not.
deaths = strategies.one_of(
    strategies.none(),
    strategies.tuples(strategies.integers(0, 30), strategies.booleans(), strategies.sampled_from([False, False, True])),
)


class Recoveries(RuleBasedStateMachine):
    """What people do with recoveries, and what happens to them meanwhile."""

    def __init__(self, prepared: Any, seen: Counter[str]) -> None:
        super().__init__()
        self.folder, self.seen = prepared, seen
        self.records = self.folder / "records.sqlite"
        for path in (*self.folder.glob("records.sqlite*"), *self.folder.glob("world.sqlite*")):
            path.unlink()
        shutil.copy(self.folder / "prepared.sqlite", self.folder / "world.sqlite")
        self.simulator = Simulator(self.folder / "world.sqlite").start()
        self.facts = self.simulator.facts
        self.wrong_by = dict.fromkeys(("ada", "grace"), timedelta(0))
        self.kits = {name: self.open_kit(name) for name in ("ada", "grace")}
        self.store = RecordStore.open(self.records, service=self.simulator.world_id, clock=self.simulator.now)
        self.reader = sqlite3.connect(self.records)
        self.known: tuple[Any, dict[str, RecoveryView]] = (None, {})
        self.plans: dict[str, Any] = {}
        self.there_before = self.nodes() | self.targets()
        self.said: list[str] = []
        self.refusals = 0

    def teardown(self) -> None:
        try:
            self.settle_everything()
            self.everything_ended_well()
        finally:
            for kit in self.kits.values():
                kit.close()
            self.reader.close()
            self.store.close()
            self.simulator.close()

    # Steps -------------------------------------------------------------------------------------------------------

    @initialize()
    def begin_one(self):
        self.begin("ada", {}, None, (), None, True)

    @precondition(lambda self: not self.open_runs() or self.refusals < 2)
    @rule(
        who=operators,
        takes=strategies.sampled_from([False, False, True]),
        is_drill=strategies.booleans(),
        lets_create=strategies.sampled_from([True, True, True, False]),
        faults=faults,
        death=deaths,
        knows=strategies.sampled_from([True, True, False]),
    )
    def plan_and_begin(self, who, takes, is_drill, lets_create, faults, death, knows):
        taken = {self.facts_of_nodes()[0]: self.facts.data_nodes[0]} if takes else {}
        changes = {"throwaway": is_drill, **({} if lets_create else {"target": self.facts.target})}
        self.begin(who, taken, changes, faults, death, knows)

    @precondition(lambda self: self.known[1])
    @rule(
        what=strategies.sampled_from(ACTIONS),
        who=operators,
        number=some,
        rounds=strategies.integers(1, 12),
        faults=faults,
        death=deaths,
        knows=strategies.sampled_from([True, True, False]),
    )
    def go_on(self, what, who, number, rounds, faults, death, knows):
        """One rule for all, because Hypothesis leaves whole rules out of most games."""
        if what == "look":
            self.only_look(who, number)
        elif self.open_runs():
            run_id = self.some_open(number)
            if what == "go on":
                self.wait(who, run_id, rounds, faults, death, knows)
            elif what == "go on while the store fails":
                self.go_on_while_the_store_fails(who, run_id, number, rounds, faults)
            elif what == "two at once":
                self.two_go_on_at_once(run_id, rounds, faults)
            elif what == "decide":
                self.decide(who, run_id, number, faults)
            else:
                self.give_up(who, run_id, faults, death)

    def go_on_while_the_store_fails(self, who, run_id, number, rounds, faults):
        """The store fails at one read or write, or from that one on; a write may be kept though it seemed to fail."""
        kit, how = self.kits[who], {"after": number % 61, "is_kept": number % 2 == 0, "heals": number % 3 == 0}
        with self.faults(faults), failing_store(kit, **how) as failures:
            self.said.append(str(attempt(lambda: drive(kit, run_id, rounds), allowed=(*ENDINGS, RecordError))))
        self.seen["the store failed"] += bool(failures)

    def two_go_on_at_once(self, run_id, rounds, faults):
        with self.faults(faults), ThreadPoolExecutor(2) as pool:
            both = [pool.submit(attempt, lambda kit=kit: drive(kit, run_id, rounds)) for kit in self.kits.values()]
            self.said += [str(one.result()) for one in both]
        self.seen["two at once"] += 1

    def decide(self, who, run_id, number, faults):
        """A person accepts what is asked, and says what became of a step, or sends it again."""
        self.simulator.advance(timedelta(minutes=16 * (number % 2)))
        with self.faults(faults):
            self.decide_on(self.kits[who], run_id, adopts=number % 3 == 0)

    def give_up(self, who, run_id, faults, death):
        def abandon() -> Any:
            todo = self.kits[who].plan_abandon(run_id)
            return self.kits[who].abandon(todo, confirm=todo.confirmation)

        with self.faults(faults):
            outcome = self.act(who, abandon, death)
        self.seen["given up"] += not isinstance(outcome, BaseException)

    def only_look(self, who, number):
        """Whoever looks sends nothing."""
        runs, sent = sorted(self.known[1]), self.sent()
        run_id = runs[number % len(runs)]
        allowed = ENDINGS if has_plan(self.views()[run_id]) else (*ENDINGS, RecordError)
        for look in (self.kits[who].resume, self.kits[who].plan_abandon):
            self.said.append(str(attempt(look, run_id, allowed=allowed)))
        assert self.sent() == sent

    @rule(
        what=strategies.sampled_from(["ada starts anew", "grace starts anew", "1", "20", "1500", "clock", "clock", "clock"]),
        who=operators,
        clock=strategies.sampled_from(sorted(CLOCKS)),
    )
    def meanwhile(self, what, who, clock):
        first = what.split()[0]
        if first in self.kits:
            self.start_anew(first)
        elif what == "clock":
            self.wrong_by[who] = CLOCKS[clock]
            self.seen["a clock was wrong"] += clock != "right"
        else:
            self.simulator.advance(timedelta(minutes=int(first)))

    # What must hold after each -----------------------------------------------------------------------------------

    @invariant()
    def the_record_agrees_with_the_truth(self):
        self.seen["steps"] += 1
        views = self.views()
        self.every_source_node_has_at_most_one_instance_that_is_not_empty()
        self.every_instance_is_on_the_record(views)
        self.nothing_was_deleted_that_was_not_ours(views)
        self.the_metadata_are_restored_at_most_once(views)
        self.at_most_one_recovery_of_a_source_is_open(views)

    def every_source_node_has_at_most_one_instance_that_is_not_empty(self) -> None:
        made: Counter[Any] = Counter()
        for row in self.new_nodes():
            plan = self.plans[self.plan_of(row)]
            node = next(one for one in plan.nodes if one.request is not None and one.request.name == row["name"])
            assert (row["recovered_from"], row["recovered_at"]) == (node.source_id, plan.instant.ms), row
            made[plan.id, node.source_id] += 1
        for row in self.new_targets():
            made[self.plan_named(row["name"]), TARGET] += 1
        assert not [key for key, number in made.items() if number > 1], made

    def every_instance_is_on_the_record(self, views: dict[str, RecoveryView]) -> None:
        of_plan = {view.run.header.plan_id: view for view in views.values()}
        for row in self.new_nodes():
            plan_id = self.plan_of(row)
            node = next(one for one in self.plans[plan_id].nodes if one.request and one.request.name == row["name"])
            self.is_on_the_record(of_plan[plan_id], node_step(node.source_id), row["id"])
        for row in self.new_targets():
            self.is_on_the_record(of_plan[self.plan_named(row["name"])], TARGET, row["id"])

    def is_on_the_record(self, view: RecoveryView, step: str, instance_id: str) -> None:
        state = view.state_of(step)
        # Without an id in the answer, the job names the instance, and the unique name finds it until then.
        is_followed = state is StepState.RUNNING and not view.made_by(step)
        assert view.made_by(step) == instance_id or is_followed or state in UNDECIDED, (step, state, view.made_by(step))

    def nothing_was_deleted_that_was_not_ours(self, views: dict[str, RecoveryView]) -> None:
        now = self.nodes() | self.targets()
        for instance_id in self.there_before:
            assert now[instance_id]["deleted"] == self.there_before[instance_id]["deleted"]
        asked = {
            str(event.data.get("step", "")).removeprefix(DELETION)
            for view in views.values()
            for event in view.run.events
            if event.kind == "step-intent"
        }
        gone = {row["id"] for row in (*self.new_nodes(), *self.new_targets()) if row["deleted"] is not None}
        assert gone <= asked

    def the_metadata_are_restored_at_most_once(self, views: dict[str, RecoveryView]) -> None:
        restores: Counter[str] = Counter()
        planned = [view for view in views.values() if has_plan(view)]
        for restore in self.simulator.effective_restores():
            owners = [view for view in planned if view.target_id == restore["target"]]
            own = [one for one in owners if one.step(RESTORE).job_id == restore["job_id"]]
            open_ones = [one for one in owners if one.state_of(RESTORE) in UNDECIDED]
            assert own or open_ones, restore
            restores.update(one.run.id for one in own)
        # A restore whose job failed may be made again by a person.
        failed = Counter(
            view.run.id for view in views.values() for event in view.events_of(RESTORE) if event.kind == "failed"
        )
        assert all(number <= 1 + failed[run_id] for run_id, number in restores.items())

    def at_most_one_recovery_of_a_source_is_open(self, views: dict[str, RecoveryView]) -> None:
        open_ones = [view.run.id for view in views.values() if not view.run.state.is_settled]
        assert len(open_ones) <= 1
        claims = [run for (run,) in self.rows("SELECT run_id FROM ddmkit_step_claims WHERE claim_key LIKE 'recovery:%'")]
        assert set(open_ones) <= set(claims)

    # The end -----------------------------------------------------------------------------------------------------

    def settle_everything(self) -> None:
        """Bring every open run to its end the way a person would, who can see the service's console."""
        self.wrong_by = dict.fromkeys(self.wrong_by, timedelta(0))
        self.simulator.clear_faults()
        for name in self.kits:
            self.start_anew(name)
        for tries in count():
            open_ones = self.open_runs()
            if not open_ones:
                return
            assert tries < 30, [(view.run.id, view.run.state, view.states) for view in self.views().values()]
            self.simulator.advance(timedelta(minutes=20))
            self.wait("grace", open_ones[0], 40, (), None, True)
            if open_ones[0] in self.open_runs():
                self.decide_on(self.kits["grace"], open_ones[0], adopts=tries % 2 == 0)
            if tries > 8 and open_ones[0] in self.open_runs():
                todo = attempt(self.kits["grace"].plan_abandon, open_ones[0])
                if not isinstance(todo, Exception):
                    attempt(self.kits["grace"].abandon, todo, confirm=todo.confirmation)

    def everything_ended_well(self) -> None:
        for view in self.views().values():
            assert not verify_chain(self.store.get(view.run.id))
            self.seen[f"ended {view.run.state}"] += 1
            if view.run.state == "completed":
                assert all(one["restore_time"] == view.plan.instant.ms for one in self.recoveries_of(view))
        self.nothing_is_locked()
        self.seen["nodes"] += len(self.new_nodes())
        self.seen["targets"] += len(self.new_targets())
        self.seen["deleted"] += sum(row["deleted"] is not None for row in (*self.new_nodes(), *self.new_targets()))
        for place in self.folder.glob("records.sqlite*"):
            assert CANARY.encode() not in place.read_bytes(), place
        assert CANARY not in "".join(self.said)

    def nothing_is_locked(self) -> None:
        """Whatever a killed program left behind, the next recovery of the source can begin."""
        self.simulator.advance(timedelta(minutes=10))  # a clock that was wrong by three minutes included
        kit = self.kits["ada"]
        plan = kit.plan_recovery(source=self.facts.source, restore_time=self.facts.restore_time)
        outcome = attempt(kit.recover, plan, confirm="another name", node_password=CANARY)
        assert not isinstance(outcome, BusyError), outcome
        assert self.rows("SELECT claim_key FROM ddmkit_step_claims") == []

    def recoveries_of(self, view: RecoveryView) -> list[dict[str, Any]]:
        ids = set(view.node_ids.values())
        return [one for one in self.simulator.effective_changes() if one["kind"] == "restore" and one["id"] in ids]

    # What people do ----------------------------------------------------------------------------------------------

    def begin(self, who: str, taken: Any, changes: Any, faults: Sequence[str], death: Any, knows: bool) -> None:
        kit = self.kits[who]
        values = {"source": self.facts.source, "restore_time": self.facts.restore_time, "nodes": taken, **(changes or {})}
        sent = self.sent()
        plan = kit.plan_recovery(**values)
        assert self.sent() == sent
        self.plans[plan.id] = plan
        busy = self.open_runs()
        self.refusals += bool(busy)
        password = CANARY if knows else None
        with self.faults(faults):
            outcome = self.act(
                who,
                lambda: kit.recover(plan, confirm=plan.source_name, accept=plan.warnings, node_password=password),
                death,
            )
        same = [one for one in self.plans.values() if one.digest == plan.digest and one.id != plan.id]
        if busy and not same:
            assert isinstance(outcome, BaseException), outcome
        self.seen[f"began: {type(outcome).__name__}"] += 1

    def wait(self, who: str, run_id: str, rounds: int, faults: Sequence[str], death: Any, knows: bool) -> None:
        kit = self.kits[who]
        with self.faults(faults):
            outcome = self.act(who, lambda: drive(kit, run_id, rounds, password=CANARY if knows else None), death)
        self.seen[f"went on: {type(outcome).__name__}"] += 1

    def decide_on(self, kit: Any, run_id: str, *, adopts: bool) -> None:
        view, name = self.views()[run_id], self.plans[self.store.get(run_id).header.plan_id].source_name
        attempt(kit.accept, run_id, [one.id for one in view.open_warnings], confirm=name)
        for step, state in self.states_of(view).items():
            if state in UNDECIDED:
                self.decide_on_step(kit, run_id, step, name, adopts=adopts)
            elif state in {StepState.FAILED, StepState.FREED, StepState.RELEASED} and not step.startswith(DELETION):
                again = attempt(kit.send_again, run_id, step=step, confirm=name, node_password=CANARY)
                self.seen["sent again"] += not isinstance(again, BaseException)
                self.said.append(str(again))

    def decide_on_step(self, kit: Any, run_id: str, step: str, name: str, *, adopts: bool) -> None:
        view = RecoveryView(self.store.get(run_id))
        made = [row["id"] for row in (*self.new_nodes(), *self.new_targets()) if row["name"] == self.name_of(view, step)]
        if step == RESTORE:
            made = [one["job_id"] for one in self.simulator.effective_restores() if one["target"] == view.target_id]
        if adopts and made:
            adopted = attempt(kit.adopt, run_id, made[-1], step=step)
            self.seen["adopted by a person"] += not isinstance(adopted, BaseException)
        confirm = view.plan.target.name if step == RESTORE else name
        released = attempt(kit.release, run_id, reason="looked", confirm=confirm, step=step)
        is_known = self.store.get(run_id)
        assert isinstance(released, BaseException) or not made or RecoveryView(is_known).made_by(step), (step, made)
        self.seen["released"] += not isinstance(released, BaseException)

    def states_of(self, view: RecoveryView) -> dict[str, StepState]:
        added = dict.fromkeys(str(event.data.get("step", "")) for event in view.run.events)
        return {**view.states, **{step: view.state_of(step) for step in added if step}}

    def name_of(self, view: RecoveryView, step: str) -> str:
        planned = view.plan.step(step)
        return planned.creates if planned is not None else ""

    def act(self, who: str, action: Any, death: Any) -> Any:
        """Act, and start anew when the program was killed."""
        mortal = Mortal(self.kits[who], at=death[0], after=death[1], reads=death[2]) if death is not None else None
        try:
            with mortal.living() if mortal is not None else nullcontext():
                outcome = attempt(action)
        except Lost as lost:
            outcome = lost
        if mortal is not None and mortal.is_dead:
            self.seen["killed"] += 1
            self.start_anew(who)
        self.said.append(f"{outcome} {getattr(outcome, '__notes__', '')}")
        return outcome

    def start_anew(self, who: str) -> None:
        self.kits[who].close()
        self.kits[who] = self.open_kit(who)

    def open_kit(self, who: str) -> Any:
        return open_kit(self.simulator, self.records, who, wrong_by=lambda: self.wrong_by[who])

    @contextmanager
    def faults(self, names: Sequence[str]) -> Iterator[None]:
        for name in names:
            self.simulator.inject(name)
        try:
            yield
        finally:
            self.simulator.clear_faults()

    # What is looked at -------------------------------------------------------------------------------------------

    def views(self) -> dict[str, RecoveryView]:
        """Return all runs; read anew only when somebody has written since."""
        version = self.reader.execute("PRAGMA data_version").fetchone()
        if version != self.known[0]:
            known = {one.id: self.known[1].get(one.id) for one in self.store.list()}
            fresh = {
                key: one for key, one in known.items() if one is not None and one.run.state in {"completed", "abandoned"}
            }
            read = {key: RecoveryView(self.store.get(key)) for key in known if key not in fresh}
            self.known = version, {**fresh, **read}
        return self.known[1]

    def open_runs(self) -> list[str]:
        return [key for key, view in self.views().items() if not view.run.state.is_settled]

    def some_open(self, number: int) -> str:
        runs = self.open_runs()
        return runs[number % len(runs)]

    def facts_of_nodes(self) -> list[str]:
        return [row["recovered_from"] for row in self.nodes().values() if row["id"] == self.facts.data_nodes[0]]

    def nodes(self) -> dict[str, Any]:
        return {row["id"]: row for row in self.simulator.world.storage.select("SELECT * FROM data_nodes")}

    def targets(self) -> dict[str, Any]:
        return {row["id"]: row for row in self.simulator.world.storage.select("SELECT * FROM instances")}

    def new_nodes(self) -> list[Any]:
        return [row for key, row in self.nodes().items() if key not in self.there_before]

    def new_targets(self) -> list[Any]:
        return [row for key, row in self.targets().items() if key not in self.there_before]

    def plan_of(self, row: Any) -> str:
        """Return the plan of a new node by its tag; a plain instance would have none."""
        return str(next(tag["value"] for tag in json.loads(row["tags"]) if tag["key"] == "ddmkit-recovery"))

    def plan_named(self, name: str) -> str:
        return next(plan.id for plan in self.plans.values() if name in plan.new_names)

    def sent(self) -> int:
        asking = {"RDS.ListSimplifiedInstances"}
        return sum(one.method in WRITES and one.operation not in asking for one in self.simulator.requests)

    def rows(self, query: str) -> list[Any]:
        return self.reader.execute(query).fetchall()


def drive(kit: Any, run_id: str, rounds: int, *, password: str | None = None) -> Any:
    """Resume a run and go on for so many rounds."""
    ticks = count()
    run = kit.resume(run_id, node_password=password)
    return run.wait(timeout_s=rounds, poll_s=60, say=None, monotonic=lambda: float(next(ticks)))


def has_plan(view: RecoveryView) -> bool:
    """Return whether the record holds a plan; a program that was killed early leaves one without, and has sent nothing."""
    return any(event.kind == "planned" for event in view.run.events)


def attempt(act: Any, *arguments: Any, allowed: tuple[type[BaseException], ...] = ENDINGS, **options: Any) -> Any:
    """Return the result, or the error if it is one of those that may happen here."""
    try:
        return act(*arguments, **options)
    except allowed as error:
        return error


@pytest.fixture
def prepared(tmp_path, monkeypatch):
    monkeypatch.delenv("DDMKIT_NODE_PASSWORD", raising=False)
    monkeypatch.setattr("ddmkit.kit.Client", patient_client)
    with Simulator(tmp_path / "prepared.sqlite", scenario="half-recovered", now=NOW):
        pass
    gc.freeze()  # else each of many collections looks at all that other tests have loaded
    yield tmp_path
    gc.unfreeze()


def beginnings(seen: Counter[str]) -> Iterator[int]:
    """Return beginnings until the game is long enough: the same in every run, new ones each night."""
    for number in count(SEED):
        yield randrange(2**32) if IS_NIGHT else number
        if seen["steps"] >= STEPS:
            return


# A program that is killed leaves its connections to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.timeout(6 * 3600)
def test_whatever_happens_no_node_is_recovered_twice_and_no_instance_is_lost(prepared, caplog):
    caplog.set_level(logging.DEBUG, logger="ddmkit")
    seen: Counter[str] = Counter()
    try:
        for number in beginnings(seen):
            play = seed(number)(lambda: Recoveries(prepared, seen))
            run_state_machine_as_test(play, settings=PROFILE)
            assert CANARY not in caplog.text
            caplog.clear()
    finally:
        print("\n".join([f"seed {number}", *(f"{times:7} {what}" for what, times in sorted(seen.items()))]))
    assert seen["steps"] >= STEPS
    # A machine that never gets into trouble would prove nothing.
    assert [trouble for trouble in TROUBLES if not seen[trouble]] == []
