"""Routes of RDS that read: instances, recovery ranges, backups, and what can be bought. Source: RDS API."""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.paging import slice_rows
from ddmkit.simulator.http.parameters import Id, Text
from ddmkit.simulator.http.services.bodies import NodeIdsBody, NodePage
from ddmkit.simulator.http.services.rds_serializers import backup_row, instance_row, simplified_row
from ddmkit.simulator.http.services.rds_state import NodeState
from ddmkit.simulator.rules.editions import OTC
from ddmkit.simulator.rules.errors import parameter_error
from ddmkit.simulator.rules.nodes.backups import backups_of
from ddmkit.simulator.rules.nodes.catalog import FLAVOURS, INSTANCE_QUOTA, STORAGE_TYPES, VERSIONS, ZONES
from ddmkit.simulator.rules.nodes.jobs import current_actions
from ddmkit.simulator.rules.nodes.phases import is_changing
from ddmkit.simulator.rules.ranges import DAY_MS, intersect
from ddmkit.simulator.storage.clock import to_ms
from ddmkit.simulator.storage.schema import DataNode

__all__ = ["NodeListRoutes"]

Database = Annotated[Literal["mysql", "MySQL"], "the engine in the path"]
Day = Annotated[str, Query(pattern=r"^(\d{4}-\d\d-\d\d)?$", description="a day, UTC")]
When = Annotated[str, Query(max_length=40)]


