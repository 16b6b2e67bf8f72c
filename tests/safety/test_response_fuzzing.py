"""Whatever bytes a service sends: an error of ours that says what to do, or a right result; nothing else, and soon.

Valid answers of the simulator are damaged in every way a proxy, a bug or a stranger could, and go through the real client:
mostly over a network that is a function, for the sake of numbers, and some hundred times over real sockets.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

import ddmkit
from ddmkit import models
from ddmkit.config.credentials import PasswordCredentials, TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import DDMKitError
from ddmkit.kit import Kit
from ddmkit.models import RestoreRequest
from ddmkit.restore.context import RestoreContext
from ddmkit.restore.step import select_candidates
from ddmkit.service import protocol
from ddmkit.service.client import Client, Submission
from ddmkit.service.transport import Network
from ddmkit.simulator import Simulator
from tests.nightly import times

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
PATIENCE = timedelta(seconds=20)  # for one example; a damaged answer is dealt with in milliseconds
CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
TOKEN = SecretStr("MIIS-token-of-the-malformed-tests")


# What is damaged ------------------------------------------------------------------------------------------------------

DEEP = "nested without an end"  # stands for what JSON cannot build here and a stranger can send
AWKWARD_TEXTS = (
    "", " ", "\x00", "\ud800", "NaN", "-1", "1e999", "9" * 5000, "١٢٣", "60%", "<b>&\"'", "\u202egnp", "0001-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z", "2026-05-20T09:30:00", "253402300799999", "-62135596800001",
)  # fmt: skip
AWKWARD = (
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    10**30,
    -(10**400),
    0.1,
    -0.0,
    1e308,
    float("nan"),
    [],
    {},
    [None],
    DEEP,
    {"id": {}},
)


def make_junk(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.randrange(7 if depth < 3 else 5)
    if kind == 5:
        return [make_junk(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 6:
        return {make_text(chance): make_junk(chance, depth + 1) for _ in range(chance.randrange(4))}
    leaf = (
        lambda: chance.choice(AWKWARD_TEXTS),
        lambda: copy.deepcopy(chance.choice(AWKWARD)),
        lambda: chance.randint(-(2**80), 2**80),
        lambda: chance.uniform(-1, 1) * 10 ** chance.randrange(300),
        lambda: make_text(chance),
    )
    return leaf[kind]()


def make_text(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(chance.choice((128, 0x3000, 0xD7FF)))) for _ in range(chance.randrange(9)))


def places_in(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if here:
        yield here
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if len(here) > 6:
        return
    for key, child in list(inner)[:12]:
        yield from places_in(child, (*here, key))


def damage_object(chance: random.Random, valid: bytes) -> Any:
    """One to three places of a valid answer dropped, retyped, doubled or nested."""
    payload = json.loads(valid)
    for _ in range(chance.randint(1, 3)):
        places = list(places_in(payload))
        if not places:
            break
        *above, last = chance.choice(places)
        holder = payload
        for key in above:
            holder = holder[key]
        match chance.choice(["drop", "retype", "double", "nest", "empty"]):
            case "drop":
                del holder[last]
            case "double" if isinstance(holder, list):
                holder.insert(chance.randint(0, len(holder)), copy.deepcopy(holder[last]))
            case "nest":
                holder[last] = chance.choice([[holder[last]], {"value": holder[last]}, {str(last): [holder[last]]}])
            case "empty":
                holder[last] = type(holder[last])() if holder[last] is not None else ""
            case _:
                holder[last] = make_junk(chance)
    return payload


def write(payload: Any) -> bytes:
    return json.dumps(payload).replace(f'"{DEEP}"', "[" * 5000 + "]" * 5000).encode()


def damage_bytes(chance: random.Random, valid: bytes) -> bytes:
    kinds = ("object", "object", "object", "object", "cut", "noise", "flip", "other", "doubled key", "html")
    match chance.choice(kinds):
        case "object":
            return write(damage_object(chance, valid))
        case "cut":
            return valid[: chance.randint(0, len(valid))]
        case "noise":
            return chance.randbytes(chance.randrange(200))
        case "flip":
            at = chance.randrange(len(valid))
            return valid[:at] + chance.randbytes(chance.randint(1, 4)) + valid[at + 1 :]
        case "other":
            encoding = chance.choice(["utf-8", "utf-16", "utf-32", "utf-8-sig"])
            return json.dumps(make_junk(chance)).encode(encoding)
        case "doubled key":
            return valid[:-1] + b"," + valid[1:]
        case _:
            return b"<!DOCTYPE html><html><body>" + valid + b"</body></html>"


# One number decides all of one damage: what is damaged next depends on what was damaged before.
seeds = st.integers(0, 2**48)


def damaged_bytes(valid: bytes) -> st.SearchStrategy[bytes]:
    return seeds.map(lambda seed: damage_bytes(random.Random(seed), valid))


header_values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
odd_headers = st.fixed_dictionaries(
    {},
    optional={
        "date": st.sampled_from(["Wed, 20 May 2026 09:30:00 GMT", "Wed, 99 May 2026 09:30:00 GMT", "0"]) | header_values,
        "retry-after": st.sampled_from(["0", "-5", "1e999", "nan", "Wed, 20 May 9999 09:30:00 GMT"]) | header_values,
        "x-request-id": header_values,
        "x-simulator-world": header_values,
        "x-simulator-now": st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2026-05-20"]) | header_values,
        "x-subject-token": header_values,
        "location": st.sampled_from(["//[", "http://[::1", "\x7f"]) | header_values,
        "content-type": header_values,
    },
)
statuses = st.sampled_from([200, 200, 200, 200, 200, 200, 202, 204, 301, 400, 401, 403, 404, 409, 429, 500, 502, 503, 599])


# What it goes through -------------------------------------------------------------------------------------------------


class Answers:
    """A network that is a function: every request of an operation gets the same answer."""

    def __init__(self) -> None:
        self.of: dict[str, Callable[[], httpx.Response]] = {}
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        return self.of[request.extensions["call"].operation]()


BESIDE = {f"{service}_endpoint": f"http://127.0.0.1:{port}" for service, port in (("rds", 10), ("vpc", 11), ("cts", 12))}


def make_settings(endpoint: str = "http://127.0.0.1:9", **changes: Any) -> Settings:
    given = {"credentials": TokenCredentials(TOKEN), "project_id": "p1", "region": "simulator-1", "iam_endpoint": endpoint}
    return Settings(endpoint=endpoint, **{**given, **changes})


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    network = Answers()
    monkeypatch.setattr(Network, "handle_request", lambda _, request: network(request))
    return network


class Facts:
    """Known answers, written shortly: of a long argument Hypothesis would warn instead of telling why a test failed."""

    def __init__(self, **known: Any) -> None:
        vars(self).update(known)

    def __repr__(self) -> str:
        return f"<answers to {len(self.answers)} calls>"


@pytest.fixture(scope="module")
def facts() -> Any:
    """Valid answers by operation, and the whole exchange of one plan, from a small world; the ids that go with them."""
    with Simulator(now=NOW) as simulator, pytest.MonkeyPatch.context() as patch:
        scenario = simulator.facts
        seen: dict[str, tuple[httpx.Headers, bytes]] = {}
        exchange: dict[str, tuple[int, httpx.Headers, bytes]] = {}
        through = Network.handle_request

        operations: list[str] = []

        def note(network: Network, request: httpx.Request) -> httpx.Response:
            operations.append(operation_of(request))
            response = through(network, request)
            body = response.read()
            exchange[key_of(request)] = (response.status_code, response.headers, body)
            if response.is_success:
                seen.setdefault(operation_of(request), (response.headers, body))
            return httpx.Response(response.status_code, headers=response.headers, content=body)

        patch.setattr(Network, "handle_request", note)
        where = {"project_id": scenario.project_id, "endpoint": simulator.endpoint, "iam_endpoint": simulator.endpoint}
        beside = {name: getattr(scenario, name) for name in BESIDE}
        user = PasswordCredentials(scenario.user, SecretStr(scenario.password), scenario.domain)
        with Kit(
            make_settings(**where, **beside, credentials=user), records="/nonexistent", now=simulator.now, identity="world"
        ) as kit:
            chosen = SimpleNamespace(**vars(scenario))
            chosen.source_node = (
                kit._client.show_related_nodes(scenario.source, scenario.restore_time).related_data_nodes[0].instance_id
            )
            chosen.job_id = kit.jobs(timedelta(days=29))[0].id
            for call in CALLS.values():
                call(kit._client, chosen)
            used = {}
            for view in VIEWS:
                operations.clear()
                look(kit, chosen, view)
                used[view] = set(operations)
        with Client(
            make_settings(**{**where, "project_id": ""}, credentials=TokenCredentials(SecretStr(scenario.token)))
        ) as client:
            client.find_project_id()
    return Facts(answers=seen, exchange=exchange, scenario=chosen, where=where, used=used)


def operation_of(request: httpx.Request) -> str:
    """The name of its call, after the service's when that is not DDM."""
    call = request.extensions["call"]
    return call.operation if call.service == "DDM" else f"{call.service}.{call.operation}"


