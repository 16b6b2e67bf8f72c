"""Jobs that create, change and delete a DDM instance: what they need, and what they leave behind."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ddmkit.simulator import World
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.instance_jobs import (
    CREATE,
    DELETE,
    READ_ONLY,
    InstanceRequest,
    apply_instance_job,
    create_instance,
    delete_instance,
    describe_instance_job,
    set_administrator,
    start_instance_job,
)
from ddmkit.simulator.storage.ids import Seed
from ddmkit.simulator.storage.schema import Account, Attachment, Backup, DataNode, Instance, Job
from tests.simulator.conftest import NOW

AT = round(NOW.timestamp() * 1000)
TOOK = 60_000
PASSWORD = "Strong-2026"


@pytest.fixture
def world(tmp_path):
    opened = World(tmp_path / "world.sqlite", "dropped-schema", NOW)
    yield opened
    opened.close()


@pytest.fixture
def source(world):
    return world.storage.one(Instance, "id = ?", (world.outline.source,))


@pytest.fixture
def request_like(source):
    def make(**changes):
        usual = InstanceRequest(
            name="shop-copy",
            flavor_ref=source.flavor_ref,
            node_num=2,
            engine_version="3.1.5.0",
            available_zones=tuple(source.available_zone.split(",")),
            vpc_id=source.vpc_id,
            subnet_id=source.subnet_id,
            security_group_id=source.security_group_id,
        )
        return replace(usual, **changes)

    return make


@pytest.fixture
def create(world, request_like):
    def make(*, fails=False, with_account=False, **changes):
        request = request_like(**changes)
        return create_instance(world.storage, Seed("test"), request, AT, TOOK, fails=fails, with_account=with_account)

    return make


def found(world, instance):
    return world.storage.one(Instance, "id = ?", (instance.id,))


@pytest.mark.parametrize(
    ("fails", "status", "error"), [(False, "RUNNING", ""), (True, "CREATEFAILED", "The instance could not be created.")]
)
def test_a_new_instance_is_created_by_a_job(world, create, fails, status, error):
    instance, job = create(fails=fails)
    assert (found(world, instance).status, job.name, job.instance_id) == ("CREATING", CREATE, instance.id)
    assert world.storage.every(Account, "instance_id = ?", (instance.id,)) == []
    with world.storage.writing():
        apply_instance_job(world.storage, job, completed=not fails)
    ended = found(world, instance)
    assert (ended.status, ended.error_msg, ended.updated) == (status, error, AT + TOOK)
    assert bool(job.fail_reason) == fails
    assert describe_instance_job(job) == {
        "service": "ddm",
        "kind": "create",
        "id": instance.id,
        "name": "shop-copy",
        "job_id": job.id,
        "at": NOW,
    }


def test_an_administrator_or_a_left_over_account_comes_with_the_instance(world, create):
    for changes, name in (({"admin_user_name": "boss"}, "boss"), ({"with_account": True}, "former_user")):
        instance, _ = create(name=f"copy-of-{name.replace('_', '-')}", **changes)
        (account,) = world.storage.every(Account, "instance_id = ?", (instance.id,))
        assert account.name == name


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": "1shop"}, 400, ""),
        ({"name": "abc"}, 400, ""),
        ({"time_zone": "Berlin"}, 400, ""),
        ({"node_num": 0}, 400, ""),
        ({"node_num": 33}, 400, ""),
        ({"engine_version": "2.0"}, 400, "DBS.200041"),
        ({"flavor_ref": "ddm.huge"}, 400, "DBS.200054"),
        ({"available_zones": ("moon",)}, 400, "DBS.280285"),
        ({"available_zones": ()}, 400, ""),
        ({"vpc_id": "none"}, 404, "DBS.200503"),
        ({"subnet_id": "none"}, 404, "DBS.200501"),
        ({"security_group_id": "none"}, 404, "DBS.200050"),
    ],
)
def test_a_request_against_a_rule_is_refused_and_leaves_nothing(world, create, changes, status, code):
    before = [world.storage.count(f"SELECT count(*) FROM {table}") for table in ("instances", "jobs")]
    with pytest.raises(ApiError) as refused:
        create(**changes)
    assert refused.value.status == status
    assert refused.value.code == (code or refused.value.code)
    assert [world.storage.count(f"SELECT count(*) FROM {table}") for table in ("instances", "jobs")] == before


def test_a_name_is_taken_until_its_instance_is_deleted(world, create):
    instance, _ = create()
    with pytest.raises(ApiError) as refused:
        create()
    assert (refused.value.status, refused.value.code) == (409, "DBS.200022")
    with world.storage.writing():
        world.storage.change(Instance, instance.id, {"deleted": AT})
    assert create()[0].id != instance.id


@pytest.mark.parametrize("with_data", [True, False])
def test_a_deletion_makes_a_backup_first_and_frees_the_data_nodes(world, with_data):
    target = world.outline.target
    node_id = world.outline.data_nodes[0]
    instance = world.storage.one(Instance, "id = ?", (target,))
    with world.storage.writing():
        world.storage.add([Attachment(target, node_id, AT)])
    job = delete_instance(world.storage, Seed("test"), instance, AT, TOOK, delete_dn_data=with_data)
    assert found(world, instance).deleted is None
    backup = world.storage.every(Backup, "instance_id = ? ORDER BY rowid", (target,))[-1]
    assert (backup.created, backup.description) == (AT, "metadata backup before deleting the instance")
    with world.storage.writing():
        apply_instance_job(world.storage, job, completed=True)
    assert (job.name, found(world, instance).deleted) == (DELETE, AT + TOOK)
    assert [one.until for one in world.storage.every(Attachment, "instance_id = ?", (target,))] == [AT + TOOK]
    node = world.storage.one(DataNode, "id = ?", (node_id,))
    assert (node.recovered_from is None) == with_data


def test_a_deletion_that_failed_deletes_nothing(world, source):
    job = delete_instance(world.storage, Seed("test"), source, AT, TOOK, delete_dn_data=True)
    apply_instance_job(world.storage, job, completed=False)
    assert found(world, source).deleted is None


def test_an_instance_becomes_read_only_when_its_job_has_ended_well(world, source):
    job = start_instance_job(world.storage, Seed("test"), source, READ_ONLY, AT, TOOK, readonly=True)
    assert json.loads(job.body) == {"readonly": True}
    assert world.storage.one(Job, "id = ?", (job.id,)) == job
    for completed in (False, True):
        with world.storage.writing():
            apply_instance_job(world.storage, job, completed=completed)
        assert bool(found(world, source).read_only) == completed


def test_an_administrator_is_created_once_and_keeps_its_name(world, create):
    instance, _ = create(admin_user_name="")
    set_administrator(world.storage, instance, "boss", PASSWORD, AT)
    set_administrator(world.storage, found(world, instance), "boss", PASSWORD + "2", AT)
    assert [one.name for one in world.storage.every(Account, "instance_id = ?", (instance.id,))] == ["boss"]
    with pytest.raises(ApiError, match="another administrator"):
        set_administrator(world.storage, found(world, instance), "chief", PASSWORD, AT)


@pytest.mark.parametrize(
    ("name", "password"), [("1boss", PASSWORD), ("boss", "short"), ("boss", "with blank 1"), ("", PASSWORD)]
)
def test_a_name_or_password_against_the_rules_is_refused(world, create, name, password):
    instance, _ = create()
    with pytest.raises(ApiError):
        set_administrator(world.storage, instance, name, password, AT)


def test_an_early_engine_has_no_call_for_the_administrator(world, source):
    with pytest.raises(ApiError, match="the engine version is too early"):
        set_administrator(world.storage, replace(source, engine_version="3.0.8.5"), "boss", PASSWORD, AT)
