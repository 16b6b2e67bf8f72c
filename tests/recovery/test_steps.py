"""The graph of steps: what may start when, as tables and as a random game."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddmkit.recovery.steps import (
    AT_ONCE,
    PROVE_NETWORK,
    PROVE_NODES,
    REFRESH,
    RESTORE,
    TARGET,
    VERIFY,
    PlannedStep,
    StepState,
    next_steps,
    node_of,
    node_step,
    order_steps,
)

S = StepState


def graph(nodes=3, *, target=True):
    made = [PlannedStep(name=node_step(f"n{i}"), title="node", claim_key=f"node:n{i}") for i in range(1, nodes + 1)]
    new = PlannedStep(name=TARGET, title="target", claim_key="create:t") if target else None
    restore = PlannedStep(name=RESTORE, title="restore", claim_key="restore:t")
    return order_steps(made, new, restore, PlannedStep(name=REFRESH, title="refresh", claim_key="sync:t"))


def short(steps, states):
    """Return what may start, with states given by short names: 1, 2 for nodes."""
    full = {f"node:n{name}" if name.isdigit() else name: state for name, state in states.items()}
    return [name.removeprefix("node:n") for name in next_steps(steps, full)]


ALL_MADE = {"1": S.COMPLETED, "2": S.COMPLETED, "3": S.COMPLETED, TARGET: S.COMPLETED}
PROVED = {**ALL_MADE, PROVE_NODES: S.COMPLETED, PROVE_NETWORK: S.COMPLETED}


@pytest.mark.parametrize(
    ("states", "may_start"),
    [
        ({}, ["1"]),
        ({"1": S.SENDING}, []),
        ({"1": S.UNKNOWN}, []),
        ({"1": S.FAILED}, []),
        ({"1": S.RUNNING}, ["2", "3"]),
        ({"1": S.COMPLETED, "2": S.SENDING}, ["3"]),
        ({"1": S.RUNNING, "2": S.RUNNING, "3": S.SENDING}, []),
        ({"1": S.RUNNING, "2": S.RUNNING, "3": S.FAILED}, []),
        ({"1": S.RUNNING, "2": S.FREED}, []),
        ({"1": S.RUNNING, "2": S.UNKNOWN}, []),
        ({"1": S.RUNNING, "2": S.RUNNING, "3": S.RUNNING}, [TARGET]),
        ({"1": S.COMPLETED, "2": S.COMPLETED, "3": S.COMPLETED, TARGET: S.RUNNING}, [PROVE_NODES]),
        ({"1": S.COMPLETED, "2": S.COMPLETED, "3": S.COMPLETED, TARGET: S.FAILED}, [PROVE_NODES]),
        (ALL_MADE, [PROVE_NODES, PROVE_NETWORK]),
        ({**ALL_MADE, PROVE_NODES: S.COMPLETED}, [PROVE_NETWORK]),
        ({**ALL_MADE, PROVE_NODES: S.COMPLETED, PROVE_NETWORK: S.WAITING}, []),
        ({**ALL_MADE, PROVE_NODES: S.FAILED, PROVE_NETWORK: S.COMPLETED}, []),
        (PROVED, [RESTORE]),
        ({**PROVED, RESTORE: S.RUNNING}, []),
        ({**PROVED, RESTORE: S.UNKNOWN}, []),
        ({**PROVED, RESTORE: S.COMPLETED}, [REFRESH]),
        ({**PROVED, RESTORE: S.COMPLETED, REFRESH: S.COMPLETED}, [VERIFY]),
        ({**PROVED, RESTORE: S.COMPLETED, REFRESH: S.COMPLETED, VERIFY: S.COMPLETED}, []),
    ],
)
def test_the_order_of_a_recovery(states, may_start):
    assert short(graph(), states) == may_start


def test_four_nodes_are_requested_at_a_time():
    assert short(graph(8), {"1": S.RUNNING}) == ["2", "3", "4", "5"]
    assert short(graph(8), {"1": S.RUNNING, "2": S.SENDING, "3": S.SENDING}) == ["4", "5"]


def test_what_is_taken_as_it_is_needs_no_request():
    steps = graph(0, target=False)
    assert short(steps, {}) == [PROVE_NODES, PROVE_NETWORK]
    assert short(graph(0), {}) == [TARGET, PROVE_NODES]
    assert short(graph(2, target=False), {"1": S.COMPLETED, "2": S.COMPLETED}) == [PROVE_NODES, PROVE_NETWORK]


def test_a_step_of_a_node_is_known_by_its_name():
    assert node_of(node_step("abc")) == "abc"
    assert node_of(TARGET) == ""


@settings(max_examples=200)
@given(st.integers(0, 7), st.booleans(), st.data())
def test_whatever_happens_no_step_starts_before_its_time(nodes, with_target, data):
    steps = graph(nodes, target=with_target)
    states = {}
    for _ in range(60):
        ready = next_steps(steps, states)
        sending = [name for name, state in states.items() if node_of(name) and state is S.SENDING]
        assert len(sending) + sum(node_of(name) != "" for name in ready) <= max(AT_ONCE, len(sending))
        for step in steps:
            if step.name in ready:
                assert all(states[name].is_done for name in step.after)
                assert all(states[name].is_accepted for name in step.after_accepted)
                assert not (step.sends and any(state.stops for state in states.values()))
        moved = [*ready, *(name for name, state in states.items() if state in {S.SENDING, S.RUNNING})]
        if not moved:
            break
        name = data.draw(st.sampled_from(moved))
        after = [S.COMPLETED, S.FAILED, S.RUNNING, S.RUNNING, S.UNKNOWN, S.COMPLETED] if name in states else [S.SENDING]
        states[name] = data.draw(st.sampled_from(after))


@given(st.integers(0, 7), st.booleans())
def test_a_recovery_in_which_all_goes_well_reaches_its_end(nodes, with_target):
    steps, states = graph(nodes, target=with_target), {}
    while ready := next_steps(steps, states):
        states[ready[0]] = S.COMPLETED
    assert set(states) == {step.name for step in steps}
