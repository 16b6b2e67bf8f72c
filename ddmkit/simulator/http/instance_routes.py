"""The calls that show instances with their schemas, accounts and nodes. Source: ddm-api.md 5 and 6."""

from __future__ import annotations

from starlette.responses import Response

from ddmkit.simulator.http.context import Service, answer
from ddmkit.simulator.http.paging import cut, read_page
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
from ddmkit.simulator.rules.errors import Refusal
from ddmkit.simulator.rules.history import SchemaState, accounts_at, nodes_at, schema_named, schemas_at
from ddmkit.simulator.storage.schema import DataNode, Instance

__all__ = ["InstanceCalls"]


class InstanceCalls:
    """Instances, and what is on them."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._storage = service.storage

    async def list_instances(self, project_id: Id, page: ShortPage) -> Response:
        """List instances (v1)."""
        rows = read_page(self._storage, Instance, page, "deleted IS NULL", (), "rowid")
        instances = [instance_row_v1(row, project_id) for row in self._service.as_shown(list(rows.rows))]
        return answer({"instance_num": rows.total, "instances": instances, **rows.numbered("total_record")})

    async def list_ddms(self, project_id: Id, page: ShortPage) -> Response:
        """List instances (v3)."""
        rows = read_page(self._storage, Instance, page, "deleted IS NULL", (), "rowid")
        instances = [instance_row_v3(row, project_id) for row in self._service.as_shown(list(rows.rows))]
        return answer({"instance_num": rows.total, "instances": instances, **rows.numbered("total")})

    async def show_instance(self, project_id: Id, instance_id: Id) -> Response:
        """Show an instance (v1)."""
        return answer(instance_detail_v1(self._service.need_instance(instance_id), project_id))

    async def show_ddm_detail(self, project_id: Id, instance_id: Id) -> Response:
        """Show an instance (v3)."""
        return answer({"instances": [instance_detail_v3(self._service.need_instance(instance_id), project_id)]})

    async def list_nodes(self, project_id: Id, instance_id: Id, page: LongPage) -> Response:
        """List the DDM nodes of an instance."""
        del project_id
        rows = cut(ddm_nodes(self._service.need_instance(instance_id)), page)
        return answer(rows.counted("nodes"))

    async def list_databases(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List the schemas of an instance."""
        del project_id
        instance = self._service.need_instance(instance_id)
        rows = cut(schemas_at(self._storage, instance.id, self._service.now()), page)
        nodes = self._nodes(instance)
        shaped = rows.shaped(lambda state: schema_row(state, nodes))
        return answer({"databases": list(shaped.rows), "total": shaped.total})

    async def show_database(self, project_id: Id, instance_id: Id, ddm_dbname: Id) -> Response:
        """Show a schema (v1)."""
        del project_id
        instance = self._service.need_instance(instance_id)
        return answer(schema_detail_v1(self._schema(instance, ddm_dbname), self._nodes(instance), instance))

    async def show_instance_database(self, project_id: Id, instance_id: Id, database_name: Id) -> Response:
        """Show a schema (v3)."""
        del project_id
        instance = self._service.need_instance(instance_id)
        return answer(schema_detail_v3(self._schema(instance, database_name), self._nodes(instance)))

    async def list_users(self, project_id: Id, instance_id: Id, page: LongPage) -> Response:
        """List accounts (v1)."""
        del project_id
        instance = self._service.need_instance(instance_id)
        rows = cut(accounts_at(self._storage, instance.id, self._service.now()), page).shaped(user_row_v1)
        return answer({"users": list(rows.rows), **rows.numbered("total_record")})

    async def list_ddm_users(self, project_id: Id, instance_id: Id, page: ShortPage) -> Response:
        """List accounts (v3)."""
        del project_id
        instance = self._service.need_instance(instance_id)
        rows = cut(accounts_at(self._storage, instance.id, self._service.now()), page)
        return answer(rows.shaped(user_row_v3).counted("users"))

    async def download_schema_metadata(self, project_id: Id, instance_id: Id) -> Response:
        """Export the shard distribution of all schemas."""
        del project_id
        instance = self._service.need_instance(instance_id)
        states = schemas_at(self._storage, instance.id, self._service.now())
        return answer(export_schemas(states, self._nodes(instance).values()))

    async def list_api_version(self) -> Response:
        """List the versions of the API."""
        version = {"id": "v1", "links": [], "status": "CURRENT", "version": "", "updated": "2025-05-30T00:00:00Z"}
        older = {**version, "id": "v3", "status": "SUPPORTED"}
        return answer({"versions": [version, older]})

    def _schema(self, instance: Instance, name: str) -> SchemaState:
        state = schema_named(self._storage, instance.id, name, self._service.now())
        if state is None:
            raise Refusal(400, "DBS.300129", "The schema does not exist.")
        return state

    def _nodes(self, instance: Instance) -> dict[str, DataNode]:
        return {node.id: node for node in nodes_at(self._storage, instance.id, self._service.now())}
