"""After Ctrl-C in a drill on the service itself a person is told what stays, and the call that deletes it."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.handles.drill.interruption import describe_left

PASSWORD = "Canary-Node-Pa55word!"


@pytest.fixture
def planned(kit, source):
    facts = kit.scenario
    return kit.drill(source, on="cloud", restore_time=facts.restore_time, incident=facts.incident)


def run(drill, say):
    return drill.run(confirm=drill.confirmation, accept=drill.warnings, node_password=PASSWORD, poll_s=0, say=say)


def press(_line):
    raise KeyboardInterrupt


def test_ctrl_c_names_what_stays_and_the_call_it_gives_deletes_it(kit, planned):
    with pytest.raises(KeyboardInterrupt) as pressed:
        run(planned, press)
    (told,) = pressed.value.__notes__
    (left,) = kit.records.list(kind="drill")
    assert f"{left.still_billed} instances that it requested may stay in the cloud, billed" in told
    made = [one["name"] for one in kit.simulator.effective_changes()]
    assert len(made) == left.still_billed
    assert all(name in told for name in made)
    assert f"ddmkit drill {left.id} --clean-up" in told
    names: dict[str, object] = {"kit": kit}
    exec(told.rpartition("in Python: ")[2].removesuffix("."), names)  # noqa: S102  # the text that is shown
    assert kit.records.get(left.id).state == "abandoned"
    assert describe_left(kit.records.get(left.id).run) == ""


def test_an_error_before_anything_was_sent_tells_of_nothing(kit, planned):
    with pytest.raises(ddmkit.InputError) as refused:
        planned.run(confirm=planned.confirmation, accept=planned.warnings, node_password="short", say=None)
    assert "clean-up" not in str(refused.value)
    assert kit.simulator.effective_changes() == []


def test_an_error_on_the_way_to_the_report_tells_it_too(kit, planned, monkeypatch):
    def refuse(*_given, **_more):
        raise ddmkit.RecordError("The disk is full.")

    monkeypatch.setattr("ddmkit.handles.drill.desk.clean_up", refuse)
    with pytest.raises(ddmkit.RecordError, match=r"The disk is full\. The drill did not get to its clean-up\. 3 instances"):
        run(planned, None)


def test_on_the_simulator_nothing_is_told_because_nothing_stays(kit, source):
    drill = kit.drill(source)
    with pytest.raises(KeyboardInterrupt) as pressed:
        drill.run(confirm=drill.confirmation, say=press)
    assert not getattr(pressed.value, "__notes__", [])
