"""The client against the simulator, which was written from the service's documentation without a look at the client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import Credentials, KeyCredentials, PasswordCredentials, TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import AuthError, BusyError, JobFailedError, ServiceError, UnreachableError
from ddmkit.models import RestoreRequest
from ddmkit.service.client import Client
from ddmkit.service.jobs import follow_job, follow_jobs
from ddmkit.service.protocol import Call, restore_metadata
from ddmkit.simulator import Simulator

STANDS_AT = "2025-05-21T11:00:00+00:00"


@pytest.fixture
def simulator(tmp_path) -> Iterator[Simulator]:
    from datetime import datetime

    with Simulator(world=tmp_path / "world.sqlite", now=datetime.fromisoformat(STANDS_AT)) as running:
        yield running


def credentials_of(simulator: Simulator) -> dict[str, Credentials]:
    facts = simulator.facts
    return {
        "token": TokenCredentials(SecretStr(facts.token)),
        "keys": KeyCredentials(SecretStr(facts.access_key), SecretStr(facts.secret_key)),
        "password": PasswordCredentials(facts.user, SecretStr(facts.password), facts.domain),
        "wrong secret": KeyCredentials(SecretStr(facts.access_key), SecretStr("not-the-secret-key")),
        "wrong password": PasswordCredentials(facts.user, SecretStr("not-the-password"), facts.domain),
        "wrong token": TokenCredentials(SecretStr("not-the-token")),
    }


@pytest.fixture
def connect(simulator: Simulator) -> Iterator[Callable[..., Client]]:
    clients: list[Client] = []

    def make(kind: str = "token", *, project_id: str | None = None) -> Client:
        facts = simulator.facts
        settings = Settings(
            endpoint=simulator.endpoint,
            credentials=credentials_of(simulator)[kind],
            project_id=facts.project_id if project_id is None else project_id,
            region=facts.region,
            iam_endpoint=facts.iam_endpoint,
        )
        clients.append(Client(settings, sleep=lambda seconds: None))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def restore_of(simulator: Simulator) -> Call:
    facts = simulator.facts
    request = RestoreRequest(
        source_instance_id=facts.source,
        target_instance_id=facts.target,
        data_nodes=tuple(facts.data_nodes),
        backup_id=facts.backup_id,
    )
    return restore_metadata(facts.project_id, request)


@pytest.mark.parametrize("kind", ["token", "keys", "password"])
def test_every_kind_of_credentials_finds_its_project_and_reads(simulator: Simulator, connect, kind: str) -> None:
    client, facts = connect(kind, project_id=""), simulator.facts
    assert client.find_project_id() == facts.project_id
    reads = [
        client.list_instances,
        lambda: client.list_backups(facts.source),
        lambda: client.list_restorable_ranges(facts.source),
        lambda: client.list_target_instances(facts.source),
        lambda: client.show_related_nodes(facts.source, facts.restore_time).related_data_nodes,
        lambda: client.list_schemas(facts.source),
        lambda: client.list_accounts(facts.source),
        lambda: client.show_backup(facts.source, facts.backup_id).related_data_nodes,
    ]
    assert all(client.gather(reads))
    assert client.world_id == simulator.world_id
    assert client.service_now() == simulator.now()


@pytest.mark.parametrize("kind", ["wrong secret", "wrong password", "wrong token"])
def test_wrong_credentials_cost_one_rejected_request(simulator: Simulator, connect, kind: str) -> None:
    client, before = connect(kind), len(simulator.requests)
    with pytest.raises(AuthError) as caught:
        client.gather([client.list_instances] * 12)
    assert len(simulator.requests) - before == 1
    assert caught.value.request_id
    assert "not-the" not in str(caught.value)


@pytest.mark.parametrize("kind", ["token", "keys", "password"])
def test_a_restore_runs_from_start_to_end(simulator: Simulator, connect, kind: str) -> None:
    client = connect(kind)
    started = client.restore_metadata(restore_of(simulator))
    assert started.status == 202
    job = follow_job(client, started.job_id, sleep=lambda seconds: None)
    assert job.is_completed
    assert job.instance_id == simulator.facts.target
    assert [one["job_id"] for one in simulator.effective_restores()] == [started.job_id]
    assert client.list_schemas(simulator.facts.target)


def test_a_failed_job_comes_with_its_reason(simulator: Simulator, connect) -> None:
    client = connect()
    simulator.inject("job-fails")
    started = client.restore_metadata(restore_of(simulator))
    with pytest.raises(JobFailedError) as caught:
        follow_job(client, started.job_id, sleep=lambda seconds: None)
    assert caught.value.job.fail_reason


def test_jobs_are_followed_through_the_list(simulator: Simulator, connect) -> None:
    client = connect()
    since = simulator.now() - timedelta(minutes=1)
    started = client.restore_metadata(restore_of(simulator))
    (job,) = follow_jobs(client, [started.job_id], since=since, sleep=lambda seconds: None)
    assert job.is_completed


def test_a_second_restore_to_a_busy_target_is_refused_as_busy(simulator: Simulator, connect) -> None:
    client = connect()
    client.restore_metadata(restore_of(simulator))
    with pytest.raises(BusyError) as caught:
        client.restore_metadata(restore_of(simulator))
    assert caught.value.started is False
    assert len(simulator.effective_restores()) == 1


@pytest.mark.parametrize("fault", ["lost-answer", "dies-after-accept"])
def test_a_restore_whose_answer_is_lost_is_open_and_not_sent_again(simulator: Simulator, connect, fault: str) -> None:
    client = connect()
    simulator.inject(fault)
    with pytest.raises(UnreachableError) as caught:
        client.restore_metadata(restore_of(simulator))
    assert caught.value.sent
    assert len(simulator.effective_restores()) == 1


@pytest.mark.parametrize(
    "fault", ["throttled@ListBackups*2", "server-error@ListBackups*2", "html-502@ListBackups", "truncated-body@ListBackups"]
)
def test_reads_get_over_what_passes(simulator: Simulator, connect, fault: str) -> None:
    client = connect()
    wanted = client.list_backups()
    simulator.inject(fault)
    assert client.list_backups() == wanted


@pytest.mark.parametrize("fault", ["cut-pages@ListBackups", "wrong-total@ListBackups", "duplicate-rows@ListBackups"])
def test_lists_are_complete_in_spite_of_odd_pages(simulator: Simulator, connect, fault: str) -> None:
    client = connect()
    wanted = client.list_backups()
    simulator.inject(fault)
    assert client.list_backups() == wanted


@pytest.mark.parametrize("fault", ["wrong-total@ListBackups*", "bad-json@ListBackups*"])
def test_lists_that_stay_odd_are_errors(simulator: Simulator, connect, fault: str) -> None:
    simulator.inject(fault)
    with pytest.raises(ServiceError):
        connect().list_backups()


def test_an_expired_token_is_renewed_for_a_user_with_password(simulator: Simulator, connect) -> None:
    client = connect("password")
    wanted = client.list_instances()
    simulator.inject("token-expires")
    assert client.list_instances() == wanted


def test_a_clock_that_is_off_is_named(simulator: Simulator, connect) -> None:
    client = connect("keys")
    simulator.inject("skewed-clock")
    with pytest.raises(AuthError, match=r"clock of this machine is \d+ min"):
        client.list_instances()
