"""Each request of our client is the same as the request of the official client for the same purpose.

A recorder stores both requests as they arrive. The table ``DIFFERENCES`` lists all allowed differences: a difference that is
not in the table fails, and so does a row that no longer occurs. The other side's signer also reproduces each signature.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import ServiceError
from ddmkit.models import RestoreRequest
from ddmkit.service.client import Client
from ddmkit.service.ddm.client import DdmWriter
from ddmkit.service.protocol import restore_metadata
from ddmkit.service.request_signing import Unsigned, sign
from ddmkit.service.writer import Writer
from ddmkit.times import to_ms

PAGE = {"limit": 128, "offset": 0}
ABSENT = "(absent)"


@dataclass(frozen=True)
class Pair:
    """The same operation with our client and with the official client."""

    method: str
    ours: Callable[[Client, Any], Any]
    theirs: Callable[[Any, Any, Any], Any]
    note: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.note}".strip()


def theirs(method: str, request: str, *fields: Callable[[Any], Any], **named: Any) -> Callable[[Any, Any, Any], Any]:
    """Return a call of the official client; the fields of its request come from the scenario."""

    def call(official: Any, client: Any, facts: Any) -> Any:
        values = {name: value(facts) if callable(value) else value for name, value in named.items()}
        model = getattr(official.models, request)
        return getattr(client, method)(model(*(field(facts) for field in fields), **values))

    return call


def their_restore(**source: Callable[[Any], Any]) -> Callable[[Any, Any, Any], Any]:
    def call(official: Any, client: Any, facts: Any) -> Any:
        models = official.models
        chosen = models.RestoreMetaDataSource(**{name: value(facts) for name, value in source.items()})
        target = models.RestoreMetaDataTarget(list(facts.data_nodes), facts.target)
        body = models.RestoreMetaData2ExistReq(chosen, target)
        return client.restore_metadata(models.RestoreMetadataRequest(facts.source, body))

    return call


def our_restore(**source: Callable[[Any], Any]) -> Callable[[Client, Any], Any]:
    def call(client: Client, facts: Any) -> Any:
        chosen = {name: value(facts) for name, value in source.items()}
        ends = {"source_instance_id": facts.source, "target_instance_id": facts.target}
        request = RestoreRequest(**ends, **chosen, data_nodes=facts.data_nodes)
        return client.restore_metadata(restore_metadata(facts.project_id, request))

    return call


def our_lookup(client: Client, _: Any) -> str:
    with Client(replace(client.settings, project_id="")) as stranger:
        return stranger.find_project_id()


def their_lookup(official: Any, client: Any, facts: Any) -> Any:
    endpoint = client._endpoints[0]
    unscoped = official.credentials(facts, temporary=client.get_credentials().security_token is not None, project_id=None)
    return official.client(endpoint, unscoped, iam_endpoint=endpoint, region=facts.region)


def source_of(facts: Any) -> str:
    return str(facts.source)


def point_of(facts: Any) -> str:
    return str(to_ms(facts.restore_time))


def since_of(facts: Any) -> int:
    return to_ms(facts.restore_time - timedelta(days=2))


PAIRS = (
    Pair("find_project_id", our_lookup, their_lookup),
    Pair("probe", lambda ours, _: ours.probe(), theirs("list_api_version", "ListApiVersionRequest")),
    Pair("list_instances", lambda ours, _: ours.list_instances(), theirs("list_instances", "ListInstancesRequest", **PAGE)),
    Pair(
        "show_instance",
        lambda ours, facts: ours.show_instance(facts.target),
        theirs("show_instance", "ShowInstanceRequest", lambda facts: facts.target),
    ),
    Pair("list_backups", lambda ours, _: ours.list_backups(), theirs("list_backups", "ListBackupsRequest", **PAGE)),
    Pair(
        "list_backups",
        lambda ours, facts: ours.list_backups(facts.source),
        theirs("list_backups", "ListBackupsRequest", instance_id=source_of, **PAGE),
        "of one instance",
    ),
    Pair(
        "show_backup",
        lambda ours, facts: ours.show_backup(facts.source, facts.backup_id),
        theirs("show_backup", "ShowBackupRequest", source_of, lambda facts: facts.backup_id),
    ),
    Pair(
        "list_restorable_ranges",
        lambda ours, facts: ours.list_restorable_ranges(facts.source),
        theirs("show_avalible_time", "ShowAvalibleTimeRequest", source_of),
    ),
    Pair(
        "list_target_instances",
        lambda ours, facts: ours.list_target_instances(facts.source),
        theirs("show_avalible_ddms", "ShowAvalibleDdmsRequest", source_of, **PAGE),
    ),
    Pair(
        "show_related_nodes",
        lambda ours, facts: ours.show_related_nodes(facts.source, facts.restore_time),
        theirs("show_related_dns", "ShowRelatedDnsRequest", source_of, point_of),
    ),
    Pair(
        "list_target_nodes",
        lambda ours, facts: ours.list_target_nodes(facts.source, facts.target, facts.data_nodes[0], facts.restore_time),
        theirs(
            "show_avalible_rds",
            "ShowAvalibleRdsRequest",
            source_of,
            lambda facts: facts.target,
            lambda facts: facts.data_nodes[0],
            point_of,
        ),
    ),
    Pair(
        "list_schemas",
        lambda ours, facts: ours.list_schemas(facts.source),
        theirs("list_databases", "ListDatabasesRequest", source_of, **PAGE),
    ),
    Pair(
        "show_schema",
        lambda ours, facts: ours.show_schema(facts.source, "a b/ü~*+%"),
        theirs("show_instance_database", "ShowInstanceDatabaseRequest", source_of, lambda _: "a b/ü~*+%"),
        "with a name that has to be encoded",
    ),
    Pair(
        "list_accounts",
        lambda ours, facts: ours.list_accounts(facts.source),
        theirs("list_ddm_users", "ListDdmUsersRequest", source_of, **PAGE),
    ),
    Pair(
        "export_schema_metadata",
        lambda ours, facts: ours.export_schema_metadata(facts.source),
        theirs("download_schema_metadata", "DownloadSchemaMetadataRequest", source_of),
    ),
    Pair(
        "list_jobs",
        lambda ours, facts: ours.list_jobs(facts.restore_time - timedelta(days=2), facts.restore_time),
        theirs("list_tasks", "ListTasksRequest", start_time=since_of, end_time=lambda facts: int(point_of(facts)), **PAGE),
    ),
    Pair(
        "show_job",
        lambda ours, _: ours.show_job("9fe84a77-6a6b-4b03-9a3e-db910a548657"),
        theirs("show_ddm_job_result", "ShowDdmJobResultRequest", lambda _: "9fe84a77-6a6b-4b03-9a3e-db910a548657"),
    ),
    Pair(
        "restore_metadata",
        our_restore(backup_id=lambda facts: facts.backup_id),
        their_restore(backup_id=lambda facts: facts.backup_id),
        "of a backup",
    ),
    Pair(
        "restore_metadata",
        our_restore(restore_time_ms=lambda facts: to_ms(facts.restore_time)),
        their_restore(restore_time=lambda facts: to_ms(facts.restore_time)),
        "to a point in time",
    ),
)


EVERY = frozenset(str(pair) for pair in PAIRS)
RESTORES = frozenset({"restore_metadata of a backup", "restore_metadata to a point in time"})
LOOKUP = frozenset({"find_project_id"})
PROBE = frozenset({"probe"})
NO_PAGES = frozenset({"list_restorable_ranges", "show_related_nodes", "list_target_nodes"})


@dataclass(frozen=True)
class Difference:
    """One deliberate difference: its place, our value, their value, the calls and the reason."""

    where: str
    ours: str
    theirs: str
    calls: frozenset[str]
    reason: str


FEWER = "content-type;host;x-project-id;x-sdk-date"
ALL = "content-type;host;user-agent;x-project-id;x-sdk-date"
ITSELF = "our value names the program; theirs also contains the system, the Python version and a permanent user id"
FEW_SIGNED = "proxies rewrite the user agent, which would break the signature"
NO_KEY = "the probe only tests the connection and needs no key; a wrong key would count towards its lock"
UNREACHABLE = "their model has no such field, so the list ends after ten rows, the default of the service"

DIFFERENCES = (
    Difference("header user-agent", "ddmkit", "huaweicloud-usdk-python", EVERY - LOOKUP, ITSELF),
    Difference("header user-agent", "ddmkit", "os", LOOKUP, ITSELF),
    Difference("header accept", "application/json", "*/*", EVERY, "only JSON can be read"),
    Difference("header accept-encoding", "gzip", "gzip, deflate", EVERY, "servers implement deflate in two different ways"),
    Difference("header connection", ABSENT, "keep-alive", EVERY - RESTORES, "HTTP/1.1 keeps connections by default"),
    Difference("header connection", "close", "keep-alive", RESTORES, "each restore uses a new connection"),
    Difference("header content-type", "application/json", "application/json;charset=utf-8", RESTORES, "JSON is UTF-8"),
    Difference("header content-type", "application/json", ABSENT, LOOKUP, "all reads have the same headers"),
    Difference("body layout", "compact", "spaced", RESTORES, "the plan shows exactly the text that is sent"),
    Difference(
        "body order", "instance_id, data_nodes", "data_nodes, instance_id", RESTORES, "the order on the service's page"
    ),
    Difference("query limit", "128", ABSENT, NO_PAGES, UNREACHABLE),
    Difference("query offset", "0", ABSENT, NO_PAGES, UNREACHABLE),
    Difference("signed headers", FEWER, ALL, EVERY - LOOKUP - PROBE, FEW_SIGNED),
    Difference("signed headers", "content-type;host;x-sdk-date", "host;user-agent;x-sdk-date", LOOKUP, FEW_SIGNED),
    Difference("signed headers", ABSENT, ALL, PROBE, NO_KEY),
    Difference("algorithm", ABSENT, "SDK-HMAC-SHA256", PROBE, NO_KEY),
    Difference("security token", ABSENT, "signed", PROBE, NO_KEY),
    Difference("access key", ABSENT, "(of the scenario)", PROBE, NO_KEY),
    Difference("header x-sdk-date", ABSENT, "(now)", PROBE, NO_KEY),
    Difference("header x-project-id", ABSENT, "(of the scenario)", PROBE, NO_KEY),
    Difference("header x-security-token", ABSENT, "(of the scenario)", PROBE, NO_KEY),
)


def features(request: Any, endpoint: str, facts: Any) -> dict[str, str]:
    """Return all features of a request; values that change from run to run are replaced by their meaning."""
    known = {
        "host": (request.headers["host"] == endpoint.removeprefix("http://"), "(the endpoint's)"),
        "content-length": (request.headers.get("content-length") == str(len(request.body)), "(the body's)"),
        "x-sdk-date": (re.fullmatch(r"\d{8}T\d{6}Z", request.headers.get("x-sdk-date", "")), "(now)"),
        "x-project-id": (request.headers.get("x-project-id") == facts.project_id, "(of the scenario)"),
        "x-security-token": (request.headers.get("x-security-token") == facts.security_token, "(of the scenario)"),
    }
    found = {"method": request.method, "path": request.path}
    found |= {f"query {name}": value for name, value in parse_qsl(request.query, keep_blank_values=True)}
    for name, value in request.headers.items():
        fits, meaning = known.get(name, (False, ""))
        found[f"header {name}"] = meaning if fits else value
    found["header user-agent"] = found["header user-agent"].partition("/")[0]
    return found | _features_of_signature(found.pop("header authorization", ""), facts) | _features_of_body(request.body)


def _features_of_signature(text: str, facts: Any) -> dict[str, str]:
    if not text:
        return {}
    algorithm, access, names, _ = re.fullmatch(r"(\S+) Access=(\S+), SignedHeaders=(\S+), Signature=(.+)", text).groups()
    own = access in {facts.access_key, facts.temporary_access_key}
    found = {"algorithm": algorithm, "access key": "(of the scenario)" if own else access}
    if "x-security-token" in names:
        found["security token"] = "signed"
    return found | {"signed headers": names.replace(";x-security-token", "")}


def _features_of_body(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    content = json.loads(body)
    compact = json.dumps(content, separators=(",", ":")).encode() == body
    order = ", ".join(content["target"])
    return {
        "body": json.dumps(content, sort_keys=True),
        "body layout": "compact" if compact else "spaced",
        "body order": order,
    }


def differences(pair: Pair, ours: dict[str, str], theirs: dict[str, str]) -> set[tuple[str, str, str, str]]:
    """Return the differences of two requests: call, place, our value, their value."""
    return {
        (str(pair), where, ours.get(where, ABSENT), theirs.get(where, ABSENT))
        for where in ours.keys() | theirs.keys()
        if ours.get(where) != theirs.get(where)
    }


EXPECTED = {(call, row.where, row.ours, row.theirs): row for row in DIFFERENCES for call in row.calls}


@pytest.fixture(params=["permanent keys", "temporary keys"])
def temporary(request) -> bool:
    return request.param == "temporary keys"


@pytest.fixture
def record(recorders, official, temporary):
    """Return a function that runs the operation on both sides and returns the two requests."""
    here, there = recorders
    facts = here.behind.facts
    access, secret, token = facts.access_key, facts.secret_key, None
    if temporary:
        access, secret, token = facts.temporary_access_key, facts.temporary_secret_key, SecretStr(facts.security_token)
    keys = KeyCredentials(SecretStr(access), SecretStr(secret), token)
    settings = Settings(here.endpoint, keys, facts.project_id, region=facts.region, iam_endpoint=here.endpoint)
    client = official.client(there.endpoint, official.credentials(facts, temporary=temporary))

    def both(pair):
        official.forget_projects()
        with suppress(ServiceError):
            pair.ours(ours, facts)
        with suppress(official.exceptions.ServiceResponseException):
            pair.theirs(official, client, facts)
        return here.requests[-1], there.requests[-1]

    with Client(settings) as ours:
        yield both


@pytest.fixture
def compare(record, recorders):
    """Return a function that returns the differences of the two requests."""
    here, there = recorders

    def both(pair):
        ours, theirs = record(pair)
        facts = here.behind.facts
        return differences(pair, features(ours, here.endpoint, facts), features(theirs, there.endpoint, facts))

    return both


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_our_request_differs_from_the_official_one_only_as_the_table_lists(pair, compare):
    assert compare(pair) - EXPECTED.keys() == set()


@pytest.mark.parametrize("temporary", [True], ids=["temporary keys"])
def test_every_difference_in_the_table_still_occurs(compare):
    assert EXPECTED.keys() - set().union(*(compare(pair) for pair in PAIRS)) == set()


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_both_requests_get_the_same_answer(pair, record):
    ours, theirs = record(pair)
    assert ours.status == theirs.status
    assert ours.status != 401


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_our_signer_gives_the_official_signature_over_the_official_headers(pair, record, official, temporary, recorders):
    _, request = record(pair)
    keys = official.credentials(recorders[0].behind.facts, temporary=temporary)
    query = parse_qsl(request.query, keep_blank_values=True)
    unsigned = Unsigned(request.method, request.path, query, signed_headers(request), request.body)
    assert sign(unsigned, SecretStr(keys.ak), SecretStr(keys.sk)) == request.headers["authorization"]


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if str(pair) not in PROBE], ids=str)
def test_the_official_signer_gives_our_signature_over_our_headers(pair, record, official, temporary, recorders):
    request, _ = record(pair)
    keys = official.credentials(recorders[0].behind.facts, temporary=temporary)
    query = parse_qsl(request.query, keep_blank_values=True)
    signature = official.sign(keys, request.method, request.path, query, headers=signed_headers(request), body=request.body)
    assert signature == request.headers["authorization"]


def signed_headers(request) -> dict[str, str]:
    names = re.search(r"SignedHeaders=([^,]+)", request.headers["authorization"]).group(1).split(";")
    return {name: request.headers[name] for name in names}


def test_every_call_of_our_client_is_compared():
    not_calls = {name for name, _ in inspect.getmembers(Writer, inspect.isfunction)} - {"find_project_id"}
    not_calls |= {name for name in vars(DdmWriter) if not name.startswith("_")}  # test_same_requests_beside.py
    not_calls.add("learn_clock")  # sends the probe, which is compared
    methods = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if not name.startswith("_")}
    assert {pair.method for pair in PAIRS} == methods - not_calls


def test_every_difference_has_its_reason():
    assert all(row.reason and row.calls <= EVERY for row in DIFFERENCES)
