"""Our clients and the simulator, which shares no code with them: a data node and a target from the request to the deletion."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import AuthError, DDMKitError, NotFoundError, ServiceError, UnreachableError
from ddmkit.recovery_models.rds import CreatedNode, NodeInstance
from ddmkit.recovery_models.requests import (
    NodeRestorePoint,
    NodeRestoreRequest,
    RequestedBackups,
    RequestedHa,
    RequestedVolume,
    TargetCreateRequest,
)
from ddmkit.service.client import Client
from ddmkit.service.cloud.clients import CloudClients
from ddmkit.service.ddm import protocol as ddm
from ddmkit.service.rds import protocol as rds
from ddmkit.service.writer import Sent
from ddmkit.simulator import Simulator
from ddmkit.times import to_ms
from tests.simulator.recovery import NOW

CANARY = "Canary-9-Node!"
TOKEN = "0b6c3f5e-6f0e-4b0d-9a44-6f7f6a4a1d10"
NAME = "orders-n1-7f3a9c"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator(scenario="whole-incident", now=NOW) as running:
        yield running


@pytest.fixture
def cloud(simulator: Simulator) -> Iterator[CloudClients]:
    facts = simulator.facts
    keys = KeyCredentials(SecretStr(facts.access_key), SecretStr(facts.secret_key), None)
    places = {name: getattr(facts, name) for name in ("rds_endpoint", "vpc_endpoint", "cts_endpoint")}
    clients = CloudClients(
        Client(Settings(facts.endpoint, keys, facts.project_id, facts.region, **places), sleep=lambda _: None)
    )
    yield clients
    clients.close()


def source_of(cloud: CloudClients) -> NodeInstance:
    return next(node for node in cloud.rds.list_instances() if node.associated_with_ddm)


def point_of(simulator: Simulator) -> int:
    return to_ms(simulator.facts.restore_time) // 1000 * 1000


def request_of(node: NodeInstance, point: int) -> NodeRestoreRequest:
    assert node.volume.size is not None
    assert node.port is not None
    assert node.backup_strategy.keep_days is not None
    return NodeRestoreRequest(
        name=NAME,
        flavor_ref=node.flavor_ref,
        volume=RequestedVolume(type=node.volume.type, size=node.volume.size),
        ha=RequestedHa.model_validate({"replication_mode": node.ha.replication_mode}) if node.is_ha else None,
        zones=node.zones,
        region=node.region,
        vpc_id=node.vpc_id,
        subnet_id=node.subnet_id,
        security_group_id=node.security_group_id,
        port=node.port,
        time_zone=node.time_zone,
        backup_strategy=RequestedBackups(
            start_time=node.backup_strategy.start_time, keep_days=node.backup_strategy.keep_days
        ),
        restore_point=NodeRestorePoint(instance_id=node.id, restore_time=point),
        password=SecretStr(CANARY),
    )


def recover(cloud: CloudClients, simulator: Simulator) -> Sent[CreatedNode]:
    request = request_of(source_of(cloud), point_of(simulator))
    return cloud.rds.create_restore_instance(rds.create_restore_instance(simulator.facts.project_id, request, TOKEN))


def test_a_node_is_recovered_and_the_audit_trail_says_from_where_and_to_when(cloud, simulator, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    node, point = source_of(cloud), point_of(simulator)
    sent = recover(cloud, simulator)
    simulator.advance(timedelta(hours=2))
    job = cloud.rds.show_job(sent.result.job_id)
    (made,) = cloud.rds.list_instances(name=NAME)
    assert (job.is_completed, job.instance_id, made.is_created, bool(made.private_ips)) == (True, made.id, True, True)
    assert (made.zones, made.flavor_ref, made.time_zone, made.associated_with_ddm) == (
        node.zones,
        node.flavor_ref,
        node.time_zone,
        False,
    )
    now = simulator.now()
    traces = cloud.cts.list_traces(now - timedelta(days=1), now + timedelta(minutes=1), trace_name="createInstance")
    (trace,) = [one for one in traces if made.id in one.instance_ids or one.resource_name == NAME]
    assert trace.restore_point is not None
    assert (trace.restore_point.instance_id, trace.restore_point.restore_time) == (node.id, point)
    assert CANARY not in repr(traces) + repr(sent) + caplog.text + repr(cloud.rds.reads)


@pytest.mark.parametrize(
    ("fault", "started"),
    [
        ("ha-missing", False),
        ("sold-out*1", False),
        ("quota*1", False),
        ("busy-source", False),
        ("timeout-but-created", None),
    ],
)
def test_a_refusal_says_whether_surely_nothing_was_started(cloud, simulator, fault: str, started: bool | None) -> None:
    simulator.inject(fault)
    with pytest.raises(ServiceError) as caught:
        recover(cloud, simulator)
    assert caught.value.started is started
    assert len(cloud.rds.list_instances(name=NAME)) == (0 if started is False else 1)
    assert CANARY not in str(caught.value) + repr(vars(caught.value))


@pytest.mark.parametrize("fault", ["password-echoed", "no-id-in-answer", "restore-point-echoed", "restore-point-not-echoed"])
def test_every_form_of_the_answer_leads_to_the_job_and_shows_no_password(cloud, simulator, fault: str) -> None:
    simulator.inject(fault)
    sent = recover(cloud, simulator)
    simulator.advance(timedelta(hours=2))
    assert cloud.rds.show_job(sent.result.job_id).instance_id == cloud.rds.list_instances(name=NAME)[0].id
    assert CANARY not in repr(sent)


@pytest.mark.parametrize("fault", ["trace-text", "trace-object", "trace-empty-request"])
def test_every_form_of_a_trace_is_read(cloud, simulator, fault: str) -> None:
    simulator.inject(fault)
    recover(cloud, simulator)
    simulator.advance(timedelta(hours=2))
    now = simulator.now()
    traces = cloud.cts.list_traces(now - timedelta(days=1), now + timedelta(minutes=1), trace_name="createInstance")
    (trace,) = [one for one in traces if one.resource_name == NAME]
    assert trace.request_state == ("empty" if fault == "trace-empty-request" else "read")
    assert (trace.restore_point is not None) == (trace.request_state == "read")
    assert CANARY not in repr(traces)


def test_a_job_is_late_and_a_missing_permission_is_no_end(cloud, simulator) -> None:
    simulator.inject("job-late")
    sent = recover(cloud, simulator)
    with pytest.raises(NotFoundError):
        cloud.rds.show_job(sent.result.job_id)
    simulator.inject("cts-denied")
    simulator.inject("vpc-denied")
    node = source_of(cloud)
    now = simulator.now()
    outcomes = cloud.ddm.gather(
        [
            lambda: cloud.cts.list_traces(now - timedelta(days=1), now),
            lambda: cloud.vpc.show_subnet(node.subnet_id),
            cloud.rds.list_quotas,
        ]
    )
    assert [isinstance(outcome, AuthError) for outcome in outcomes] == [True, True, False]


def test_the_network_of_a_node_is_read(cloud) -> None:
    node = source_of(cloud)
    subnet = cloud.vpc.show_subnet(node.subnet_id)
    assert (subnet.id, subnet.vpc_id) == (node.subnet_id, cloud.vpc.show_vpc(node.vpc_id).id)
    rules = cloud.vpc.list_security_group_rules([node.security_group_id])
    assert {rule.id for rule in rules} == {
        rule.id for rule in cloud.vpc.show_security_group(node.security_group_id).security_group_rules
    }
    assert any(node.id in {port.instance_id, port.device_id} for port in cloud.vpc.list_ports(node.subnet_id))


def test_a_target_is_created_shown_and_deleted(cloud, simulator) -> None:
    node, project = source_of(cloud), simulator.facts.project_id
    engine = cloud.ddm.list_engines()[-1]
    flavor = cloud.ddm.list_flavors(engine.version)[0]
    request = TargetCreateRequest(
        name="ddm-restored-7f3a",
        flavor_ref=flavor.spec_code,
        node_num=2,
        engine_version=engine.version,
        available_zones=(flavor.az_infos[0].code,),
        vpc_id=node.vpc_id,
        subnet_id=node.subnet_id,
        security_group_id=node.security_group_id,
    )
    sent = cloud.ddm.create_instance(ddm.create_instance(project, request))
    simulator.advance(timedelta(hours=1))
    assert cloud.ddm.show_job(sent.result.job_id).is_completed
    detail = cloud.ddm.show_detail(sent.result.id)
    assert (detail.subnet_id, detail.security_group_id, detail.admin_user_name) == (
        node.subnet_id,
        node.security_group_id,
        "",
    )
    cloud.ddm.delete_instance(ddm.delete_instance(project, sent.result.id))
    simulator.advance(timedelta(hours=1))
    with pytest.raises(NotFoundError):
        cloud.ddm.show_instance(sent.result.id)


def test_a_source_is_made_read_only_and_its_sessions_are_counted(cloud, simulator) -> None:
    source, project = simulator.facts.source, simulator.facts.project_id
    sent = cloud.ddm.set_read_only(ddm.set_read_only(project, source, read_only=True))
    assert sent.result.job_id
    assert sum(count.sessions for count in cloud.ddm.count_sessions(source)) > 0


def test_a_stopped_service_leaves_the_outcome_open_only_after_the_request_has_left(cloud, simulator) -> None:
    request = request_of(source_of(cloud), point_of(simulator))
    call = rds.create_restore_instance(simulator.facts.project_id, request, TOKEN)
    simulator.close()
    with pytest.raises((UnreachableError, DDMKitError)) as caught:
        cloud.rds.create_restore_instance(call)
    assert isinstance(caught.value, UnreachableError)
    assert caught.value.sent is False
