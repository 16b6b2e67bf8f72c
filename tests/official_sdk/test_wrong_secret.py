"""A wrong secret causes only one rejected request, because more than five in a row lock the key."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.errors import AuthError


@pytest.fixture
def connect(facts, tmp_path, monkeypatch):
    """Return a function that connects with keys of the scenario; the secret key is wrong."""
    monkeypatch.setenv("HOME", str(tmp_path))
    kits = []

    def make(**changes):
        keys = {"access_key": facts.access_key, "secret_key": "wrong-secret-key"}
        place = {"endpoint": facts.endpoint, "iam_endpoint": facts.iam_endpoint, "region": facts.region}
        given = {**keys, **place, "project_id": facts.project_id, "records": tmp_path / "records.sqlite", **changes}
        kits.append(ddmkit.connect(**given))
        return kits[-1]

    yield make
    for kit in kits:
        kit.close()


def rejected(simulator):
    return [request.operation for request in simulator.requests if request.status == 401]


@pytest.mark.parametrize("point", ["backup_id", "restore_time"])
def test_a_plan_with_a_wrong_secret_costs_one_rejected_request(connect, simulator, facts, point):
    kit = connect()
    wanted = {"source": facts.source, "target": facts.target, "data_nodes": facts.data_nodes}

    with pytest.raises(AuthError) as caught:
        kit.plan(**wanted, **{point: getattr(facts, point)})

    assert len(rejected(simulator)) == 1
    assert (caught.value.status, caught.value.code) == (401, "APIGW.0301")
    assert "wrong-secret-key" not in str(caught.value)


def test_reads_gathered_with_a_wrong_secret_cost_one_rejected_request(connect, simulator, facts):
    client = connect()._client

    with pytest.raises(AuthError):
        client.gather([lambda: client.list_backups(facts.source) for _ in range(12)])

    assert rejected(simulator) == ["ListBackups"]


def test_a_timeline_with_a_wrong_secret_costs_one_rejected_request(connect, simulator, facts):
    with pytest.raises(AuthError):
        connect().timeline(facts.source)
    assert len(rejected(simulator)) == 1


def test_looking_up_the_project_with_a_wrong_secret_costs_one_rejected_request(connect, simulator, facts):
    kit = connect(project_id=None)

    with pytest.raises(AuthError):
        kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, backup_id=facts.backup_id)

    assert rejected(simulator) == ["KeystoneListProjects"]


def test_a_wrong_password_costs_one_rejected_login(connect, simulator, facts):
    keys = {"access_key": None, "secret_key": None, "user": facts.user, "domain": facts.domain, "password": "wrong"}
    client = connect(**keys)._client

    with pytest.raises(AuthError):
        client.gather([client.list_instances] * 12)

    assert rejected(simulator) == ["KeystoneCreateUserTokenByPassword"]


def test_the_right_secret_is_accepted_after_a_wrong_one(connect, simulator, facts):
    with pytest.raises(AuthError):
        connect().instances()

    assert len(connect(secret_key=facts.secret_key).instances()) > 1
