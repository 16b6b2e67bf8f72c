"""Routes of instances, schemas, accounts and nodes. Source: ddm-api.md 5 and 6."""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.paging import PageRequest, read_page, slice_rows
from ddmkit.simulator.http.parameters import Id, LongPage, ShortPage
from ddmkit.simulator.http.serializers import (
    ddm_nodes,
    export_schemas,
    instance_detail_v1,
    instance_detail_v3,
    instance_row_v1,
    instance_row_v3,
    schema_detail_v1,
    schema_detail_v3,
    schema_row,
    user_row_v1,
    user_row_v3,
)
from ddmkit.simulator.rules.errors import ApiError
from ddmkit.simulator.rules.history import SchemaState, accounts_at, nodes_at, schema_named, schemas_at
from ddmkit.simulator.storage.schema import DataNode, Instance

__all__ = ["InstanceRoutes"]


class InstanceRoutes:
    """The routes of instances, schemas, accounts and nodes."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage

    async def list_instances(self, project_id: Id, page: ShortPage) -> Response:
        """List instances (v1)."""
        return self._list(page, "total_record", lambda row: instance_row_v1(row, project_id))

    async def list_ddms(self, project_id: Id, page: ShortPage) -> Response:
        """List instances (v3)."""
        return self._list(page, "total", lambda row: instance_row_v3(row, project_id))

    async def show_instance(self, project_id: Id, instance_id: Id) -> Response:
        """Show an instance (v1)."""
        return json_response(instance_detail_v1(self._context.require_changing_instance(instance_id), project_id))

    async def show_ddm_detail(self, project_id: Id, instance_id: Id) -> Response:
        """Show an instance (v3)."""
        instance = self._context.require_changing_instance(instance_id)
        return json_response({"instances": [instance_detail_v3(instance, project_id)]})

    async def list_nodes(self, project_id: Id, instance_id: Id, page: LongPage) -> Response:
        """List the DDM nodes of an instance."""
        rows = slice_rows(ddm_nodes(self._context.require_instance(instance_id)), page)
        return json_response(rows.with_counters("nodes"))

    async def list_databases(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List the schemas of an instance."""
        instance = self._context.require_instance(instance_id)
        rows = slice_rows(schemas_at(self._storage, instance.id, self._context.now()), page)
        nodes = self._nodes(instance)
        databases = [schema_row(state, nodes) for state in rows.rows]
        return json_response({"databases": databases, "total": rows.total})

    async def show_database(self, project_id: Id, instance_id: Id, ddm_dbname: Id) -> Response:
        """Show a schema (v1)."""
        instance = self._context.require_instance(instance_id)
        return json_response(schema_detail_v1(self._schema(instance, ddm_dbname), self._nodes(instance), instance))

    async def show_instance_database(self, project_id: Id, instance_id: Id, database_name: Id) -> Response:
        """Show a schema (v3)."""
        instance = self._context.require_instance(instance_id)
        return json_response(schema_detail_v3(self._schema(instance, database_name), self._nodes(instance)))

    async def list_users(self, project_id: Id, instance_id: Id, page: LongPage) -> Response:
        """List accounts (v1)."""
        instance = self._context.require_instance(instance_id)
        rows = slice_rows(accounts_at(self._storage, instance.id, self._context.now()), page).map(user_row_v1)
        return json_response({"users": list(rows.rows), **rows.page_numbers("total_record")})

    async def list_ddm_users(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List accounts (v3)."""
        instance = self._context.require_instance(instance_id)
        rows = slice_rows(accounts_at(self._storage, instance.id, self._context.now()), page)
        return json_response(rows.map(user_row_v3).with_counters("users"))

    async def download_schema_metadata(self, project_id: Id, instance_id: Id) -> Response:
        """Export the shard distribution of all schemas."""
        instance = self._context.require_instance(instance_id)
        states = schemas_at(self._storage, instance.id, self._context.now())
        return json_response(export_schemas(states, self._nodes(instance).values()))

    async def list_api_version(self) -> Response:
        """List the versions of the API."""
        version = {"id": "v1", "links": [], "status": "CURRENT", "version": "", "updated": "2025-05-30T00:00:00Z"}
        older = {**version, "id": "v3", "status": "SUPPORTED"}
        return json_response({"versions": [version, older]})

    def _list(self, page: PageRequest, total_name: str, convert: Callable[[Instance], dict[str, Any]]) -> Response:
        listed = read_page(self._storage, Instance, page, "deleted IS NULL", (), "rowid")
        self._context.step_clock_for_changing({row.id for row in listed.rows})
        rows = read_page(self._storage, Instance, page, "deleted IS NULL", (), "rowid")
        instances = [convert(row) for row in self._context.with_current_status(rows.rows)]
        return json_response({"instance_num": rows.total, "instances": instances, **rows.page_numbers(total_name)})

    def _schema(self, instance: Instance, name: str) -> SchemaState:
        state = schema_named(self._storage, instance.id, name, self._context.now())
        if state is None:
            raise ApiError(400, "DBS.300129", "The schema does not exist.")
        return state

    def _nodes(self, instance: Instance) -> dict[str, DataNode]:
        return {node.id: node for node in nodes_at(self._storage, instance.id, self._context.now())}
