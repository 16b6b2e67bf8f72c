"""The simulator object: start, stop, facts, command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from ddmkit.simulator import SCENARIOS, ScenarioFacts, Simulator
from tests import forked, plain_http
from tests.simulator.recovery import Hosts

LAZY = """
import sys, ddmkit.simulator
loaded = {"fastapi", "uvicorn", "starlette", "pydantic", "httpx"} & set(sys.modules)
assert not loaded, loaded
"""
COMMAND = """
from ddmkit.simulator import Simulator, serve_forever
simulator = Simulator().start()
print(simulator.endpoint, simulator.world_path, flush=True)
serve_forever(simulator)
print("closed", flush=True)
"""


def test_importing_loads_no_web_server() -> None:
    subprocess.run([sys.executable, "-c", LAZY], check=True, timeout=60)


def test_closing_ends_the_thread_and_removes_its_own_world_even_with_open_connections() -> None:
    before = set(threading.enumerate())
    simulator = Simulator().start()
    path, endpoint = simulator.world_path, simulator.endpoint
    with plain_http.open_client() as client:
        assert client.get(endpoint).status_code == 200
        began = time.perf_counter()
        simulator.close()
        assert time.perf_counter() - began < 1
        with pytest.raises(httpx.TransportError):
            client.get(endpoint)
    assert set(threading.enumerate()) <= before
    assert not path.parent.exists()
    simulator.close()


def test_closing_breaks_requests_under_way() -> None:
    simulator = Simulator(faults=["slow*"], slow_s=30).start()
    facts = simulator.facts
    problems: list[Exception] = []

    def wait_for_it() -> None:
        try:
            url = f"{facts.endpoint}/v3/{facts.project_id}/backups"
            plain_http.get(url, headers={"X-Auth-Token": facts.token}, timeout=20)
        except httpx.TransportError as error:
            problems.append(error)

    thread = threading.Thread(target=wait_for_it)
    thread.start()
    while not simulator.requests:
        time.sleep(0.005)
    simulator.close()
    thread.join(5)
    assert len(problems) == 1


def test_a_world_outlives_its_simulator(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    with Simulator(world=path, scenario="old-backup") as first:
        known = (first.world_id, first.scenario_name, first.facts.source)
    with Simulator(world=path) as again:
        assert (again.world_id, again.scenario_name, again.facts.source) == known
    with pytest.raises(ValueError, match="'old-backup', not 'many-nodes'"):
        Simulator(world=path, scenario="many-nodes")


def test_it_listens_on_loopback_only_and_on_the_given_port() -> None:
    with Simulator() as first:
        port = int(first.endpoint.rsplit(":", 1)[1])
        assert first.endpoint == f"http://127.0.0.1:{port}"
    with Simulator(port=port) as second:
        assert second.endpoint.endswith(f":{port}")


@pytest.mark.parametrize(
    "arguments", [{"scenario": "flood"}, {"faults": ["flood"]}, {"speed": 0}, {"now": datetime(2026, 1, 1)}]
)
def test_wrong_arguments_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"There is no|must be above|no time zone"):
        Simulator(**arguments)


def test_before_the_start_there_is_no_address() -> None:
    simulator = Simulator()
    with pytest.raises(RuntimeError, match="start"):
        _ = simulator.endpoint
    assert "not started" in repr(simulator)
    assert simulator.requests == []
    simulator.close()


def test_the_clock_is_stopped_where_it_was_set_and_moves_by_hand() -> None:
    now = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
    with Simulator(now=now) as simulator:
        assert simulator.is_clock_stopped
        assert simulator.now() == now
        simulator.advance(timedelta(minutes=3))
        assert simulator.now() == now + timedelta(minutes=3)
    with Simulator() as simulator:
        assert not simulator.is_clock_stopped
        assert abs(simulator.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_facts_are_complete_and_their_repr_shows_no_credential() -> None:
    with Simulator() as simulator:
        facts = simulator.facts
        assert isinstance(facts, ScenarioFacts)
        assert facts.description == SCENARIOS["dropped-schema"]
        assert facts.incident is not None
        assert facts.restore_time < facts.incident < simulator.now()
        shown = repr(facts)
        for secret in (facts.token, facts.secret_key, facts.password, facts.security_token):
            assert secret not in shown
        assert facts.source in shown


def test_facts_are_the_same_for_every_world_of_a_scenario() -> None:
    now = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
    with Simulator(now=now) as one, Simulator(now=now) as two:
        places = {"endpoint", "iam_endpoint", "rds_endpoint", "vpc_endpoint", "cts_endpoint"}
        assert {k: v for k, v in vars(one.facts).items() if k not in places} == {
            k: v for k, v in vars(two.facts).items() if k not in places
        }
        assert one.world_id != two.world_id


def test_each_service_has_an_address_of_its_own_and_one_thread_serves_all() -> None:
    before = threading.active_count()
    with Simulator(scenario="whole-incident") as simulator:
        facts = simulator.facts
        addresses = [facts.endpoint, facts.rds_endpoint, facts.vpc_endpoint, facts.cts_endpoint]
        assert len(set(addresses)) == 4
        assert addresses[1:] == [simulator.rds_endpoint, simulator.vpc_endpoint, simulator.cts_endpoint]
        assert threading.active_count() == before + 1
        headers = {"X-Auth-Token": facts.token}
        for address, service in zip(addresses, ("ddm", "rds", "vpc", "cts"), strict=True):
            answer = plain_http.get(f"{address}/v3/{facts.project_id}/traces", headers=headers)
            assert answer.status_code == (200 if service == "cts" else 404)
            assert plain_http.get(f"{address}/v3/{facts.project_id}/traces").status_code in {401, 404}
            assert answer.headers["X-Simulator-World"] == simulator.world_id
            assert simulator.requests[-1].service == service
        names = {service: simulator.openapi(service)["info"]["title"] for service in ("ddm", "rds", "vpc", "cts")}
        assert names["rds"] == "RDS simulator"


def test_ports_can_be_chosen_and_a_taken_one_leaves_nothing_open() -> None:
    with Simulator() as first:
        taken = int(first.rds_endpoint.rsplit(":", 1)[1])
        second = Simulator(ports={"cts": taken})
        with pytest.raises(OSError, match="in use"):
            second.start()
        second.close()
    with Simulator(ports={"cts": taken}) as third:
        assert third.cts_endpoint.endswith(f":{taken}")
    with pytest.raises(ValueError, match="no service 'obs'"):
        Simulator(ports={"obs": 1})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serving_as_a_command_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    with forked.Popen([sys.executable, "-c", COMMAND], stdout=forked.PIPE) as process:
        assert process.stdout is not None
        endpoint, path = process.stdout.readline().split()
        assert plain_http.get(endpoint).status_code == 200
        os.kill(process.pid, number)
        rest, _ = process.communicate(timeout=20)
    assert (process.returncode, rest.strip()) == (0, "closed")
    assert not Path(path).exists()


def test_what_was_started_is_listed_with_its_origin() -> None:
    with Simulator(scenario="whole-incident", now=datetime(2026, 5, 20, 9, 30, tzinfo=UTC)) as simulator:
        hosts = Hosts(simulator)
        assert simulator.effective_changes() == []
        source = hosts.sources()[0]
        node = hosts.recover(source)
        plain = hosts.body(source, restore_point=None, name="plain", datastore={"type": "MySQL", "version": "8.0"})
        hosts.create(plain)
        target = hosts.create_target().json()["id"]
        simulator.advance(timedelta(minutes=5))
        hosts.rds.delete(f"{hosts.v3}/instances/{node}")
        hosts.ddm.delete(f"{hosts.v3}/instances/{target}", params={"delete_dn_data": "false"})
        found = simulator.effective_changes()
        assert [(change["service"], change["kind"]) for change in found] == [
            ("rds", "restore"),
            ("rds", "create"),
            ("ddm", "create"),
            ("rds", "delete"),
            ("ddm", "delete"),
        ]
        assert (found[0]["id"], found[0]["source"], found[0]["restore_time"]) == (node, source, hosts.point)
        assert found[-1]["id"] == target
        assert simulator.effective_restores() == []
        hosts.close()


def test_the_recoveries_of_a_scenario_were_not_started_in_the_world() -> None:
    with Simulator() as simulator:
        assert simulator.effective_changes() == []