def key_of(request: httpx.Request) -> str:
    """A request without the instants in it, which differ between two runs."""
    instants = re.compile("_time$|^from$|^to$")
    query = sorted((name, value) for name, value in request.url.params.items() if not instants.search(name))
    return f"{operation_of(request)} {request.method} {request.url.path} {query}"


CALLS: dict[str, Callable[[Client, Any], Any]] = {
    "ListApiVersion": lambda client, _: client.probe(),
    "ListInstances": lambda client, _: client.list_instances(),
    "ShowInstance": lambda client, facts: client.show_instance(facts.source),
    "ListBackups": lambda client, _: client.list_backups(),
    "ShowBackup": lambda client, facts: client.show_backup(facts.source, facts.backup_id),
    "ShowAvalibleTime": lambda client, facts: client.list_restorable_ranges(facts.source),
    "ShowAvalibleDdms": lambda client, facts: client.list_target_instances(facts.source),
    "ShowRelatedDns": lambda client, facts: client.show_related_nodes(facts.source, facts.restore_time).related_data_nodes,
    "ShowAvalibleRds": lambda client, facts: client.list_target_nodes(
        facts.source, facts.target, facts.source_node, facts.restore_time
    ),
    "ListDatabases": lambda client, facts: client.list_schemas(facts.source),
    "ShowInstanceDatabase": lambda client, facts: client.show_schema(facts.source, "customers"),
    "ListDdmUsers": lambda client, facts: client.list_accounts(facts.source),
    "DownloadSchemaMetadata": lambda client, facts: client.export_schema_metadata(facts.source),
    "ListTasks": lambda client, _: client.list_jobs(max(NOW, client.service_now() - timedelta(days=29))),
    "RestoreMetadata": lambda client, facts: client.restore_metadata(
        protocol.restore_metadata(facts.project_id, request_of(facts))
    ),
    "ShowDdmJobResult": lambda client, facts: client.show_job(facts.job_id),
}
NOUNS = {
    "ShowInstance": models.Instance,
    "ShowBackup": models.BackupDetail,
    "ShowInstanceDatabase": models.SchemaDetail,
    "DownloadSchemaMetadata": models.SchemaMetadata,
    "RestoreMetadata": Submission,
    "ShowDdmJobResult": models.Job,
}
DAMAGED = sorted(CALLS)


