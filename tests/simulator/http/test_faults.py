"""The text form of faults, and how often calls trigger them."""

from __future__ import annotations

import pytest

from ddmkit.simulator import FAULTS, Fault
from ddmkit.simulator.http.faults import ActiveFaults, parse_fault
from ddmkit.simulator.http.operations import ALL_OPERATIONS, Operation

BY_NAME: dict[str, Operation] = {operation.name: operation for operation in ALL_OPERATIONS}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("throttled", Fault("throttled", "", 1)),
        ("throttled@ListBackups*2", Fault("throttled", "ListBackups", 2)),
        ("slow*", Fault("slow", "", None)),
        ("bad-json@ListTasks%12.5", Fault("bad-json", "ListTasks", None, 12.5)),
        ("skewed-clock", Fault("skewed-clock", "", None)),
        ("cts-denied", Fault("cts-denied", "", None)),
        ("wrong-time", Fault("wrong-time", "", 1)),
        ("throttled@RDS.ListInstances*3", Fault("throttled", "RDS.ListInstances", 3)),
    ],
)
def test_a_fault_is_read_from_text_and_written_back(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault
    assert parse_fault(str(fault)) == fault
    assert parse_fault(fault) == fault


@pytest.mark.parametrize("text", ["flood", "", "throttled@", "throttled@Nothing", "throttled*x", "throttled*0", "a@b*1%2"])
def test_what_is_unknown_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"There is no|never be triggered"):
        parse_fault(text)


def test_the_refusal_lists_what_is_known() -> None:
    with pytest.raises(ValueError, match="dies-after-accept"):
        parse_fault("flood")
    with pytest.raises(ValueError, match="ShowAvalibleRds"):
        parse_fault("slow@Nothing")


def test_a_fault_strikes_so_often_and_no_more() -> None:
    faults = ActiveFaults("")
    faults.add(parse_fault("throttled*2"))
    assert [faults.take("throttled", BY_NAME["ListBackups"]) for _ in range(4)] == [True, True, False, False]


def test_each_fault_has_its_usual_calls() -> None:
    struck = {name: {o for o in BY_NAME if Fault(name).applies_to(BY_NAME[o])} for name in FAULTS}
    assert struck["lost-answer"] == struck["job-fails"] == {"RestoreMetadata"}
    assert "ShowInstance" not in struck["cut-pages"]
    assert "ListUsers" in struck["wrong-total"]
    assert "ShowInstance" in struck["throttled"]
    assert "KeystoneListProjects" not in struck["server-error"]
    assert "VPC.ShowVpc" in struck["throttled"]
    assert struck["sold-out"] == struck["stuck-build"] == {"RDS.CreateInstance"}
    assert struck["cts-denied"] == {"CTS.ListTraces", "CTS.ListOperations", "CTS.ListTrackers"}


def test_chance_comes_from_the_seed() -> None:
    def run() -> list[bool]:
        faults = ActiveFaults("seed")
        faults.add(parse_fault("slow%30"))
        return [faults.take("slow", BY_NAME["ListBackups"]) for _ in range(300)]

    assert run() == run()
    assert 50 < sum(run()) < 140


def test_clearing_lifts_everything() -> None:
    faults = ActiveFaults("")
    faults.add(parse_fault("slow*"))
    faults.drop_next_calls(3)
    faults.clear()
    assert not faults.should_drop_call()
    assert not faults.is_active("slow")
