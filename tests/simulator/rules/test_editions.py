"""Editions of the service: their calls, their error formats, and that a world keeps its edition."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ddmkit.simulator import EDITIONS, Simulator, World
from ddmkit.simulator.http.operations import DDM, OPERATIONS, Operation
from tests import plain_http
from tests.simulator.conftest import NOW, Caller

NAMES = {"instance_id": "i", "backup_id": "b", "job_id": "j", "ddm_dbname": "d", "database_name": "d"}
MISSING = {
    "huawei": set(),
    "otc": {"ListDdms", "ShowDdmDetail", "ListUsers", "ListDdmUsers", "SetReadOnlyStatus", "ShowLogicalProcesses"},
    "early": {"ListDdms", "ShowDdmDetail", "ListDdmUsers", "SetReadOnlyStatus"},
}


@pytest.fixture(params=EDITIONS, scope="module")
def edition(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def caller(edition: str) -> Iterator[Caller]:
    with Simulator(now=NOW, edition=edition) as simulator:
        caller = Caller(simulator)
        yield caller
        caller.http.close()


def asked(caller: Caller, operation: Operation) -> httpx.Response:
    # A deletion needs no body: it would be carried out.
    instance = NAMES["instance_id"] if operation.method == "DELETE" else caller.facts.source
    names = {**NAMES, "project_id": caller.facts.project_id, "instance_id": instance}
    path = operation.path.format(**names)
    return caller.http.request(operation.method, path, headers={"Content-Type": "application/json"})


def unpublished(answer: httpx.Response) -> bool:
    return answer.status_code in {404, 405} and answer.json().get("error_code") == "APIGW.0101"


def test_what_is_missing_is_stated_for_every_edition() -> None:
    assert set(MISSING) == set(EDITIONS)


def test_an_edition_answers_what_it_publishes_and_nothing_else(caller: Caller, edition: str) -> None:
    missing = {operation.name for operation in OPERATIONS if unpublished(asked(caller, operation))}
    assert missing == MISSING[edition]
    for operation in OPERATIONS:
        if operation.name in missing:
            answer = asked(caller, operation)
            assert answer.status_code == 404
            assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
            assert caller.simulator.requests[-1].operation == ""


def test_what_is_not_published_is_not_described(caller: Caller, edition: str) -> None:
    described = caller.simulator.openapi()["paths"].values()
    names = {call["operationId"] for path in described for call in path.values()}
    assert names == {operation.name for operation in OPERATIONS} - MISSING[edition]


def test_nobody_has_to_be_let_in_to_learn_that_a_call_is_not_published(caller: Caller, edition: str) -> None:
    for operation in OPERATIONS:
        if operation.name in MISSING[edition]:
            path = operation.path.format(**NAMES, project_id="p")
            assert unpublished(plain_http.get(caller.facts.endpoint + path))


@pytest.mark.parametrize("query", [{"limit": "many"}, {"limit": "500"}])
def test_v3_calls_are_refused_in_the_envelope_of_the_edition(caller: Caller, edition: str, query: dict[str, str]) -> None:
    answers = [caller.get(f"{caller.v3}/backups", **query), caller.post({}), caller.get(f"{caller.v3}/jobs/none")]
    names = {"errCode", "externalMessage"} if edition == "otc" else {"error_code", "error_msg"}
    assert [set(answer.json()) for answer in answers] == [names] * 3
    assert answers[0].json()[min(names)] == "DBS.280001"
    assert set(caller.get(f"{caller.v1}/instances", **query).json()) == {"errCode", "externalMessage"}


def test_faults_are_refused_in_the_envelope_of_the_edition(caller: Caller, edition: str) -> None:
    caller.simulator.inject("refused-busy@RestoreMetadata")
    answer = caller.restore()
    assert answer.status_code == 409
    assert answer.json()["errCode" if edition == "otc" else "error_code"] == "DBS.200019"


def test_the_gateway_speaks_alike_in_every_edition(caller: Caller) -> None:
    answer = plain_http.get(f"{caller.facts.endpoint}{caller.v3}/backups")
    assert set(answer.json()) == {"error_code", "error_msg", "request_id"}


def test_a_restore_runs_on_the_wire(caller: Caller) -> None:
    job_id = caller.restore().json()["job_id"]
    assert caller.finish(job_id)["status"] == "Completed"


def test_ids_and_credentials_are_alike_in_every_edition() -> None:
    one, other = (Simulator(now=NOW, edition=name) for name in ("huawei", "otc"))
    assert one.world.outline == other.world.outline
    assert one.world.seed.credentials() == other.world.seed.credentials()
    one.close()
    other.close()


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.family not in DDM], ids=lambda one: one.name)
def test_identity_and_versions_are_published_everywhere(operation: Operation) -> None:
    assert operation.editions == set(EDITIONS)


def test_a_world_keeps_its_edition(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    World(path, edition="otc").close()
    for wanted in (None, "otc"):
        with Simulator(world=path, edition=wanted) as simulator:
            assert simulator.edition == "otc"
            assert plain_http.get(f"{simulator.endpoint}/v3/p/instances").status_code == 404
    with pytest.raises(ValueError, match=r"holds the edition 'otc', not 'early'; open it without naming an edition"):
        Simulator(world=path, edition="early")


def test_a_world_from_before_there_were_editions_plays_huawei_cloud(tmp_path: Path) -> None:
    path = tmp_path / "world.sqlite"
    world = World(path)
    world.storage.execute("DELETE FROM settings WHERE name = 'edition'")
    world.close()
    world = World(path)
    assert world.edition == "huawei"
    world.close()
    with pytest.raises(ValueError, match="holds the edition 'huawei', not 'otc'"):
        World(path, edition="otc")


@pytest.mark.parametrize("name", ["OTC", "huawei ", "nonsense", "../otc"])
def test_an_unknown_edition_is_refused_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    path = tmp_path / "world.sqlite"
    with pytest.raises(ValueError, match="choose one of huawei, otc, early"):
        Simulator(world=path, edition=name)
    assert not path.exists()


def test_no_edition_of_a_new_world_is_huawei_cloud(simulator: Any) -> None:
    assert simulator.edition == "huawei"