def request_of(facts: Any) -> RestoreRequest:
    return RestoreRequest(
        source_instance_id=facts.source,
        target_instance_id=facts.target,
        data_nodes=facts.data_nodes,
        backup_id=facts.backup_id,
    )


def require_right(operation: str, result: Any, body: bytes) -> None:
    """An answer that was accepted has to say what the result says: complete lists, known types, the job that was named."""
    if operation in NOUNS:
        assert isinstance(result, NOUNS[operation])
    if operation == "RestoreMetadata":
        assert result.job_id == json.loads(body)["job_id"].strip()
    if operation in LIST_SHAPES:
        payload = json.loads(body or b"{}")  # an answer without a body is an empty list
        shape = LIST_SHAPES[operation]
        keys = [tuple(getattr(row, name) for name in shape.row_key) for row in result]
        assert len(set(keys)) == len(keys)
        total = next((payload[name] for name in shape.total_keys if payload.get(name) is not None), None)
        # Rows that cannot be used yet are counted and named, and are no rows of the result.
        unusable = operation in {"ListBackups", "ShowAvalibleTime"}
        assert total is None or unusable or float(total) <= len(result)
        assert len(result) <= len(payload.get(shape.list_key) or ())


LIST_SHAPES = {
    call.operation: call.page
    for call in (
        protocol.list_instances("p"),
        protocol.list_backups("p"),
        protocol.list_restorable_ranges("p", "i"),
        protocol.list_target_instances("p", "i"),
        protocol.list_target_nodes("p", "i", "t", "n", NOW),
        protocol.list_schemas("p", "i"),
        protocol.list_accounts("p", "i"),
        protocol.list_jobs("p", NOW, NOW),
    )
}


