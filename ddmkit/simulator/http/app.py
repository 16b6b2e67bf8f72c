"""The application behind the gateway: method and path to call, and refusals to the envelope of their family.

Authentication, faults and everything else that happens to a request as such are left to the gateway.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ddmkit.simulator.http.backup_routes import BackupCalls
from ddmkit.simulator.http.context import Service, answer
from ddmkit.simulator.http.editions import envelope_of
from ddmkit.simulator.http.iam_routes import IamCalls
from ddmkit.simulator.http.instance_routes import InstanceCalls
from ddmkit.simulator.http.job_routes import JobCalls
from ddmkit.simulator.http.operations import DDM, Operation, published
from ddmkit.simulator.rules.errors import Refusal, gateway_refusal, iam_refusal, parameter_error, render_refusal

__all__ = ["build_app"]

Call = Callable[..., Awaitable[Response]]


def build_app(service: Service) -> FastAPI:
    """Return the application that serves a world, with the calls that its edition publishes."""
    app = FastAPI(
        title="DDM simulator", version="1", redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None
    )
    calls = _calls(service)
    for operation in published(service.world.edition):
        app.add_api_route(
            operation.path,
            calls[operation.name],
            methods=[operation.method],
            operation_id=operation.name,
            name=operation.name,
            status_code=_success(operation),
            response_class=Response,
            responses=_responses(operation),
        )
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(RequestValidationError, _on_bad_parameters)
    app.add_exception_handler(HTTPException, _on_no_route)
    return app


def _calls(service: Service) -> dict[str, Call]:
    backups, instances, jobs, iam = (
        BackupCalls(service),
        InstanceCalls(service),
        JobCalls(service),
        IamCalls(service),
    )
    return {
        "RestoreMetadata": backups.restore_metadata,
        "ListBackups": backups.list_backups,
        "ShowBackup": backups.show_backup,
        "ShowAvalibleTime": backups.show_ranges,
        "ShowAvalibleDdms": backups.show_targets,
        "ShowRelatedDns": backups.show_related_nodes,
        "ShowAvalibleRds": backups.show_candidates,
        "ShowDdmJobResult": jobs.show_job,
        "ListTasks": jobs.list_tasks,
        "ListInstances": instances.list_instances,
        "ListDdms": instances.list_ddms,
        "ShowInstance": instances.show_instance,
        "ShowDdmDetail": instances.show_ddm_detail,
        "ListNodes": instances.list_nodes,
        "ListDatabases": instances.list_databases,
        "ShowDatabase": instances.show_database,
        "ShowInstanceDatabase": instances.show_instance_database,
        "ListUsers": instances.list_users,
        "ListDdmUsers": instances.list_ddm_users,
        "DownloadSchemaMetadata": instances.download_schema_metadata,
        "ListApiVersion": instances.list_api_version,
        "KeystoneShowVersion": iam.show_version,
        "KeystoneCreateUserTokenByPassword": iam.create_token,
        "KeystoneValidateToken": iam.validate_token,
        "KeystoneListAuthProjects": iam.list_own_projects,
        "KeystoneListAuthDomains": iam.list_own_domains,
        "KeystoneShowCatalog": iam.show_catalog,
        "KeystoneListProjects": iam.list_projects,
    }


def _success(operation: Operation) -> int:
    return {"RestoreMetadata": 202, "KeystoneCreateUserTokenByPassword": 201}.get(operation.name, 200)


def _responses(operation: Operation) -> dict[int | str, dict[str, Any]]:
    if operation.name in {"ListApiVersion", "KeystoneShowVersion"}:
        return {}
    described: dict[int | str, str] = {
        400: "Bad request",
        401: "Not authenticated",
        403: "Forbidden",
        404: "Not found",
        409: "Another operation runs",
        415: "Wrong content type",
        "default": "Refused in the envelope of the call's family",
    }
    return {status: {"description": text} for status, text in described.items()}


async def _on_refusal(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, Refusal):
        raise refusal
    family = envelope_of(request.scope["simulator.edition"], request.scope["simulator.operation"].family)
    content = render_refusal(refusal, family, request.scope["simulator.request_id"])
    return answer(content, refusal.status, refusal.headers)


async def _on_bad_parameters(request: Request, _: Exception) -> Response:
    if request.scope["simulator.operation"].family in DDM:
        return await _on_refusal(request, parameter_error())
    return await _on_refusal(request, iam_refusal(400, "The request body or a parameter is invalid."))


async def _on_no_route(request: Request, problem: Exception) -> Response:
    if isinstance(problem, HTTPException) and problem.status_code == 400:
        return await _on_bad_parameters(request, problem)
    return await _on_refusal(
        request, gateway_refusal(404, "APIGW.0101", "The API does not exist or has not been published.")
    )
