"""Each request of ours to RDS, VPC and CTS, and each further one to DDM, is the official SDK's for the same purpose.

A server stores both requests as they arrive and answers nothing of use: only the requests count. ``DIFFERENCES`` lists what
may differ, with the reason; a row that no longer occurs fails.
"""

from __future__ import annotations

import importlib
import inspect
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials
from ddmkit.config.settings import Settings
from ddmkit.errors import DDMKitError
from ddmkit.recovery_models.requests import (
    NodeRestorePoint,
    NodeRestoreRequest,
    RequestedBackups,
    RequestedHa,
    RequestedTag,
    RequestedVolume,
    TargetCreateRequest,
)
from ddmkit.service.client import Client
from ddmkit.service.cloud.clients import CloudClients
from ddmkit.service.cts.client import CtsClient
from ddmkit.service.ddm import protocol as ddm
from ddmkit.service.ddm.client import DdmWriter
from ddmkit.service.rds import protocol as rds
from ddmkit.service.rds.client import RdsClient
from ddmkit.service.request_signing import Unsigned, sign
from ddmkit.service.vpc.client import VpcClient
from ddmkit.service.writer import Writer

PROJECT = "0123456789abcdef0123456789abcdef"
TOKEN = "0b6c3f5e-6f0e-4b0d-9a44-6f7f6a4a1d10"
NODE, JOB, DDM, GROUP = (
    "d8e6ca5a624745bcb546a227aa3ae1cfin01",
    "31b8ae23-c687-4d80-b7b4-42a66c9bb886",
    "da1cdf53in09",
    "7932c40f-0000",
)
START, END = datetime(2023, 1, 16, 6, 54, 3, tzinfo=UTC), datetime(2023, 1, 16, 7, 54, 3, tzinfo=UTC)
START_MS, END_MS = 1673852043000, 1673855643000
KEYS = KeyCredentials(SecretStr("ACCESSKEY0123456789A"), SecretStr("secret-key-0123456789-secret-key-0123456"), None)
PASSWORD = SecretStr("Canary-1-Node")

RESTORE = NodeRestoreRequest(
    name="orders-n1-7f3a9c",
    flavor_ref="rds.mysql.n1.large.2.ha",
    volume=RequestedVolume(type="CLOUDSSD", size=100),
    ha=RequestedHa(replication_mode="async"),
    zones=("cn-north-4a", "cn-north-4b"),
    region="cn-north-4",
    vpc_id="vpc-1",
    subnet_id="subnet-1",
    security_group_id=GROUP,
    time_zone="UTC+08:00",
    backup_strategy=RequestedBackups(start_time="19:00-20:00", keep_days=7),
    tags=(RequestedTag(key="ddmkit-source", value=NODE),),
    restore_point=NodeRestorePoint(instance_id=NODE, restore_time=START_MS),
    password=PASSWORD,
)
TARGET = TargetCreateRequest(
    name="ddm-restored-7f3a",
    flavor_ref="ddm.xlarge.4",
    node_num=2,
    engine_version="3.1.7.0",
    available_zones=("eu-de-01",),
    vpc_id="vpc-1",
    subnet_id="subnet-1",
    security_group_id=GROUP,
    time_zone="UTC",
)


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes


@dataclass
class Ear:
    """A server that stores requests and answers with an empty object."""

    seen: list[Seen] = field(default_factory=list)

    def __enter__(self) -> Self:
        ear = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments: object) -> None:
                """Log nothing."""

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path, _, query = self.path.partition("?")
                headers = {name.lower(): value for name, value in self.headers.items()}
                ear.seen.append(
                    Seen(self.command, path, tuple(sorted(parse_qsl(query, keep_blank_values=True))), headers, body)
                )
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - the server looks methods up by these names

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


@dataclass(frozen=True)
class Pair:
    """The same operation with our client and with the official client."""

    service: str
    method: str
    ours: Callable[[Any], Any]
    module: str
    operation: str
    theirs: Callable[[Any], Any]

    def __str__(self) -> str:
        return f"{self.service} {self.method}"


def pair(
    service: str, method: str, ours: Callable[[Any], Any], module: str, operation: str, theirs: Callable[[Any], Any]
) -> Pair:
    return Pair(service, method, ours, module, operation, theirs)


def their_restore(m: Any) -> Any:
    body = m.CreateRestoreInstanceRequestBody(
        name=RESTORE.name,
        flavor_ref=RESTORE.flavor_ref,
        volume=m.Volume(type="CLOUDSSD", size=100),
        ha=m.Ha(mode="Ha", replication_mode="async"),
        availability_zone="cn-north-4a,cn-north-4b",
        region="cn-north-4",
        vpc_id="vpc-1",
        subnet_id="subnet-1",
        security_group_id=GROUP,
        password=PASSWORD.get_secret_value(),
        port="3306",
        time_zone="UTC+08:00",
        backup_strategy=m.BackupStrategy(start_time="19:00-20:00", keep_days=7),
        tags=[m.TagWithKeyValue(key="ddmkit-source", value=NODE)],
        restore_point=m.RestorePoint(instance_id=NODE, type="timestamp", restore_time=START_MS),
    )
    return m.CreateRestoreInstanceRequest(body=body)