def make_client() -> Client:
    return Client(make_settings(), sleep=lambda _: None)


@pytest.mark.parametrize("operation", DAMAGED)
def test_the_undamaged_answer_is_read(operation, answers, facts):
    headers, body = facts.answers[operation]
    answers.of[operation] = lambda: httpx.Response(200, headers=headers, content=body)

    with make_client() as client:
        require_right(operation, CALLS[operation](client, facts.scenario), body)


@pytest.mark.parametrize("operation", DAMAGED)
@settings(max_examples=times(70, at_night=200), deadline=PATIENCE, suppress_health_check=CHECKS)
@given(data=st.data())
def test_a_damaged_answer_is_refused_or_read_rightly(operation, answers, facts, data):
    body = data.draw(damaged_bytes(facts.answers[operation][1]), label="body")
    status, headers = data.draw(statuses, label="status"), data.draw(odd_headers, label="headers")
    answers.of[operation] = lambda: httpx.Response(status, headers=headers, content=body)
    answers.asked = 0

    with make_client() as client:
        # Twice: the first answer's clock and world are what the second call counts on.
        for _ in range(2):
            try:
                result = CALLS[operation](client, facts.scenario)
            except DDMKitError as error:
                assert str(error).isprintable()
                event("refused")
            else:
                require_right(operation, result, b"{}" if status == 204 and operation in LIST_SHAPES else body)
                event("read")
    assert answers.asked <= 4000


@settings(max_examples=times(70, at_night=200), deadline=PATIENCE, suppress_health_check=CHECKS)
@given(data=st.data())
def test_a_damaged_login_gives_no_token_or_a_usable_one(answers, facts, data):
    valid = facts.answers["ShowInstance"]
    token = json.dumps(
        {"token": {"expires_at": "2026-05-21T09:30:00.000000Z", "project": {"id": "p1", "name": "simulator-1"}}}
    ).encode()
    body, headers = data.draw(damaged_bytes(token)), data.draw(odd_headers)
    answers.of["KeystoneCreateUserTokenByPassword"] = lambda: httpx.Response(201, headers=headers, content=body)
    answers.of["KeystoneListProjects"] = lambda: httpx.Response(200, content=body)
    answers.of["ShowInstance"] = lambda: httpx.Response(200, headers=valid[0], content=valid[1])
    user = PasswordCredentials("ada", SecretStr("a password of hers"), "acme")

    for project_id in ("p1", ""):
        with Client(make_settings(credentials=user, project_id=project_id), sleep=lambda _: None) as client:
            try:
                assert client.show_instance(facts.scenario.source).id == facts.scenario.source
            except DDMKitError as error:
                assert str(error).isprintable()


# What rests on it -----------------------------------------------------------------------------------------------------

VIEWS: dict[str, Callable[[Kit, Any], Any]] = {
    "instances": lambda kit, _: kit.instances(),
    "backups": lambda kit, facts: kit.backups(facts.source),
    "ranges": lambda kit, facts: kit.restorable_ranges(facts.source),
    "nodes": lambda kit, facts: kit.related_nodes(facts.source, facts.backup_id),
    "targets": lambda kit, facts: kit.targets(facts.source),
    "candidates": lambda kit, facts: kit.target_nodes(facts.source, facts.target, facts.source_node, facts.restore_time),
    "jobs": lambda kit, _: kit.jobs(timedelta(days=29)),
    "timeline": lambda kit, facts: kit.timeline(facts.source, point=facts.restore_time),
    "plan by backup": lambda kit, facts: plan_without_store(kit, facts, backup_id=facts.backup_id),
    "plan by time": lambda kit, facts: plan_without_store(kit, facts, restore_time=facts.restore_time),
}


