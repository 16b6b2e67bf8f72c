"""The official client receives the documented status and code for each error of the simulator."""

from __future__ import annotations

from datetime import timedelta

import pytest


@pytest.fixture
def refused(official):
    """Return a function that returns the status and error code of a rejected call."""

    def ask(call, request):
        with pytest.raises(official.exceptions.ServiceResponseException) as caught:
            call(request)
        assert caught.value.request_id
        return caught.value.status_code, caught.value.error_code

    return ask


@pytest.fixture
def restore(official, sdk_client, facts, refused):
    """Return a function that requests an invalid restore and returns the status and error code."""

    def ask(path=facts.source, **changes):
        source = {name: changes[name] for name in ("backup_id", "restore_time") if name in changes}
        models = official.models
        target = {name: changes.get(name, getattr(facts, attribute)) for name, attribute in TARGET.items()}
        body = models.RestoreMetaData2ExistReq(
            source=models.RestoreMetaDataSource(**(source or {"backup_id": facts.backup_id})),
            target=models.RestoreMetaDataTarget(**{**target, "data_nodes": list(target["data_nodes"])}),
        )
        return refused(sdk_client.restore_metadata, models.RestoreMetadataRequest(path, body))

    return ask


TARGET = {"instance_id": "target", "data_nodes": "data_nodes"}


def test_a_restore_with_both_a_backup_and_a_time_is_a_parameter_error(restore, facts):
    milliseconds = int(facts.restore_time.timestamp() * 1000)
    assert restore(backup_id=facts.backup_id, restore_time=milliseconds) == (400, "DBS.280001")


def test_a_restore_with_neither_a_backup_nor_a_time_is_a_parameter_error(restore):
    assert restore(backup_id=None) == (400, "DBS.280001")


def test_a_time_outside_the_ranges_is_a_parameter_error(restore, facts):
    long_ago = int((facts.restore_time - timedelta(days=60)).timestamp() * 1000)
    assert restore(restore_time=long_ago) == (400, "DBS.280001")


def test_a_backup_that_does_not_exist_is_named_as_such(restore, facts):
    assert restore(backup_id="0" * 32 + "br09") == (400, "DBS.201203")


def test_the_source_cannot_be_its_own_target(restore, facts):
    assert restore(instance_id=facts.source) == (400, "DBS.300372")


def test_too_few_data_nodes_are_counted(restore, facts):
    assert restore(data_nodes=facts.data_nodes[:1]) == (400, "DBS.300102")


def test_a_doubled_data_node_is_refused(restore, facts):
    assert restore(data_nodes=facts.data_nodes[:1] * 2) == (400, "DBS.300108")


def test_a_data_node_in_use_is_refused(restore, facts, simulator):
    simulator.world.attach(simulator.world.add_instance(), facts.data_nodes[0])
    assert restore() == (400, "DBS.300110")


def test_an_unknown_source_is_not_found(restore):
    assert restore(path="0" * 32 + "in09") == (404, "DBS.200002")


def test_an_unknown_target_is_not_found(restore):
    assert restore(instance_id="0" * 32 + "in09") == (404, "DBS.200002")


def test_a_second_restore_is_refused_while_the_first_one_runs(restore, official, sdk_client, facts, simulator):
    models = official.models
    target = models.RestoreMetaDataTarget(list(facts.data_nodes), facts.target)
    body = models.RestoreMetaData2ExistReq(models.RestoreMetaDataSource(backup_id=facts.backup_id), target)
    sdk_client.restore_metadata(models.RestoreMetadataRequest(facts.source, body))

    assert restore() == (409, "DBS.200019")
    assert len(simulator.effective_restores()) == 1


def test_an_unknown_job_is_not_found(official, sdk_client, refused):
    request = official.models.ShowDdmJobResultRequest("0" * 32)
    assert refused(sdk_client.show_ddm_job_result, request) == (404, "DBS.300400")


def test_a_page_of_more_than_128_rows_is_a_parameter_error(official, sdk_client, refused):
    request = official.models.ListBackupsRequest(limit=129)
    assert refused(sdk_client.list_backups, request) == (400, "DBS.280001")


def test_jobs_of_more_than_30_days_ago_are_a_parameter_error(official, sdk_client, refused, simulator):
    now = int(simulator.now().timestamp() * 1000)
    request = official.models.ListTasksRequest(start_time=now - 31 * 86_400_000, end_time=now)
    assert refused(sdk_client.list_tasks, request) == (400, "DBS.280001")


def test_the_official_client_does_not_understand_the_errors_of_the_first_version(official, sdk_client, refused):
    # Its parser does not know errCode and uses the status instead. Source: ddm-api.md 1.6.
    request = official.models.ShowInstanceRequest("0" * 32 + "in09")
    assert refused(sdk_client.show_instance, request) == (404, "404")


def test_another_project_is_closed_to_these_keys(official, simulator, facts, refused):
    client = official.client(simulator.endpoint, official.credentials(facts, project_id="0" * 32))
    assert refused(client.list_instances, official.models.ListInstancesRequest()) == (403, "APIGW.0306")


@pytest.mark.parametrize("wrong", ["secret_key", "access_key"])
def test_a_wrong_key_is_rejected_by_the_gateway(official, simulator, facts, refused, wrong):
    client = official.client(simulator.endpoint, official.credentials(facts, **{wrong: "wrong"}))
    assert refused(client.list_instances, official.models.ListInstancesRequest()) == (401, "APIGW.0301")
    assert [request.status for request in simulator.requests] == [401]


def test_temporary_keys_without_their_token_are_rejected(official, simulator, facts, refused):
    credentials = official.credentials(facts, temporary=True).with_security_token("not-this-one")
    client = official.client(simulator.endpoint, credentials)
    assert refused(client.list_instances, official.models.ListInstancesRequest()) == (401, "APIGW.0301")


def test_a_script_that_goes_on_after_a_rejection_locks_the_key_out(official, simulator, facts, sdk_client, refused):
    wrong = official.client(simulator.endpoint, official.credentials(facts, secret_key="wrong"))
    request = official.models.ListInstancesRequest()
    for _ in range(6):
        refused(wrong.list_instances, request)

    with pytest.raises(official.exceptions.ClientRequestException, match="reach the limit"):
        sdk_client.list_instances(request)
