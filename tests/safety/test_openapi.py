"""The simulator keeps its word: whatever its own OpenAPI description allows or forbids, no call of it ends in a 500.

schemathesis makes the requests from the description: good ones, and ones that break it in one place. Made-up ids end at the
first lookup, so each request is sent twice: as it was made up, and with ids and instants of the world, which lead deeper.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from ddmkit.simulator import Simulator
from ddmkit.simulator.http.operations import ALL_OPERATIONS, SERVICES
from tests.nightly import times

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
PATIENCE = timedelta(seconds=20)
BY_NAME = {operation.name: operation for operation in ALL_OPERATIONS}
# Where each family of calls says what was wrong. Source: ddm-api.md 1.6 and 7.
CODES = {
    "v3": ("error_code",),
    "v1": ("errCode", "error_code"),
    "iam": ("error", "error_code"),
    "root": ("error_code",),
    "rds": ("error_code",),
    "vpc1": ("code",),
    "vpc3": ("error_code",),
    "cts": ("error_code",),
}


class Caller:
    """A simulator, its description, and a session that is let in."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.session = requests.Session()
        self.session.trust_env = False
        described = [schemathesis.openapi.from_dict(simulator.openapi(service)) for service in SERVICES]
        found = (_ok(one) for every in described for one in every.get_all_operations())
        self.described = {one.definition.raw["operationId"]: one for one in found}
        self.addresses = {"ddm": simulator.endpoint}
        self.addresses |= {service: getattr(simulator, f"{service}_endpoint") for service in SERVICES[1:]}
        self.known = _known_places(simulator)

    def send(self, case: Any, *, deep: bool) -> Any:
        """Send a request as it was made up; with `deep`, to places that the world has."""
        case.path_parameters["project_id"] = self.simulator.facts.project_id  # else every one of them is a 403
        if deep and case.method.upper() != "DELETE":  # the source is needed for the next calls
            for given_values in (case.path_parameters, case.query):
                given_values.update({name: self.known[name] for name in given_values if name in self.known})
            self._aim(case.body)
        headers = {"X-Auth-Token": self.simulator.facts.token}
        service = BY_NAME[case.operation.definition.raw["operationId"]].service
        return case.call(base_url=self.addresses[service], headers=headers, session=self.session, timeout=20)

    def _aim(self, body: Any) -> None:
        """Put ids of the world into whatever in a body of the restore has the shape for it."""
        facts = self.simulator.facts
        source, target = (body.get(name) if isinstance(body, dict) else None for name in ("source", "target"))
        if isinstance(source, dict) and isinstance(source.get("backup_id"), str):
            source["backup_id"] = facts.backup_id
        if isinstance(target, dict) and isinstance(target.get("data_nodes"), list):
            target.update(
                instance_id=facts.target, data_nodes=[*facts.data_nodes, *target["data_nodes"]][: len(target["data_nodes"])]
            )


def _ok(result: Any) -> Any:
    return result.ok()


def _known_places(simulator: Simulator) -> dict[str, Any]:
    facts = simulator.facts
    return {
        "instance_id": facts.source,
        "backup_id": facts.backup_id,
        "job_id": simulator.world.add_job(facts.source),
        "database_name": "customers",
        "ddm_dbname": "customers",
        "target_instance_id": facts.target,
        "source_dn_instance_id": facts.data_nodes[0],
        "restore_time": int(facts.restore_time.timestamp() * 1000),
        "start_time": int((NOW - timedelta(days=2)).timestamp() * 1000),
    }


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with Simulator(now=NOW) as simulator:
        caller = Caller(simulator)
        yield caller
        caller.session.close()


def test_every_call_is_described(caller):
    assert set(caller.described) == set(BY_NAME)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["good", "bad"])
@pytest.mark.parametrize("name", sorted(BY_NAME))
def test_no_request_ends_in_a_server_error(name, mode, caller):
    ask_much(caller, name, mode)


def ask_much(caller: Caller, name: str, mode: GenerationMode, **options: Any) -> None:
    """Send one call in many shapes; the first bad answer is an error."""
    family = BY_NAME[name].family
    if mode is GenerationMode.NEGATIVE and not caller.described[name].definition.raw.get("parameters"):
        mode = GenerationMode.POSITIVE  # nothing about it can be wrong

    @settings(max_examples=times(4, at_night=40), deadline=PATIENCE, suppress_health_check=list(HealthCheck), **options)
    @given(case=caller.described[name].as_strategy(generation_mode=mode))
    def answers_well(case: Any) -> None:
        for deep in (False, True):  # to make a request up takes longer than to send it
            answer = caller.send(case, deep=deep)

            assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
            told = answer.json()
            assert {"date", "x-request-id"} <= set(answer.headers)
            assert answer.status_code < 400 or any(told.get(key) for key in CODES[family])

    answers_well()


def test_a_call_that_breaks_is_noticed(caller, monkeypatch):
    def break_down(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr("ddmkit.simulator.http.backup_routes.ranges_of", break_down)

    with pytest.raises((AssertionError, requests.RequestException, ZeroDivisionError)):
        # As it is found: to look for the simplest such request takes longer than all else.
        ask_much(caller, "ShowAvalibleTime", GenerationMode.POSITIVE, phases=[Phase.generate])