def look(kit: Kit, facts: Any, view: str) -> None:
    """What a person looks at before a restore, shown in every way."""
    try:
        shown = VIEWS[view](kit, facts)
    except DDMKitError as error:
        assert str(error)
        return
    assert repr(shown)
    if hasattr(shown, "frame"):
        shown.frame()
    shown._repr_mimebundle_()


def plan_without_store(kit: Kit, facts: Any, **point: Any) -> Any:
    store = SimpleNamespace(failed_with_digest=lambda _: (), close=lambda: None)
    witnesses = replace(kit._witnesses(store), own_restores=lambda _: ())
    kit._opened = RestoreContext(
        client=kit._client, store=store, now=kit.now, sleep=kit._sleep, operator="mel", witnesses=witnesses
    )
    plan = kit.plan(source=facts.source, target=facts.target, data_nodes=facts.data_nodes, **point)
    assert type(plan).from_record(plan.for_record()).digest == plan.digest
    select_candidates(plan.inventory.jobs.value or (), {plan.request.source_instance_id}, NOW, set())
    return plan


def show_damaged(monkeypatch: pytest.MonkeyPatch, facts: Any, operation: str, damage: Callable[[bytes], bytes]) -> None:
    """Look at everything that an operation has a part in, its answers damaged, each in one way."""
    damaged: dict[str, bytes] = {}

    def answer(_: Network, request: httpx.Request) -> httpx.Response:
        key = key_of(request)
        status, headers, body = facts.exchange.get(key, (404, httpx.Headers(), b"{}"))
        if operation_of(request) == operation and status == 200:
            body = damaged.setdefault(key, b"") or damage(body)
            damaged[key] = body
        return httpx.Response(status, headers=headers, content=body)

    monkeypatch.setattr(Network, "handle_request", answer)
    where = make_settings(time_zone="Europe/Berlin", project_id=facts.where["project_id"], **BESIDE)
    for view in VIEWS:
        if operation in facts.used[view]:
            with Kit(where, records="/nonexistent", now=lambda: NOW, sleep=lambda _: None, identity="world") as kit:
                # One after the other, so that draws have an order.
                monkeypatch.setattr(kit._client, "gather", lambda calls: [outcome_of(call) for call in calls])
                look(kit, facts.scenario, view)