RDS, VPC2, VPC3, CTS, SDK_DDM = "rds.v3", "vpc.v2", "vpc.v3", "cts.v3", "ddm.v1"
PAGE = {"offset": 0, "limit": 100}
PAIRS = (
    pair("RDS", "list_instances", lambda c: c.list_instances(instance_id=NODE), RDS, "list_instances", lambda m: m.ListInstancesRequest(id=NODE, datastore_type="MySQL", **PAGE)),
    pair("RDS", "list_simplified_instances", lambda c: c.list_simplified_instances([NODE]), RDS, "list_simplified_instances", lambda m: m.ListSimplifiedInstancesRequest(body=m.SimplifiedInstancesRequest(instance_ids=[NODE]))),
    pair("RDS", "list_restore_times", lambda c: c.list_restore_times(NODE, START), RDS, "list_restore_times", lambda m: m.ListRestoreTimesRequest(instance_id=NODE, date="2023-01-16")),
    pair("RDS", "list_backups", lambda c: c.list_backups(NODE, "incremental"), RDS, "list_backups", lambda m: m.ListBackupsRequest(instance_id=NODE, backup_type="incremental", **PAGE)),
    pair("RDS", "show_backup_policy", lambda c: c.show_backup_policy(NODE), RDS, "show_backup_policy", lambda m: m.ShowBackupPolicyRequest(instance_id=NODE)),
    pair("RDS", "show_job", lambda c: c.show_job(JOB), RDS, "list_job_info", lambda m: m.ListJobInfoRequest(id=JOB)),
    pair("RDS", "list_tasks", lambda c: c.list_tasks(START, END, name="n"), RDS, "list_tasks", lambda m: m.ListTasksRequest(offset=0, limit=50, name="n", start_time=str(START_MS), end_time=str(END_MS))),
    pair("RDS", "list_task_details", lambda c: c.list_task_details(NODE, START, END), RDS, "list_job_info_detail", lambda m: m.ListJobInfoDetailRequest(instance_id=NODE, start_time=str(START_MS), end_time=str(END_MS))),
    pair("RDS", "list_quotas", lambda c: c.list_quotas(), RDS, "show_quotas", lambda m: m.ShowQuotasRequest()),
    pair("RDS", "list_flavors", lambda c: c.list_flavors("5.7", "s"), RDS, "list_flavors", lambda m: m.ListFlavorsRequest(database_name="MySQL", version_name="5.7", spec_code="s")),
    pair("RDS", "list_storage_types", lambda c: c.list_storage_types("5.7", "ha"), RDS, "list_storage_types", lambda m: m.ListStorageTypesRequest(database_name="MySQL", version_name="5.7", ha_mode="ha")),
    pair("RDS", "list_versions", lambda c: c.list_versions(), RDS, "list_datastores", lambda m: m.ListDatastoresRequest(database_name="MySQL")),
    pair("RDS", "create_restore_instance", lambda c: c.create_restore_instance(rds.create_restore_instance(PROJECT, RESTORE, TOKEN)), RDS, "create_restore_instance", their_restore),
    pair("RDS", "delete_instance", lambda c: c.delete_instance(rds.delete_instance(PROJECT, NODE)), RDS, "delete_instance", lambda m: m.DeleteInstanceRequest(instance_id=NODE)),
    pair("VPC", "show_vpc", lambda c: c.show_vpc("v"), VPC3, "show_vpc", lambda m: m.ShowVpcRequest(vpc_id="v")),
    pair("VPC", "show_subnet", lambda c: c.show_subnet("s"), VPC2, "show_subnet", lambda m: m.ShowSubnetRequest(subnet_id="s")),
    pair("VPC", "show_security_group", lambda c: c.show_security_group(GROUP), VPC3, "show_security_group", lambda m: m.ShowSecurityGroupRequest(security_group_id=GROUP)),
    pair("VPC", "list_security_group_rules", lambda c: c.list_security_group_rules([GROUP, "g2"]), VPC3, "list_security_group_rules", lambda m: m.ListSecurityGroupRulesRequest(limit=2000, security_group_id=[GROUP, "g2"])),
    pair("VPC", "list_ports", lambda c: c.list_ports("s"), VPC2, "list_ports", lambda m: m.ListPortsRequest(limit=2000, network_id="s")),
    pair("VPC", "show_address_group", lambda c: c.show_address_group("a"), VPC3, "show_address_group", lambda m: m.ShowAddressGroupRequest(address_group_id="a")),
    pair("CTS", "list_traces", lambda c: c.list_traces(START, END, trace_name="createInstance"), CTS, "list_traces", lambda m: m.ListTracesRequest(trace_type="system", limit=200, _from=START_MS, to=END_MS, service_type="RDS", resource_type="instance", trace_name="createInstance")),
    pair("CTS", "list_operations", lambda c: c.list_operations(), CTS, "list_operations", lambda m: m.ListOperationsRequest(service_type="RDS", resource_type="instance")),
    pair("CTS", "list_trackers", lambda c: c.list_trackers(), CTS, "list_trackers", lambda m: m.ListTrackersRequest()),
    pair("DDM", "list_engines", lambda c: c.list_engines(), SDK_DDM, "list_ddm_engines", lambda m: m.ListDdmEnginesRequest(offset=0, limit=128)),
    pair("DDM", "list_flavors", lambda c: c.list_flavors("3.1.7.0"), SDK_DDM, "list_ddm_flavors", lambda m: m.ListDdmFlavorsRequest(offset=0, limit=128, engine_version="3.1.7.0")),
    pair("DDM", "show_detail", lambda c: c.show_detail(DDM), SDK_DDM, "show_ddm_detail", lambda m: m.ShowDdmDetailRequest(instance_id=DDM)),
    pair("DDM", "count_sessions", lambda c: c.count_sessions(DDM), SDK_DDM, "show_logical_processes", lambda m: m.ShowLogicalProcessesRequest(instance_id=DDM, **PAGE)),
    pair("DDM", "create_instance", lambda c: c.create_instance(ddm.create_instance(PROJECT, TARGET)), SDK_DDM, "create_ddm_instance", lambda m: m.CreateDdmInstanceRequest(body=m.CreateDdmInstanceReq(**TARGET.body()))),
    pair("DDM", "delete_instance", lambda c: c.delete_instance(ddm.delete_instance(PROJECT, DDM)), SDK_DDM, "delete_ddm_instance", lambda m: m.DeleteDdmInstanceRequest(instance_id=DDM, delete_dn_data=False)),
    pair("DDM", "sync_data_nodes", lambda c: c.sync_data_nodes(ddm.sync_data_nodes(PROJECT, DDM)), SDK_DDM, "sync_dn_information", lambda m: m.SyncDnInformationRequest(instance_id=DDM)),
    pair("DDM", "set_read_only", lambda c: c.set_read_only(ddm.set_read_only(PROJECT, DDM, read_only=True)), SDK_DDM, "set_read_only_status", lambda m: m.SetReadOnlyStatusRequest(instance_id=DDM, body=m.ReadOnlySwitchReq(readonly=True))),
    pair("DDM", "set_administrator", lambda c: c.set_administrator(ddm.set_administrator(PROJECT, DDM, "root", PASSWORD)), SDK_DDM, "reset_administrator", lambda m: m.ResetAdministratorRequest(instance_id=DDM, body=m.AdminUserInfoReq(name="root", password=PASSWORD.get_secret_value()))),
)  # fmt: skip

