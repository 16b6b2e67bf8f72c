"""The official SDK restores on the simulator with signed requests, and receives the documented errors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from ddmkit.simulator import Simulator

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from huaweicloudsdkcore.auth.credentials import BasicCredentials
    from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
    from huaweicloudsdkddm.v1 import model
    from huaweicloudsdkddm.v1.ddm_client import DdmClient


@pytest.fixture(autouse=True)
def home(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The SDK stores an application id in the home folder on its first use.
    monkeypatch.setenv("HOME", str(tmp_path))


def client_of(simulator: Simulator, **changes: str) -> DdmClient:
    facts = simulator.facts
    keys = {"ak": facts.access_key, "sk": facts.secret_key, "project_id": facts.project_id, **changes}
    credentials = BasicCredentials(**keys).with_iam_endpoint(facts.iam_endpoint)
    return DdmClient.new_builder().with_credentials(credentials).with_endpoint(facts.endpoint).build()


@pytest.fixture
def client(simulator: Simulator) -> Iterator[DdmClient]:
    return client_of(simulator)


def body_of(facts: Any, **source: Any) -> model.RestoreMetaData2ExistReq:
    target = model.RestoreMetaDataTarget(instance_id=facts.target, data_nodes=list(facts.data_nodes))
    return model.RestoreMetaData2ExistReq(source=model.RestoreMetaDataSource(**source), target=target)


def test_the_official_client_restores_from_start_to_end(simulator: Simulator, client: DdmClient) -> None:
    facts = simulator.facts
    point = str(int(facts.restore_time.timestamp() * 1000))
    backups = client.list_backups(model.ListBackupsRequest(limit=128, instance_id=facts.source)).backups
    assert backups[0].id == facts.backup_id
    assert client.show_avalible_time(model.ShowAvalibleTimeRequest(instance_id=facts.source)).total == 2
    related = client.show_related_dns(model.ShowRelatedDnsRequest(instance_id=facts.source, restore_time=point))
    nodes = related.related_data_nodes
    targets = client.show_avalible_ddms(model.ShowAvalibleDdmsRequest(instance_id=facts.source)).instances
    assert next(row.instance_id for row in targets if row.available) == facts.target
    asked = model.ShowAvalibleRdsRequest(
        instance_id=facts.source,
        target_instance_id=facts.target,
        source_dn_instance_id=nodes[0].instance_id,
        restore_time=point,
    )
    assert facts.data_nodes[0] in {
        row.instance_id for row in client.show_avalible_rds(asked).target_data_nodes if row.available
    }
    request = model.RestoreMetadataRequest(instance_id=facts.source, body=body_of(facts, backup_id=facts.backup_id))
    job_id = client.restore_metadata(request).job_id
    states = [client.show_ddm_job_result(model.ShowDdmJobResultRequest(job_id=job_id)).job.status for _ in range(4)]
    assert states == ["Running", "Running", "Running", "Completed"]
    now = int(simulator.now().timestamp() * 1000)
    tasks = client.list_tasks(model.ListTasksRequest(start_time=now - 3_600_000, end_time=now, limit=10)).jobs
    assert job_id in {task.id for task in tasks}
    restored = client.show_instance_database(
        model.ShowInstanceDatabaseRequest(instance_id=facts.target, database_name="orders")
    )
    assert {shard.data_node_id for shard in restored.shards} == set(facts.data_nodes)
    assert client.list_ddm_users(model.ListDdmUsersRequest(instance_id=facts.target)).total == 3


def test_a_point_in_time_given_as_a_float_is_understood(simulator: Simulator, client: DdmClient) -> None:
    point = float(int(simulator.facts.restore_time.timestamp() * 1000))
    request = model.RestoreMetadataRequest(
        instance_id=simulator.facts.source, body=body_of(simulator.facts, restore_time=point)
    )
    assert len(client.restore_metadata(request).job_id) == 32


def test_the_other_reads_are_understood(simulator: Simulator, client: DdmClient) -> None:
    source = simulator.facts.source
    assert client.list_instances(model.ListInstancesRequest()).total_record == 7
    assert client.list_ddms(model.ListDdmsRequest()).total == 7
    assert client.show_instance(model.ShowInstanceRequest(instance_id=source)).engine_version == "3.0.8.5"
    assert client.show_ddm_detail(model.ShowDdmDetailRequest(instance_id=source)).instances[0].id == source
    assert client.list_nodes(model.ListNodesRequest(instance_id=source)).total == 2
    assert client.list_databases(model.ListDatabasesRequest(instance_id=source)).total == 3
    assert client.list_users(model.ListUsersRequest(instance_id=source)).total_record == 3
    detail = model.ShowBackupRequest(instance_id=source, backup_id=simulator.facts.backup_id)
    assert len(client.show_backup(detail).related_data_nodes) == 2
    assert client.download_schema_metadata(model.DownloadSchemaMetadataRequest(instance_id=source)).data_nodes
    assert client.list_api_version(model.ListApiVersionRequest()).versions


def test_temporary_keys_are_accepted(simulator: Simulator) -> None:
    facts = simulator.facts
    keys = {"ak": facts.temporary_access_key, "sk": facts.temporary_secret_key, "project_id": facts.project_id}
    credentials = BasicCredentials(**keys).with_security_token(facts.security_token)
    client = DdmClient.new_builder().with_credentials(credentials).with_endpoint(facts.endpoint).build()
    assert client.list_ddms(model.ListDdmsRequest()).total == 7


def test_a_wrong_secret_is_refused_with_the_gateways_code(simulator: Simulator) -> None:
    with pytest.raises(ClientRequestException) as caught:
        client_of(simulator, sk="wrong").list_ddms(model.ListDdmsRequest())
    assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")
    assert caught.value.request_id


def test_documented_errors_reach_the_official_client(simulator: Simulator, client: DdmClient) -> None:
    facts = simulator.facts
    body = body_of(facts, backup_id=facts.backup_id)
    body.target.instance_id = facts.source
    with pytest.raises(ClientRequestException) as caught:
        client.restore_metadata(model.RestoreMetadataRequest(instance_id=facts.source, body=body))
    assert (caught.value.status_code, caught.value.error_code) == (400, "DBS.300372")
