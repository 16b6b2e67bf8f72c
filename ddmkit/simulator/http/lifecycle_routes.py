"""Routes that create, change and delete DDM instances, and what can be bought.

Sources: DDM API, "Buying a DDM Instance", "Deleting a DDM Instance", "Querying DDM Engine Information", "Querying DDM
Instance Classes", "Synchronizing Data Node Information", "Resetting the Administrator Password"; the official SDK 3.1.219.
"""

# ruff: noqa: ARG002 - FastAPI checks every path parameter, used or not

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.operations import OPERATIONS
from ddmkit.simulator.http.paging import slice_rows
from ddmkit.simulator.http.parameters import (
    AdministratorBody,
    CreateInstanceBody,
    Flag,
    Id,
    LongPage,
    ReadOnlyBody,
    ShortPage,
    Text,
    body_text,
)
from ddmkit.simulator.http.serializers import process_rows
from ddmkit.simulator.rules.audit import Witnessed
from ddmkit.simulator.rules.ddm_catalog import ENGINES, FLAVOURS, engine_with
from ddmkit.simulator.rules.editions import OTC
from ddmkit.simulator.rules.errors import ApiError, parameter_error
from ddmkit.simulator.rules.history import accounts_at
from ddmkit.simulator.rules.instance_jobs import (
    READ_ONLY,
    InstanceRequest,
    create_instance,
    delete_instance,
    set_administrator,
    start_instance_job,
)
from ddmkit.simulator.rules.nodes.catalog import ZONES
from ddmkit.simulator.rules.restores import busy_instances
from ddmkit.simulator.storage.schema import Instance

__all__ = ["LifecycleRoutes"]

CREATE = next(operation for operation in OPERATIONS if operation.name == "CreateDdmInstance")


class LifecycleRoutes:
    """The routes that create, change and delete DDM instances."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._storage = context.storage

    async def create_instance(self, project_id: Id, body: CreateInstanceBody) -> Response:
        """Create an empty instance."""
        sent = body_text(body)
        names = InstanceRequest.__dataclass_fields__
        known = {name: value for name, value in sent.items() if name in names and name != "available_zones"}
        request = InstanceRequest(**known, available_zones=tuple(body.available_zones))
        context = self._context
        fails, with_account = (context.faults.take(name, CREATE) for name in ("ddm-create-failed", "ddm-accounts-present"))
        with self._storage.writing():
            instance, job = create_instance(
                self._storage,
                context.world.seed,
                request,
                context.now(),
                context.times.recovery,
                fails=fails,
                with_account=with_account,
            )
            answer = {"id": instance.id, "job_id": job.id}
            self._trace("createInstance", instance, "202", sent, answer)
        return json_response(answer, 202)

    async def delete_instance(self, project_id: Id, instance_id: Id, delete_dn_data: Flag = "") -> Response:
        """Delete an instance; its data nodes stay."""
        instance = self._require_idle(instance_id)
        context = self._context
        with self._storage.writing():
            job = delete_instance(
                self._storage,
                context.world.seed,
                instance,
                context.now(),
                context.times.short_job,
                delete_dn_data=delete_dn_data == "true",
            )
            self._trace("deleteInstance", instance, "202", "", {"job_id": job.id})
        return json_response({"job_id": job.id}, 202)

    async def list_engines(self, project_id: Id, page: ShortPage) -> Response:
        """List the engine versions."""
        rows = slice_rows(ENGINES, page).map(lambda one: {"id": one.id, "name": "DDM", "version": one.version})
        return json_response(rows.with_counters("engine_groups"))

    async def list_flavors(
        self, project_id: Id, page: ShortPage, engine_id: Text = "", engine_version: Text = "", available_zones: Text = ""
    ) -> Response:
        """List the flavours of an engine."""
        if engine_with(engine_version or engine_id) is None:
            raise parameter_error()
        zones = [zone for zone in available_zones.split(",") if zone] or list(ZONES)
        rows = slice_rows([row for row in FLAVOURS if set(zones) <= set(ZONES)], page)
        flavours = [
            {
                "id": row.id,
                "type_code": "hws.resource.type.ddm",
                "spec_code": row.spec_code,
                "vcpus": str(row.cpus),
                "ram": str(row.memory),
                "az_infos": [
                    {"code": zone, "description": zone, "status": "normal", "support_ipv6": False} for zone in zones
                ],
            }
            for row in rows.rows
        ]
        group = {"group_type": "X86", "flavors": flavours, "offset": page.offset, "limit": page.limit, "total": rows.total}
        return json_response({"flavor_groups": [group]})

    async def sync_data_nodes(self, project_id: Id, instance_id: Id) -> Response:
        """Read the addresses and versions of the data nodes again."""
        instance = self._context.require_instance(instance_id)
        self._trace("synRdsinfo", instance, "200", "", {})
        return json_response({})

    async def set_administrator(self, project_id: Id, instance_id: Id, body: AdministratorBody) -> Response:
        """Create the administrator, or reset its password."""
        instance = self._require_idle(instance_id)
        context = self._context
        with self._storage.writing():
            set_administrator(self._storage, instance, body.name, body.password, context.now())
            job_id = context.world.seed.job(f"administrator {instance.id} {context.now()}")
            answer: dict[str, Any] = {"job_id": job_id} if context.world.edition == OTC else {}
            self._trace("resetAdministrator", instance, "202", body_text(body), answer)
        return json_response(answer, 202)

    async def set_read_only(self, project_id: Id, instance_id: Id, body: ReadOnlyBody) -> Response:
        """Forbid writing, or allow it again."""
        instance = self._require_idle(instance_id)
        context = self._context
        with self._storage.writing():
            job = start_instance_job(
                *(self._storage, context.world.seed, instance, READ_ONLY, context.now(), context.times.short_job),
                readonly=body.readonly,
            )
            self._trace("setReadOnlyStatus", instance, "202", body_text(body), {"job_id": job.id})
        return json_response({"job_id": job.id}, 202)

    async def list_processes(self, project_id: Id, instance_id: Id, page: LongPage, keyword: Text = "") -> Response:
        """List the sessions of applications on an instance."""
        instance = self._context.require_instance(instance_id)
        accounts = accounts_at(self._storage, instance.id, self._context.now())
        rows = [row for row in process_rows(accounts) if keyword in row["user"] or keyword in row["db"]]
        shown = slice_rows(rows, page)
        return json_response({"logical_processes": list(shown.rows), "total_count": shown.total})

    def _require_idle(self, instance_id: str) -> Instance:
        instance = self._context.require_instance(instance_id)
        if instance.id in busy_instances(self._storage, self._context.now()):
            message = "Another operation is being performed on the DB instance, or the DB instance is faulty."
            raise ApiError(409, "DBS.200019", message)
        return instance

    def _trace(self, name: str, instance: Instance, code: str, request: Any, response: Any) -> None:
        self._context.write_trace(Witnessed("DDM", name, "instance", instance.id, instance.name, code, request, response))