class NodeListRoutes:
    """The routes of RDS that read."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage
        self._state = NodeState(context)

    async def list_instances(
        self,
        project_id: Id,
        page: NodePage,
        id: Text = "",  # noqa: A002 - the service's name
        name: Text = "",
        type: Text = "",  # noqa: A002 - the service's name
        datastore_type: Text = "",
        vpc_id: Text = "",
        subnet_id: Text = "",
        eps_id: Text = "",
        tags: Text = "",
        group_type: Text = "",
    ) -> Response:
        """List instances. An unknown id gives an empty list."""
        exact = {"id": id, "ha_mode": type, "vpc_id": vpc_id, "subnet_id": subnet_id, "enterprise_project_id": eps_id}
        if name == "*":
            raise parameter_error()
        nodes = [node for node in self._state.nodes() if _fits(node, exact, name, datastore_type)]
        if tags:
            nodes = [node for node in nodes if self._has_tags and _has_tags(node, tags)]
        rows = slice_rows([] if group_type else nodes, page)
        if any(is_changing(node, self._context.now()) for node in rows.rows):
            self._context.step_clock()
            alive = {node.id: node for node in self._state.nodes()}
            rows = rows.map(lambda node: alive.get(node.id, node))
        owners, now = self._state.owners(), self._context.now()
        shaped = rows.map(lambda node: instance_row(node, now, associated=node.id in owners, with_tags=self._has_tags))
        return json_response({"instances": list(shaped.rows), "total_count": rows.total})

    async def list_simplified(self, project_id: Id, body: NodeIdsBody) -> Response:
        """List named instances in brief, with the operations that run on them."""
        found = {node.id: node for node in self._state.nodes()}
        nodes = [found[one] for one in body.instance_ids if one in found]
        if any(is_changing(node, self._context.now()) for node in nodes):
            self._context.step_clock()
        now = self._context.now()
        rows = [simplified_row(node, now, current_actions(self._storage, node, now)) for node in nodes]
        return json_response({"instances": rows})

    async def list_restore_times(self, project_id: Id, instance_id: Id, date: Day = "") -> Response:
        """List the ranges that an instance can be recovered to, of all days or of one."""
        ranges = self._state.ranges(self._state.require(instance_id))
        if date:
            begin = _day(date)
            ranges = intersect(ranges, [(begin, begin + DAY_MS - 1)])
        return json_response({"restore_time": [{"start_time": start, "end_time": end} for start, end in ranges]})

    async def list_backups(
        self,
        project_id: Id,
        instance_id: Text,
        page: NodePage,
        backup_id: Text = "",
        backup_type: Literal["auto", "manual", "fragment", "incremental", ""] = "",
        begin_time: When = "",
        end_time: When = "",
        status: Text = "",
    ) -> Response:
        """List the backups of an instance, newest first."""
        if bool(begin_time) != bool(end_time):
            raise parameter_error()
        node = self._state.require(instance_id)
        span = (_instant(begin_time), _instant(end_time)) if begin_time else (0, 10**15)
        found = backups_of(node, self._context.now(), backup_type, *span)
        found = self._state.with_failed_backups(found)
        rows = slice_rows([one for one in found if backup_id in {"", one.id}], page)
        associated = node.id in self._state.owners()
        shaped = rows.map(lambda backup: backup_row(node, backup, associated=associated))
        return json_response({"backups": list(shaped.rows), "total_count": rows.total})

    async def show_backup_policy(self, project_id: Id, instance_id: Id) -> Response:
        """Show the policy of automated backups."""
        node = self._state.require(instance_id)
        policy = {"keep_days": node.keep_days, "start_time": node.backup_window, "period": "1,2,3,4,5,6,7"}
        return json_response({"backup_policy": policy})

    async def show_quotas(self, project_id: Id) -> Response:
        """Show the quota of instances."""
        used = INSTANCE_QUOTA if self._context.faults.is_active("quota") else len(self._state.nodes())
        return json_response({"quotas": {"resources": [{"type": "instance", "quota": INSTANCE_QUOTA, "used": used}]}})

    async def list_flavors(
        self,
        project_id: Id,
        database_name: Database,
        version_name: Text = "",
        spec_code: Text = "",
        is_serverless: Text = "",
    ) -> Response:
        """List the flavours, with the zones where each is on sale."""
        status = self._zone_status()
        rows = [
            {
                "id": f"{flavour.spec_code}.id",
                "vcpus": str(flavour.cpus),
                "ram": flavour.memory,
                "spec_code": flavour.spec_code,
                "instance_mode": flavour.mode,
                "group_type": "normal",
                "az_status": status,
                "az_desc": {zone: zone for zone in ZONES},
                "version_name": list(VERSIONS),
            }
            for flavour in FLAVOURS
            if spec_code in flavour.spec_code and version_name in {"", *VERSIONS}
        ]
        return json_response({"flavors": rows})

    async def list_storage_types(
        self, project_id: Id, database_name: Database, version_name: Text, ha_mode: Text = ""
    ) -> Response:
        """List the storage types, with the zones where each is on sale."""
        status = dict.fromkeys(ZONES, "normal")
        return json_response({"storage_type": [{"name": name, "az_status": status} for name in STORAGE_TYPES]})

    async def list_datastores(self, project_id: Id, database_name: Database) -> Response:
        """List the versions."""
        seed = self._context.world.seed
        rows = [{"id": seed.uuid("datastore", version), "name": version} for version in VERSIONS]
        return json_response({"dataStores": rows})

    @property
    def _has_tags(self) -> bool:
        """Whether the edition knows tags; the Open Telekom Cloud's RDS does not."""
        return self._context.world.edition != OTC

    def _zone_status(self) -> dict[str, str]:
        sold_out = {ZONES[0]: "sellout"} if self._context.faults.is_active("sold-out") else {}
        return {**dict.fromkeys(ZONES, "normal"), **sold_out}


def _fits(node: DataNode, exact: dict[str, str], name: str, engine: str) -> bool:
    part = name.removeprefix("*")
    named = part in node.name if name.startswith("*") else name in {"", node.name}
    same = all(value in {"", getattr(node, column)} for column, value in exact.items())
    return (
        named and same and (not engine or (engine, node.engine_name) in {("MySQL", "mysql"), ("PostgreSQL", "postgresql")})
    )


def _has_tags(node: DataNode, wanted: str) -> bool:
    present = _pairs(node)
    pairs = [pair.partition("=") for pair in wanted.split(",") if pair]
    return all(key in present and value in {"", present[key]} for key, _, value in pairs)


def _pairs(node: DataNode) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in json.loads(node.tags)}


def _day(text: str) -> int:
    try:
        return to_ms(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC))
    except ValueError:
        raise parameter_error() from None


def _instant(text: str) -> int:
    for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S"):
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 - one form has no offset
        except ValueError:
            continue
        return to_ms(found if found.tzinfo else found.replace(tzinfo=UTC))
    raise parameter_error()
