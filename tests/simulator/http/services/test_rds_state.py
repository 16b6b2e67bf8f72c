"""Which data nodes RDS shows, whose they are, and what a fault takes away from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ddmkit.simulator import Simulator
from ddmkit.simulator.http.services.rds_state import FIVE_MINUTES_MS, NodeState
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.nodes.backups import NodeBackup
from ddmkit.simulator.storage.schema import DataNode
from tests.simulator.conftest import NOW

Open = Callable[..., NodeState]


@pytest.fixture
def simulators() -> Iterator[list[Simulator]]:
    opened: list[Simulator] = []
    yield opened
    for one in opened:
        one.close()


@pytest.fixture
def state_with(simulators: list[Simulator]) -> Open:
    """Return a function that opens the state of a new world with faults; nothing listens."""

    def open_state(*faults: str) -> NodeState:
        simulators.append(Simulator(now=NOW, faults=faults))
        return NodeState(simulators[-1]._context())

    return open_state


def test_a_deleted_node_is_not_shown_and_an_unknown_one_is_an_error(state_with: Open, simulators: list[Simulator]) -> None:
    state = state_with()
    first, *others = state.nodes()
    storage = simulators[0].world.storage
    assert state.require(first.id) == first
    with storage.writing():
        storage.change(DataNode, first.id, {"deleted": 1})
    assert state.nodes() == others
    for unknown in (first.id, "none"):
        with pytest.raises(ApiError) as refused:
            state.require(unknown)
        assert refused.value.status in {400, 404}


def test_the_nodes_of_the_source_belong_to_the_source_and_free_ones_to_nobody(
    state_with: Open, simulators: list[Simulator]
) -> None:
    owners, outline = state_with().owners(), simulators[0].world.outline
    assert outline.source in owners.values()
    assert not set(outline.data_nodes) & owners.keys()


@pytest.mark.parametrize(
    ("fault", "before", "at", "after"),
    [
        ("", True, True, True),
        ("time-gap", True, False, True),
        ("time-too-new", True, False, False),
        ("backup-failed", False, False, True),
    ],
)
def test_a_fault_takes_ranges_around_the_time_of_the_scenario(
    state_with: Open, simulators: list[Simulator], fault: str, before: bool, at: bool, after: bool
) -> None:
    state = state_with(*([fault] if fault else ()))
    point, owners = simulators[0].world.outline.restore_time, state.owners()
    node = next(one for one in state.nodes() if one.id in owners)
    ranges = state.ranges(node)

    def holds(instant: int) -> bool:
        return any(start <= instant <= end for start, end in ranges)

    assert (holds(point - 2 * FIVE_MINUTES_MS), holds(point), holds(point + 2 * FIVE_MINUTES_MS)) == (before, at, after)


def test_the_full_backups_before_the_time_fail_where_that_is_asked_for(
    state_with: Open, simulators: list[Simulator]
) -> None:
    calm, failing = state_with(), state_with("backup-failed")
    point = simulators[0].world.outline.restore_time
    early, increment = NodeBackup("a", "auto", 0, point), NodeBackup("b", "incremental", 0, point)
    late = NodeBackup("c", "auto", 0, point + 2 * FIVE_MINUTES_MS)
    assert calm.with_failed_backups((early, increment, late)) == [early, increment, late]
    assert [one.status for one in failing.with_failed_backups((early, increment, late))] == [
        "FAILED",
        "COMPLETED",
        "COMPLETED",
    ]
