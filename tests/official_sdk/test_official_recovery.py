"""The official clients of RDS, DDM, VPC and CTS perform a whole recovery on the simulator, as a script would."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddmkit.simulator import Simulator

PASSWORD = "Recover-2026"
DAY_MS = 86_400_000


def to_ms(instant):
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class Clients:
    """One official client for each host."""

    def __init__(self, official, simulator):
        self.facts, self.simulator = simulator.facts, simulator
        self._credentials, self._opened = official.credentials(self.facts), []
        self.ddm, self.ddm_models = self._open("huaweicloudsdkddm.v1", "DdmClient", self.facts.endpoint)
        self.rds, self.rds_models = self._open("huaweicloudsdkrds.v3", "RdsClient", self.facts.rds_endpoint)
        self.vpc, self.vpc_models = self._open("huaweicloudsdkvpc.v3", "VpcClient", self.facts.vpc_endpoint)
        self.vpc1, self.vpc1_models = self._open("huaweicloudsdkvpc.v2", "VpcClient", self.facts.vpc_endpoint)
        self.cts, self.cts_models = self._open("huaweicloudsdkcts.v3", "CtsClient", self.facts.cts_endpoint)
        self.point = to_ms(self.facts.restore_time)

    def _open(self, package, name, endpoint):
        models = importlib.import_module(package)
        client = getattr(models, name).new_builder().with_credentials(self._credentials).with_endpoint(endpoint).build()
        self._opened.append(client)
        return client, models

    def close(self):
        for client in self._opened:
            client.get_http_client().close()
            client.get_http_client().executor.shutdown()

    def node(self, node_id):
        rows = self.rds.list_instances(self.rds_models.ListInstancesRequest(id=node_id)).instances
        return rows[0] if rows else None

    def source_nodes(self):
        request = self.ddm_models.ShowRelatedDnsRequest(self.facts.source, str(self.point))
        return [row.instance_id for row in self.ddm.show_related_dns(request).related_data_nodes]

    def recover(self, node_id, **changes):
        source, models = self.node(node_id), self.rds_models
        body = models.CreateRestoreInstanceRequestBody(
            name=changes.pop("name", f"{source.name}-7f3a9c"),
            flavor_ref=source.flavor_ref,
            volume=models.Volume(type=source.volume.type, size=source.volume.size),
            availability_zone=",".join(node.availability_zone for node in source.nodes),
            ha=models.Ha(mode="Ha", replication_mode=source.ha.replication_mode) if source.ha else None,
            region=source.region,
            vpc_id=source.vpc_id,
            subnet_id=source.subnet_id,
            security_group_id=source.security_group_id,
            password=PASSWORD,
            port=str(source.port),
            time_zone=source.time_zone,
            backup_strategy=models.BackupStrategy(source.backup_strategy.start_time, source.backup_strategy.keep_days),
            restore_point=models.RestorePoint(instance_id=node_id, type="timestamp", restore_time=self.point),
            **changes,
        )
        return self.rds.create_restore_instance(models.CreateRestoreInstanceRequest(body=body))

    def follow_node(self, job_id):
        """Read a job until it ends, then its instance until it is quiet; return the words that were seen."""
        words = []
        for _ in range(20):
            try:
                job = self.rds.list_job_info(self.rds_models.ListJobInfoRequest(id=job_id)).job
            except self.errors as error:
                assert error.error_code == "DBS.200543"
                words.append("not found")
                continue
            words.append(job.status)
            if job.status != "Running":
                break
        for _ in range(20):
            words.append(self.node(job.instance.id).status)
            if words[-1] == "ACTIVE":
                return words, job
        raise AssertionError(words)

    def create_target(self, name="ddm-restored-7f3a"):
        source = self.ddm.show_instance(self.ddm_models.ShowInstanceRequest(self.facts.source))
        body = self.ddm_models.CreateDdmInstanceReq(
            name=name,
            flavor_ref=source.flavor_ref,
            node_num=source.node_count,
            engine_version=source.engine_version,
            available_zones=source.available_zone.split(","),
            vpc_id=source.vpc_id,
            subnet_id=source.subnet_id,
            security_group_id=source.security_group_id,
            time_zone="UTC+08:00",
        )
        return self.ddm.create_ddm_instance(self.ddm_models.CreateDdmInstanceRequest(body=body))

    def follow_instance(self, instance_id):
        words = []
        while not words or words[-1] == "CREATING":
            assert len(words) < 20
            words.append(self.ddm.show_instance(self.ddm_models.ShowInstanceRequest(instance_id)).status)
        return words

    def restore_metadata(self, target, nodes):
        models = self.ddm_models
        body = models.RestoreMetaData2ExistReq(
            source=models.RestoreMetaDataSource(restore_time=self.point),
            target=models.RestoreMetaDataTarget(nodes, target),
        )
        job_id = self.ddm.restore_metadata(models.RestoreMetadataRequest(self.facts.source, body)).job_id
        return self.follow_ddm(job_id)

    def follow_ddm(self, job_id):
        for _ in range(20):
            status = self.ddm.show_ddm_job_result(self.ddm_models.ShowDdmJobResultRequest(job_id)).job.status
            if status != "Running":
                return status
        raise AssertionError("the job does not end")

    def traces(self, **filters):
        request = self.cts_models.ListTracesRequest(trace_type="system", limit=200, **filters)
        return self.cts.list_traces(request).traces


@pytest.fixture
def clients(official: Any) -> Iterator[Clients]:
    with Simulator(scenario="whole-incident", now=datetime.now(UTC).replace(microsecond=0)) as simulator:
        clients = Clients(official, simulator)
        clients.errors = (official.exceptions.ClientRequestException, official.exceptions.ServerResponseException)
        yield clients
        clients.close()


def test_the_official_clients_recover_everything(clients):
    facts, sources = clients.facts, clients.source_nodes()
    assert (facts.target, facts.data_nodes) == ("", ())
    answers = [clients.recover(node) for node in sources]
    assert [answer.instance.status for answer in answers] == ["BUILD"] * 2
    followed = [clients.follow_node(answer.job_id) for answer in answers]
    assert "not found" in followed[0][0]
    assert "BACKING UP" in followed[0][0]
    assert [words[-1] for words, _ in followed] == ["ACTIVE"] * 2
    recovered = [job.instance.id for _, job in followed]
    assert recovered == [answer.instance.id for answer in answers]
    assert all(clients.node(node).private_ips for node in recovered)

    target = clients.create_target()
    assert clients.follow_instance(target.id)[-1] == "RUNNING"
    assert clients.follow_ddm(target.job_id) == "Completed"
    candidates = clients.ddm_models.ShowAvalibleRdsRequest(facts.source, target.id, sources[0], str(clients.point))
    offered = {row.instance_id for row in clients.ddm.show_avalible_rds(candidates).target_data_nodes if row.available}
    assert recovered[0] in offered  # this client reads the first ten rows only
    assert clients.restore_metadata(target.id, recovered) == "Completed"
    assert all(clients.node(node).associated_with_ddm for node in recovered)
    for source, node in zip(sources, recovered, strict=True):
        assert clients.simulator.contents(node) == clients.simulator.contents(source, facts.restore_time)

    models = clients.ddm_models
    clients.ddm.sync_dn_information(models.SyncDnInformationRequest(target.id))
    administrator = models.AdminUserInfoReq(name="shop_admin", password="Admin-2026")
    clients.ddm.reset_administrator(models.ResetAdministratorRequest(target.id, administrator))
    switch = models.SetReadOnlyStatusRequest(facts.source, models.ReadOnlySwitchReq(readonly=True))
    assert clients.follow_ddm(clients.ddm.set_read_only_status(switch).job_id) == "Completed"
    sessions = clients.ddm.show_logical_processes(models.ShowLogicalProcessesRequest(facts.source, limit=128))
    assert {row.user for row in sessions.logical_processes} == {"shop_rw", "shop_ro", "reporting"}
    users = clients.ddm.list_ddm_users(models.ListDdmUsersRequest(target.id, limit=128)).users
    assert {row.name for row in users} == {"shop_rw", "shop_ro", "reporting", "shop_admin"}


def test_the_official_clients_read_what_a_plan_needs(clients):
    models, node = clients.rds_models, clients.source_nodes()[0]
    today = datetime.fromtimestamp(clients.point / 1000, UTC).strftime("%Y-%m-%d")
    ranges = clients.rds.list_restore_times(models.ListRestoreTimesRequest(instance_id=node, date=today)).restore_time
    assert any(one.start_time <= clients.point <= one.end_time for one in ranges)
    policy = clients.rds.show_backup_policy(models.ShowBackupPolicyRequest(instance_id=node)).backup_policy
    assert (policy.keep_days, policy.start_time) == (7, "19:00-20:00")
    backups = clients.rds.list_backups(models.ListBackupsRequest(instance_id=node, backup_type="auto")).backups
    assert {row.status for row in backups} == {"COMPLETED"}
    assert len(backups) >= 7
    quota = clients.rds.show_quotas(models.ShowQuotasRequest()).quotas.resources[0]
    assert quota.quota - quota.used > 2
    flavours = clients.rds.list_flavors(models.ListFlavorsRequest(database_name="mysql", version_name="8.0")).flavors
    assert clients.node(node).flavor_ref in {row.spec_code for row in flavours if row.az_status["az1"] == "normal"}
    stores = clients.rds.list_storage_types(
        models.ListStorageTypesRequest(database_name="mysql", version_name="8.0", ha_mode="ha")
    ).storage_type
    assert clients.node(node).volume.type in {row.name for row in stores}
    versions = clients.rds.list_datastores(models.ListDatastoresRequest(database_name="mysql")).data_stores
    assert {row.name for row in versions} == {"5.7", "8.0"}
    body = models.SimplifiedInstancesRequest(instance_ids=[node])
    brief = clients.rds.list_simplified_instances(models.ListSimplifiedInstancesRequest(body=body)).instances[0]
    assert (brief.instance_status, brief.current_actions) == ("normal", [])
    engines = clients.ddm.list_ddm_engines(clients.ddm_models.ListDdmEnginesRequest(limit=128)).engine_groups
    request = clients.ddm_models.ListDdmFlavorsRequest(engine_version=engines[-1].version, limit=128)
    assert clients.ddm.list_ddm_flavors(request).flavor_groups[0].flavors


def test_the_official_clients_read_the_proofs_of_a_recovery(clients):
    node = clients.source_nodes()[0]
    answer = clients.recover(node)
    assert answer.instance.restore_point.restore_time == clients.point
    clients.follow_node(answer.job_id)
    created = to_ms(clients.simulator.now())
    window = {"_from": created - 900_000, "to": created + 300_000}
    found = clients.traces(service_type="RDS", resource_type="instance", trace_name="createInstance", **window)
    trace = next(row for row in found if row.resource_id == answer.instance.id)
    request = json.loads(trace.request)
    assert request["restore_point"] == {"instance_id": node, "type": "timestamp", "restore_time": clients.point}
    assert request["password"] == "********"
    detail = clients.rds_models.ListJobInfoDetailRequest(instance_id=answer.instance.id, start_time=created - DAY_MS)
    assert clients.rds.list_job_info_detail(detail).count == 1
    tasks = clients.rds.list_tasks(clients.rds_models.ListTasksRequest(instance_id=answer.instance.id)).tasks
    assert [task.id for task in tasks] == [answer.job_id]
    operations = clients.cts_models.ListOperationsRequest(service_type="RDS", resource_type="instance")
    assert "createInstance" in clients.cts.list_operations(operations).operations[0].operation_list
    assert clients.cts.list_trackers(clients.cts_models.ListTrackersRequest()).trackers[0].status == "enabled"


def test_the_official_clients_read_the_network(clients):
    node, models = clients.node(clients.source_nodes()[0]), clients.vpc_models
    vpc = clients.vpc.show_vpc(models.ShowVpcRequest(vpc_id=node.vpc_id)).vpc
    assert (vpc.cidr, vpc.extend_cidrs) == ("172.16.0.0/12", ["10.77.0.0/16"])
    subnet = clients.vpc1.show_subnet(clients.vpc1_models.ShowSubnetRequest(subnet_id=node.subnet_id)).subnet
    assert (subnet.vpc_id, subnet.neutron_network_id) == (node.vpc_id, node.subnet_id)
    wanted = models.ListSecurityGroupRulesRequest(security_group_id=[node.security_group_id])
    rules = clients.vpc.list_security_group_rules(wanted).security_group_rules
    assert any(rule.remote_group_id == node.security_group_id for rule in rules)
    group = clients.vpc.show_security_group(models.ShowSecurityGroupRequest(security_group_id=node.security_group_id))
    assert len(group.security_group.security_group_rules) == len(rules)
    ports = clients.vpc1.list_ports(clients.vpc1_models.ListPortsRequest(device_id=node.id)).ports
    assert ports[0].fixed_ips[0].ip_address == node.private_ips[0]
    addresses = next(rule.remote_address_group_id for rule in rules if rule.remote_address_group_id)
    shown = clients.vpc.show_address_group(models.ShowAddressGroupRequest(address_group_id=addresses))
    assert shown.address_group.ip_set


def test_the_official_clients_abandon_a_recovery(clients):
    node = clients.recover(clients.source_nodes()[1])
    clients.follow_node(node.job_id)
    target = clients.create_target()
    clients.follow_instance(target.id)
    deleted = clients.ddm_models.DeleteDdmInstanceRequest(target.id, delete_dn_data=False)
    clients.ddm.delete_ddm_instance(deleted)
    clients.simulator.advance(timedelta(seconds=20))
    with pytest.raises(clients.errors) as gone:
        clients.ddm.show_instance(clients.ddm_models.ShowInstanceRequest(target.id))
    assert gone.value.status_code == 404
    request = clients.rds_models.DeleteInstanceRequest(instance_id=node.instance.id)
    clients.rds.delete_instance(request)
    clients.simulator.advance(timedelta(seconds=20))
    assert clients.node(node.instance.id) is None
    with pytest.raises(clients.errors) as missing:
        clients.rds.delete_instance(request)
    assert (missing.value.status_code, missing.value.error_code) == (404, "DBS.200002")