EVERY = frozenset(str(one) for one in PAIRS)
WRITES = frozenset(
    f"{one.service} {one.method}" for one in PAIRS if one.method.startswith(("create", "delete", "sync", "set"))
)
CHARSET = frozenset({"DDM create_instance", "DDM set_read_only", "DDM set_administrator"})
ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """One deliberate difference: its place, our value, their value, the calls and the reason."""

    where: str
    ours: str
    theirs: str
    calls: frozenset[str]
    reason: str


FEWER, ALL = "content-type;host;x-project-id;x-sdk-date", "content-type;host;user-agent;x-project-id;x-sdk-date"
DIFFERENCES = (
    Difference("header user-agent", "ddmkit", "huaweicloud-usdk-python", EVERY, "our value names the program, theirs a permanent user id too"),
    Difference("header accept", "application/json", "*/*", EVERY, "only JSON can be read"),
    Difference("header accept-encoding", "gzip", "gzip, deflate", EVERY, "servers implement deflate in two different ways"),
    Difference("header connection", ABSENT, "keep-alive", EVERY - WRITES, "HTTP/1.1 keeps connections by default"),
    Difference("header connection", "close", "keep-alive", WRITES, "each write uses a new connection"),
    Difference("header content-type", "application/json", "application/json;charset=utf-8", CHARSET, "JSON is UTF-8"),
    Difference("header x-client-token", TOKEN, ABSENT, frozenset({"RDS create_restore_instance"}), "documented for new, empty instances only; it does no harm, and may recognise a repetition"),
    Difference("signed headers", FEWER, ALL, EVERY, "proxies rewrite the user agent, which would break the signature"),
)  # fmt: skip
EXPECTED = {(call, row.where, row.ours, row.theirs) for row in DIFFERENCES for call in row.calls}


