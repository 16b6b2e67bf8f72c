"""Input that cannot be right: each is a clear error, nothing is sent, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

import ddmkit
from tests.recovery.run.conftest import NOW, PASSWORD

FOREIGN_NODE = "0123456789abcdef0123456789abcdefin01"
FOREIGN_INSTANCE = "0123456789abcdef0123456789abcdefin09"


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad-input")
    with ddmkit.demo(
        scenario="half-recovered", now=NOW, world=folder / "w.sqlite", records=folder / "r.sqlite", operator="ada"
    ) as kit:
        yield kit
        assert [one for one in kit.simulator.requests if one.method in {"PUT", "DELETE"}] == []
        assert kit.simulator.effective_changes() == []


def plan(kit, **changes):
    facts = kit.scenario
    return kit.plan_recovery(**{"source": facts.source, "restore_time": facts.restore_time, **changes})


def failed(made):
    return {check.id: f"{check.detail} {check.hint}" for check in made.checks if check.status == "fail"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"like": {"nodes": {"password": "x"}}}, "password"),
        ({"like": {"nodes": {"count": 2}}}, "count"),
        ({"like": {"nodes": {"charge_info": {}}}}, "charge_info"),
        ({"like": {"nodes": {"dry_run": True}}}, "dry_run"),
        ({"like": {"targets": {}}}, "targets"),
        ({"like": {"nodes": {"volume": {"size": 5000}}}}, r"'volume'\]\['size'\].*from 40 to 4000 in steps of 10"),
        ({"like": {"nodes": {"configuration_id": "p" * 300}}}, "at most 64"),
        ({"like": {"target": {"admin_user_name": "root"}}}, "admin_user_name"),
        ({"nodes": {"not an id": FOREIGN_NODE}}, "nodes"),
        ({"nodes": {FOREIGN_NODE: FOREIGN_NODE}}, FOREIGN_NODE),
        ({"restore_time": "2026-05-20 08:00"}, "restore_time"),
        ({"backup_id": "b"}, "restore_time"),
        ({"restore_time": 0}, "restore_time: 0 is no point in time.*13 digits today"),
        ({"restore_time": -1}, "restore_time: a negative number lies before 1970"),
        ({"restore_time": 1779264000}, "restore_time: .*looks like seconds. If seconds are meant, give 1779264000000"),
        ({"restore_time": "now"}, "restore_time: 'now' is not a date"),
        ({"restore_time": None}, "neither a backup nor a point in time"),
    ],
)
def test_what_cannot_be_right_names_the_argument(kit, changes, said):
    with pytest.raises(ddmkit.InputError, match=said):
        plan(kit, **changes)


def test_a_node_that_is_taken_twice_and_nodes_and_targets_of_another_project_fail_by_name(kit):
    sources = [node.source_id for node in plan(kit).nodes]
    right = kit.scenario.data_nodes[0]
    with pytest.raises(ddmkit.InputError, match=f"{right} is given for {sources[0]} and for {sources[1]}"):
        plan(kit, nodes={sources[0]: right, sources[1]: right})
    foreign = failed(plan(kit, nodes={sources[0]: FOREIGN_NODE}))
    assert any(FOREIGN_NODE in said for said in foreign.values()), foreign
    assert failed(plan(kit, target=FOREIGN_INSTANCE))


def test_a_disk_smaller_than_the_source_s_is_a_failed_check_that_names_the_least_size(kit):
    source = plan(kit).nodes[0].source_id
    kit.simulator.world.set_data_node(source, volume_bytes=100 * 10**9)
    made = plan(kit, like={source: {"volume": {"size": 90}}})
    assert not made.ready
    assert "90 GB, at least 100 GB are needed" in failed(made)["volume"]
    assert plan(kit).nodes[0].request.volume.size == 100


def test_a_time_outside_the_ranges_of_nodes_names_them_and_the_nearest_instants_of_all_nodes(kit):
    made = plan(kit)
    kit.simulator.inject("time-gap")
    try:
        again = plan(kit)
    finally:
        kit.simulator.clear_faults()
    said = failed(again)["time-per-node"]
    assert all(node.source_name in said for node in made.nodes)
    assert "The nearest instants that all data nodes can be recovered to:" in said
    assert not again.ready


def test_a_time_outside_the_ranges_of_the_instance_names_the_nearest_one(kit):
    said = failed(plan(kit, restore_time=kit.scenario.restore_time - timedelta(days=400)))["time-in-range"]
    assert "Nearest that can be restored to: " in said


@pytest.mark.parametrize("password", ["short", "alllowercaseletters", "Canary with blanks 1!", "Canary-7f3a9c!" * 3])
def test_a_password_that_the_service_refuses_is_refused_first_and_never_shown(kit, password):
    made = plan(kit)
    with pytest.raises(ddmkit.InputError, match="node_password") as caught:
        kit.recover(made, confirm=made.source_name, accept=made.warnings, node_password=password)
    assert password not in f"{caught.value!r} {caught.value}"
    assert list(kit.records.list(kind="recovery")) == []


@pytest.mark.parametrize("given", [None, "a plan", 7])
def test_what_is_no_plan_and_no_list_is_refused(kit, given):
    with pytest.raises(ddmkit.InputError, match=r"plan_recovery"):
        kit.recover(given, confirm="x", node_password=PASSWORD)
    with pytest.raises(ddmkit.InputError, match=r"plan_abandon"):
        kit.abandon(given, confirm="delete 1")


def test_a_record_of_another_project_and_an_imported_one_are_never_advanced(world, plan_on, begin, tmp_path):
    kit = world("ddm-create-failed")
    run = begin(kit)
    with pytest.raises(ddmkit.JobFailedError):
        run.wait(poll_s=1, say=None)
    exported, todo = run.record.export(tmp_path / "run.json"), kit.plan_abandon(run.record)
    other = world()  # another world with the same record store
    imported = ddmkit.demo(scenario="whole-incident", now=NOW, world=tmp_path / "i.sqlite", records=tmp_path / "i-r.sqlite")
    imported.records.import_files(exported)
    name = run.record.header.source_name
    try:
        for place, said in ((other, "is of project"), (imported, "is of project|imported")):
            for act in (
                lambda kit=place: kit.resume(run.id, node_password=PASSWORD).wait(poll_s=1, say=None),
                lambda kit=place: kit.accept(run.id, [], confirm=name),
                lambda kit=place: kit.send_again(run.id, step="target", confirm=name),
                lambda kit=place: kit.adopt(run.id, "x", step="target"),
                lambda kit=place: kit.release(run.id, step="target", reason="r", confirm=name),
                lambda kit=place: kit.follow_up(run.id, "source-read-only", confirm=name),
                lambda kit=place: kit.plan_abandon(run.id),
                lambda kit=place: kit.abandon(todo, confirm=todo.confirmation),
            ):
                with pytest.raises(ddmkit.InputError, match=said):
                    act()
            assert place.simulator.effective_changes() == []
    finally:
        imported.close()


def test_a_node_that_somebody_else_uses_is_not_deleted(world, begin):
    kit = world("ddm-create-failed")
    run = begin(kit)
    with pytest.raises(ddmkit.JobFailedError):
        run.wait(poll_s=1, say=None)
    node = next(step.made for step in run.steps if step.step.startswith("node:"))
    other = kit.simulator.world.add_instance("somebody-elses")
    kit.simulator.world.add_schema(other, "theirs", data_nodes=[node])
    kit.simulator.world.attach(other, node)
    todo = kit.plan_abandon(run.record)
    assert node not in {item.id for item in todo.deletable}
    kit.abandon(todo, confirm=todo.confirmation)
    assert node in {one.id for one in kit._cloud.rds.list_instances()}


@pytest.mark.parametrize(
    "changes", [{"confirm": PASSWORD}, {"accept": [PASSWORD]}, {"purpose": PASSWORD}, {"ticket": PASSWORD}]
)
def test_a_password_in_the_wrong_place_is_not_repeated_and_blocks_no_later_recovery(kit, changes):
    made = plan(kit)
    before = [row.id for row in kit.records]
    with pytest.raises(ddmkit.InputError, match=next(iter(changes))) as caught:
        kit.recover(made, **{"confirm": made.source_name, "node_password": PASSWORD, **changes})
    assert PASSWORD not in str(caught.value)
    assert [row.id for row in kit.records] == before