def outcome_of(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except DDMKitError as error:
        return error


SHOWN = sorted(set(CALLS) & {*LIST_SHAPES, "ShowInstance", "ShowBackup", "ShowRelatedDns"})
# What only the proofs of a plan read.
PROVING = [
    "CTS.ListTraces",
    "RDS.ListInstances",
    "ShowDdmDetail",
    "VPC.ListSecurityGroupRules",
    "VPC.ShowAddressGroup",
    "VPC.ShowSubnet",
]


def test_the_answers_that_only_proofs_read_are_all_damaged(facts):
    read = facts.used["plan by backup"] | facts.used["plan by time"]
    assert sorted(read - {*CALLS, "KeystoneCreateUserTokenByPassword"}) == PROVING


@pytest.mark.parametrize("operation", [*SHOWN, *PROVING])
@settings(max_examples=times(4, at_night=20), deadline=PATIENCE, suppress_health_check=CHECKS)
@given(seed=seeds)
def test_lists_charts_and_plans_stand_on_damaged_facts_without_breaking(operation, facts, seed, monkeypatch):
    # The damage depends on the answer, not on the order of the answers: some are read at the same time.
    show_damaged(monkeypatch, facts, operation, lambda body: write(damage_object(random.Random(f"{seed}{body!r}"), body)))


@pytest.mark.parametrize(
    "extreme", ["1970-01-01T00:00:00+0000", "9000-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
@pytest.mark.parametrize(
    "operation",
    [
        "ListBackups",
        "ListInstances",
        "ListTasks",
        "ShowAvalibleTime",
        "ShowRelatedDns",
        "ListDatabases",
        "RDS.ListInstances",
        "CTS.ListTraces",
    ],
)
def test_instants_at_the_ends_of_the_calendar_break_nothing(operation, extreme, facts, monkeypatch):
    instant = re.compile(rb'"20\d\d-[^"]*"')

    show_damaged(monkeypatch, facts, operation, lambda body: instant.sub(json.dumps(extreme).encode(), body))


# The same over sockets ------------------------------------------------------------------------------------------------


class RawServer:
    """Answers every connection with the same bytes, whatever was asked, and closes it."""

    def __init__(self) -> None:
        self.reply = b""
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with closing(connection):
                try:
                    connection.settimeout(5)
                    if not connection.recv(65536):
                        continue
                    connection.sendall(self.reply)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(65536):
                        pass
                except OSError:
                    continue

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


@pytest.fixture(scope="module")
def raw_server() -> Iterator[RawServer]:
    server = RawServer()
    yield server
    server.close()


@st.composite
def raw_replies(draw: st.DrawFn, valid: bytes) -> bytes:
    body = draw(damaged_bytes(valid))
    head = draw(
        st.sampled_from(
            [b"HTTP/1.1 200 OK", b"HTTP/1.1 202 ", b"HTTP/1.0 500 ", b"HTTP/1.1 999 X", b"HTTP/1.1 304 N", b"HTTP/9 1"]
        )
    )
    framing = draw(
        st.sampled_from(
            [
                (b"content-length: %d" % len(body), body),
                (b"content-length: %d" % (len(body) + 7), body),
                (b"content-length: -1", body),
                (b"content-length: 1\r\ncontent-length: 2", body),
                (b"transfer-encoding: chunked", b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
                (b"transfer-encoding: chunked", b"ffffffffffffffff\r\n" + body),
                (b"content-encoding: gzip", gzip.compress(body)),
                (b"content-encoding: gzip", gzip.compress(body)[:-9]),
                (b"content-encoding: gzip", body),
                (b"content-encoding: gzip, gzip", gzip.compress(gzip.compress(body))),
                (b"content-encoding: br", body),
                (b"x-long: " + b"x" * 200_000, body),
                (b"x-odd: \xff\xfe\x01", body),
                (b"no colon here", body),
                (b"content-type: application/json; charset=utf-99", body),
            ]
        )
    )
    whole = head + b"\r\n" + framing[0] + b"\r\n\r\n" + framing[1]
    return draw(
        st.sampled_from([whole, whole, whole, whole[: draw(st.integers(0, len(whole)))], draw(st.binary(max_size=300))])
    )


@settings(max_examples=times(150, at_night=400), deadline=PATIENCE, suppress_health_check=CHECKS)
@given(data=st.data())
def test_whatever_comes_over_the_wire_is_refused_or_read_rightly(raw_server, facts, data):
    operation = data.draw(st.sampled_from(["ListInstances", "ShowInstance", "RestoreMetadata", "ListApiVersion"]))
    raw_server.reply = data.draw(raw_replies(facts.answers[operation][1]))
    # A connection of its own each time: leftovers of one answer must not become the next.
    with Client(make_settings(raw_server.endpoint), sleep=lambda _: None, timeout_s=5) as client:
        try:
            result = CALLS[operation](client, facts.scenario)
        except DDMKitError as error:
            assert str(error).isprintable()
        else:
            assert result is not None


# Files of strangers ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def record_file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The exported record of a whole restore."""
    folder = tmp_path_factory.mktemp("exported")
    with ddmkit.demo(now=NOW, world=folder / "world.sqlite", records=folder / "records.sqlite") as kit:
        chosen = kit.scenario
        plan = kit.plan(source=chosen.source, target=chosen.target, data_nodes=chosen.data_nodes, backup_id=chosen.backup_id)
        job = kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, purpose="to be damaged")
        kit.simulator.advance(timedelta(minutes=10))
        job.refresh()
        return job.record.export(folder / "x.ddmrecord.json").read_bytes()


def test_the_undamaged_record_file_is_read(record_file, tmp_path):
    place = tmp_path / "x.json"
    place.write_bytes(record_file)

    record = ddmkit.read_record(place)

    assert (record.state, record.verify(), record.header.purpose) == ("completed", [], "to be damaged")


@settings(max_examples=times(70, at_night=200), deadline=PATIENCE, suppress_health_check=CHECKS)
@given(data=st.data())
def test_a_damaged_record_file_is_refused_or_shown(record_file, tmp_path, data):
    place = tmp_path / "x.json"
    place.write_bytes(data.draw(damaged_bytes(record_file)))

    try:
        record = ddmkit.read_record(place)
    except DDMKitError as error:
        assert str(error)
        return
    record.verify()
    assert record.to_html()
    assert record.to_text()
    assert repr(record)