def features(seen: Seen, endpoint: str) -> dict[str, str]:
    """Return all features of a request; values that change from run to run are replaced by their meaning."""
    found = {"method": seen.method, "path": seen.path}
    names = {name for name, _ in seen.query}
    found |= {f"query {name}": ",".join(value for other, value in seen.query if other == name) for name in names}
    found |= {f"header {name}": value for name, value in seen.headers.items()}
    found["header host"] = (
        "(the endpoint's)" if seen.headers["host"] == endpoint.removeprefix("http://") else seen.headers["host"]
    )
    found.pop("header content-length", None)  # the layout of the JSON differs
    found["header x-sdk-date"] = "(now)" if "x-sdk-date" in seen.headers else ABSENT
    found["header user-agent"] = found["header user-agent"].partition("/")[0]
    found["signed headers"] = found.pop("header authorization").partition("SignedHeaders=")[2].partition(",")[0]
    if seen.body:
        found["body"] = json.dumps(json.loads(seen.body), sort_keys=True)
    return found


@pytest.fixture(scope="module")
def ears() -> Iterator[tuple[Ear, Ear]]:
    with Ear() as ours, Ear() as theirs:
        yield ours, theirs


@pytest.fixture
def both(ears, official):
    """Return a function that runs the operation on both sides and returns the first request of each."""
    here, there = ears
    place = dict.fromkeys(("endpoint", "rds_endpoint", "vpc_endpoint", "cts_endpoint"), here.endpoint)
    clouds = CloudClients(Client(Settings(credentials=KEYS, project_id=PROJECT, **place)))
    credentials = official._auth.BasicCredentials(
        KEYS.access_key.get_secret_value(), KEYS.secret_key.get_secret_value(), PROJECT
    )

    def run(one: Pair) -> tuple[Seen, Seen]:
        here.seen.clear()
        there.seen.clear()
        with suppress(DDMKitError):
            one.ours({"RDS": clouds.rds, "VPC": clouds.vpc, "CTS": clouds.cts, "DDM": clouds.ddm}[one.service])
        module = importlib.import_module(f"huaweicloudsdk{one.module}")
        kind = next(getattr(module, name) for name in dir(module) if name.lower() == f"{one.module.split('.')[0]}client")
        client = kind.new_builder().with_credentials(credentials).with_endpoint(there.endpoint).build()
        try:
            getattr(client, one.operation)(one.theirs(module))
        finally:
            client.get_http_client().close()
            client.get_http_client().executor.shutdown()
        return here.seen[0], there.seen[0]

    yield run
    clouds.close()


def differences(one: Pair, ears: tuple[Ear, Ear], seen: tuple[Seen, Seen]) -> set[tuple[str, str, str, str]]:
    ours, theirs = (features(request, ear.endpoint) for request, ear in zip(seen, ears, strict=True))
    return {
        (str(one), where, ours.get(where, ABSENT), theirs.get(where, ABSENT))
        for where in ours.keys() | theirs.keys()
        if ours.get(where) != theirs.get(where)
    }


@pytest.mark.parametrize("one", PAIRS, ids=str)
def test_our_request_differs_from_the_official_one_only_as_the_table_lists(one, both, ears):
    assert differences(one, ears, both(one)) == {row for row in EXPECTED if row[0] == str(one)}


@pytest.mark.parametrize("one", PAIRS, ids=str)
def test_both_signers_agree(one, both, official):
    ours, theirs = both(one)
    keys = official._auth.BasicCredentials(KEYS.access_key.get_secret_value(), KEYS.secret_key.get_secret_value(), PROJECT)
    unsigned = Unsigned(theirs.method, theirs.path, list(theirs.query), signed_headers(theirs), theirs.body)
    assert sign(unsigned, KEYS.access_key, KEYS.secret_key) == theirs.headers["authorization"]
    signature = official.sign(keys, ours.method, ours.path, list(ours.query), headers=signed_headers(ours), body=ours.body)
    assert signature == ours.headers["authorization"]


def signed_headers(seen: Seen) -> dict[str, str]:
    names = seen.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    return {name: seen.headers[name] for name in names}


def test_every_call_of_our_clients_is_compared():
    for service, kind in (("RDS", RdsClient), ("VPC", VpcClient), ("CTS", CtsClient), ("DDM", DdmWriter)):
        own = {name for name, _ in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}
        shared = {name for name, _ in inspect.getmembers(Writer, inspect.isfunction)}
        assert {one.method for one in PAIRS if one.service == service} == own - shared


def test_every_difference_has_its_reason():
    assert all(row.reason and row.calls <= EVERY for row in DIFFERENCES)
