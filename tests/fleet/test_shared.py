"""Reads that many items share: each list once, and again when it is too old."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

import ddmkit
from ddmkit.errors import NotFoundError
from ddmkit.fleet.shared import Remembered, look_beside, share_reads


def test_an_answer_is_kept_until_it_is_too_old():
    seconds, read = [0.0], []
    remembered = Remembered(10, lambda: seconds[0])

    def ask():
        read.append(1)
        return len(read)

    assert [remembered.get("a", ask), remembered.get("a", ask)] == [1, 1]
    seconds[0] = 10.5
    assert remembered.get("a", ask) == 2
    assert remembered.get("b", ask) == 3
    seconds[0] = 30.5
    assert remembered.get("b", ask, 60) == 3


def test_newer_answers_of_another_one_are_taken_over_with_their_age():
    seconds = [5.0]
    planned, working = Remembered(600, lambda: seconds[0]), Remembered(10, lambda: seconds[0])
    working.get("b", lambda: "old")
    planned.get("a", lambda: "first")
    seconds[0] = 12.0
    planned.get("b", lambda: "new")
    working.take_over(planned)
    assert [working.get(name, lambda: "read") for name in ("a", "b")] == ["first", "new"]
    seconds[0] = 16.0
    assert [working.get(name, lambda: "read") for name in ("a", "b")] == ["read", "new"]


def test_of_several_threads_that_ask_at_once_one_reads():
    remembered, begun, read = Remembered(10, lambda: 0.0), threading.Barrier(4), []

    def ask():
        begun.wait()
        return remembered.get("a", lambda: read.append(1) or "answer")

    with ThreadPoolExecutor(4) as pool:
        assert {one.result() for one in [pool.submit(ask) for _ in range(4)]} == {"answer"}
    assert read == [1]


@pytest.fixture(scope="module")
def kit():
    with ddmkit.demo(now="2026-05-20T12:00:00Z") as kit:
        kit.instances()  # which tells the service's clock
        yield kit


def counted(kit, act):
    before = len(kit.simulator.requests)
    act()
    return [one.operation for one in kit.simulator.requests[before:]]


def test_a_new_client_knows_the_clock_of_the_service_before_it_asks_anything(kit):
    shared = share_reads(kit._context, Remembered(600)).client
    assert shared.service_now() == kit.simulator.now()
    shared.close()


def test_jobs_are_listed_once_for_all_and_a_job_is_taken_from_the_list(kit):
    shared = share_reads(kit._context, Remembered(600)).client
    since = shared.service_now() - timedelta(days=1)
    asked = counted(kit, lambda: [shared.list_jobs(since), shared.list_jobs(since)])
    assert asked.count("ListTasks") == 1
    week = shared.list_jobs(shared.service_now() - timedelta(days=7))
    assert week
    assert all(job.created_time >= since for job in shared.list_jobs(since))
    assert counted(kit, lambda: [shared.show_job(job.id) for job in week]) == []
    with pytest.raises(NotFoundError, match="is not listed yet"):
        shared.show_job("unknown")
    shared.close()


def test_a_source_is_taken_from_the_list_of_instances_and_a_target_is_read_whole(kit):
    shared = share_reads(kit._context, Remembered(600)).client
    facts = kit.scenario
    shared.sources = frozenset({facts.source, "gone"})
    alone = kit._context.client.show_instance(facts.source)
    source = shared.show_instance(facts.source)
    assert (source.id, source.name, source.status, source.engine_version) == (
        alone.id,
        alone.name,
        alone.status,
        alone.engine_version,
    )
    assert counted(kit, lambda: shared.show_instance(facts.source)) == []
    assert counted(kit, lambda: shared.show_instance(facts.target)) == ["ShowInstance"]
    with pytest.raises(NotFoundError):
        shared.show_instance("gone")
    shared.close()


def test_backups_are_listed_once_unless_there_are_very_many(kit, monkeypatch):
    shared = share_reads(kit._context, Remembered(600)).client
    facts = kit.scenario
    own = kit._context.client.list_backups(facts.source)
    assert shared.list_backups(facts.source) == own
    assert counted(kit, lambda: shared.list_backups(facts.source)) == []
    monkeypatch.setattr("ddmkit.fleet.shared._MOST_SHARED_BACKUPS", 1)
    shared.list_backups(facts.source)
    assert counted(kit, lambda: shared.list_backups(facts.source)) == ["ListBackups"]
    shared.close()


def test_a_look_reads_the_jobs_in_any_case_and_others_use_what_it_read(kit):
    shared = share_reads(kit._context, Remembered(600)).client
    looking = look_beside(kit._context, shared)
    looking.probe()  # as before each look: it tells the service's clock
    since = looking.service_now() - timedelta(days=7)
    assert counted(kit, lambda: [looking.list_jobs(since), looking.list_jobs(since)]).count("ListTasks") == 2
    assert counted(kit, lambda: shared.list_jobs(since)) == []
    assert shared.list_jobs(since) == kit._context.client.list_jobs(since)
    looking.close()
    shared.close()


def test_networks_and_the_list_of_nodes_are_read_once(kit):
    shared = share_reads(kit._context, Remembered(600))
    witnesses = shared.witnesses
    nodes = witnesses.rds.list_instances()
    assert counted(kit, lambda: witnesses.rds.list_instances()) == []
    network = nodes[0]
    first = counted(kit, lambda: witnesses.vpc.show_vpc(network.vpc_id))
    assert len(first) == 1
    assert counted(kit, lambda: witnesses.vpc.show_vpc(network.vpc_id)) == []
    assert len(counted(kit, lambda: witnesses.rds.list_instances(instance_id=nodes[0].id))) == 1
    shared.client.close()


def test_what_the_proofs_rest_on_is_read_each_minute_and_sources_with_their_backups_less_often(kit):
    seconds = [0.0]
    shared = share_reads(kit._context, Remembered(60, lambda: seconds[0]))
    client, witnesses, source = shared.client, shared.witnesses, kit.scenario.source
    client.sources = frozenset({source})
    vpc_id = kit._context.witnesses.rds.list_instances()[0].vpc_id

    def ask():
        client.show_instance(source)
        client.list_backups(source)
        witnesses.rds.list_instances()
        witnesses.vpc.show_vpc(vpc_id)

    first = set(counted(kit, ask))
    assert counted(kit, ask) == []
    seconds[0] = 61.0
    proofs = set(counted(kit, ask))
    seconds[0] = 301.0
    assert set(counted(kit, ask)) == first
    assert first - proofs == {"ListInstances", "ListBackups"}
    assert len(proofs) == 2
    client.close()


def test_the_clock_that_one_connection_knows_is_known_to_the_one_beside_it(kit):
    shared = share_reads(kit._context, Remembered(600)).client
    shared.list_backups()
    looking = look_beside(kit._context, shared)
    assert looking.last_skew is None
    looking.know_clock_of(shared)
    assert (looking.last_skew, looking.service_now()) == (shared.last_skew, shared.service_now())
    looking.close()
    shared.close()
