"""The official client performs a complete restore on the simulator, as a script would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

DAY_MS = 86_400_000


def to_ms(instant):
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class Script:
    """The calls that the author of a script makes with the official client."""

    def __init__(self, official, client, simulator):
        self.models, self.client, self.simulator, self.facts = official.models, client, simulator, simulator.facts
        self.point = str(to_ms(self.facts.restore_time))

    def list_backups(self):
        request = self.models.ListBackupsRequest(instance_id=self.facts.source, limit=128, offset=0)
        return self.client.list_backups(request).backups

    def find_range(self):
        answer = self.client.show_avalible_time(self.models.ShowAvalibleTimeRequest(self.facts.source))
        spans = [(parse(span.start_time), parse(span.end_time)) for span in answer.restorable_time_intervals]
        return next(span for span in spans if span[0] <= self.facts.restore_time <= span[1])

    def find_target(self):
        request = self.models.ShowAvalibleDdmsRequest(self.facts.source, limit=128)
        return {row.instance_id: row for row in self.client.show_avalible_ddms(request).instances}[self.facts.target]

    def source_nodes(self):
        request = self.models.ShowRelatedDnsRequest(self.facts.source, self.point)
        return [row.instance_id for row in self.client.show_related_dns(request).related_data_nodes]

    def find_candidates(self, node):
        request = self.models.ShowAvalibleRdsRequest(self.facts.source, self.facts.target, node, self.point)
        rows = self.client.show_avalible_rds(request).target_data_nodes
        return {row.instance_id for row in rows if row.available}

    def restore(self, **source):
        body = self.models.RestoreMetaData2ExistReq(
            source=self.models.RestoreMetaDataSource(**source),
            target=self.models.RestoreMetaDataTarget(list(self.facts.data_nodes), self.facts.target),
        )
        return self.client.restore_metadata(self.models.RestoreMetadataRequest(self.facts.source, body)).job_id

    def follow(self, job_id):
        seen = []
        while not seen or seen[-1].status == "Running":
            assert len(seen) < 20, "the job does not end"
            seen.append(self.client.show_ddm_job_result(self.models.ShowDdmJobResultRequest(job_id)).job)
        return seen

    def list_tasks(self):
        now = to_ms(self.simulator.now())
        request = self.models.ListTasksRequest(start_time=now - DAY_MS, end_time=now, limit=128)
        return {row.id: row for row in self.client.list_tasks(request).jobs}

    def read_back(self, instance):
        schemas = self.client.list_databases(self.models.ListDatabasesRequest(instance, limit=128)).databases
        users = self.client.list_ddm_users(self.models.ListDdmUsersRequest(instance, limit=128)).users
        return {row.name for row in schemas}, {row.name for row in users}

    def nodes_of(self, instance, schema):
        detail = self.client.show_instance_database(self.models.ShowInstanceDatabaseRequest(instance, schema))
        return {node.id for node in detail.data_nodes}


def parse(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


@pytest.fixture(params=["permanent keys", "temporary keys"])
def script(request, official, simulator, facts):
    credentials = official.credentials(facts, temporary=request.param == "temporary keys")
    return Script(official, official.client(simulator.endpoint, credentials), simulator)


def test_the_official_client_restores_a_backup_from_the_first_list_to_the_read_back(script, facts, simulator):
    assert facts.backup_id in {row.id for row in script.list_backups()}
    assert script.find_target().available
    candidates = [script.find_candidates(node) for node in script.source_nodes()]
    assert all(set(facts.data_nodes) <= found for found in candidates)

    job_id = script.restore(backup_id=facts.backup_id)

    looks = script.follow(job_id)
    assert [looks[0].status, looks[-1].status] == ["Running", "Completed"]
    assert script.list_tasks()[job_id].status == "Completed"
    assert [restore["job_id"] for restore in simulator.effective_restores()] == [job_id]
    schemas, users = script.read_back(facts.target)
    assert {"orders", "customers", "billing", "reference_data"} <= schemas
    assert {"shop_rw", "shop_ro", "reporting"} <= users
    assert script.nodes_of(facts.target, "orders") == set(facts.data_nodes)


@pytest.mark.parametrize("as_number", [int, float])
def test_the_official_client_restores_to_a_point_in_time(script, facts, simulator, as_number):
    begin, end = script.find_range()
    assert begin <= facts.restore_time <= end

    job_id = script.restore(restore_time=as_number(script.point))

    assert script.follow(job_id)[-1].status == "Completed"
    [restore] = simulator.effective_restores()
    assert restore["body"]["source"]["restore_time"] == int(script.point)
    assert script.read_back(facts.target)[0] >= script.read_back(facts.source)[0]


def test_the_official_client_reads_the_reason_of_a_failed_job_in_the_task_list(script, facts, simulator):
    simulator.inject("job-fails")

    job_id = script.restore(backup_id=facts.backup_id)

    assert script.follow(job_id)[-1].status == "Failed"
    assert script.list_tasks()[job_id].fail_reason
    assert script.read_back(facts.target) == (set(), set())


def test_the_official_client_shows_instances_backups_and_exported_metadata(script, facts):
    models, client = script.models, script.client
    listed = client.list_instances(models.ListInstancesRequest(limit=128, offset=0))
    assert {facts.source, facts.target} <= {row.id for row in listed.instances}
    shown = client.show_instance(models.ShowInstanceRequest(facts.source))
    assert (shown.id, shown.status) == (facts.source, "RUNNING")
    backup = client.show_backup(models.ShowBackupRequest(facts.source, facts.backup_id))
    assert {row.instance_id for row in backup.related_data_nodes} == set(script.source_nodes())
    exported = client.download_schema_metadata(models.DownloadSchemaMetadataRequest(facts.source))
    assert exported.compressed_databases_info


def test_the_official_client_reaches_only_the_first_ten_of_many_data_nodes(official, tmp_path):
    from ddmkit.simulator import Simulator

    with Simulator(scenario="many-nodes") as simulator:
        client = official.client(simulator.endpoint, official.credentials(simulator.facts))
        script = Script(official, client, simulator)
        assert len(script.source_nodes()) == 10
        backup = client.show_backup(official.models.ShowBackupRequest(simulator.facts.source, simulator.facts.backup_id))
        assert len(backup.related_data_nodes) == 129


def test_the_project_id_is_looked_up_by_the_official_client_through_iam(official, simulator, facts):
    credentials = official.credentials(facts, project_id=None)

    client = official.client(simulator.endpoint, credentials, iam_endpoint=facts.iam_endpoint, region=facts.region)

    assert credentials.project_id == facts.project_id
    assert client.list_instances(official.models.ListInstancesRequest()).instances
    assert [request.operation for request in simulator.requests] == ["KeystoneListProjects", "ListInstances"]
