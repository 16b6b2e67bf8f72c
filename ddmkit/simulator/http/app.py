"""The FastAPI application behind the gateway: routes, and errors in the format of their family of calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ddmkit.simulator.http.backup_routes import BackupRoutes
from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.iam_routes import IamRoutes
from ddmkit.simulator.http.instance_routes import InstanceRoutes
from ddmkit.simulator.http.job_routes import JobRoutes
from ddmkit.simulator.http.operations import DDM, Operation, published_operations
from ddmkit.simulator.rules.editions import error_format
from ddmkit.simulator.rules.errors import ApiError, error_body, gateway_error, iam_error, parameter_error

__all__ = ["build_app"]

Handler = Callable[..., Awaitable[Response]]


def build_app(context: ServiceContext) -> FastAPI:
    """Build the application that serves a world, with the calls that its edition publishes."""
    app = FastAPI(
        title="DDM simulator", version="1", redirect_slashes=False, docs_url=None, redoc_url=None, openapi_url=None
    )
    handlers = _handlers(context)
    for operation in published_operations(context.world.edition):
        app.add_api_route(
            operation.path,
            handlers[operation.name],
            methods=[operation.method],
            operation_id=operation.name,
            name=operation.name,
            status_code=_success(operation),
            response_class=Response,
            responses=_responses(operation),
        )
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_bad_parameters)
    app.add_exception_handler(HTTPException, _on_no_route)
    return app


def _handlers(context: ServiceContext) -> dict[str, Handler]:
    backups, jobs = BackupRoutes(context), JobRoutes(context)
    instances, iam = InstanceRoutes(context), IamRoutes(context)
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
        "default": "Error in the format of the call's family",
    }
    return {status: {"description": text} for status, text in described.items()}


async def _on_api_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ApiError):
        raise error
    family = error_format(request.scope["simulator.edition"], request.scope["simulator.operation"].family)
    content = error_body(error, family, request.scope["simulator.request_id"])
    return json_response(content, error.status, error.headers)


async def _on_bad_parameters(request: Request, _: Exception) -> Response:
    if request.scope["simulator.operation"].family in DDM:
        return await _on_api_error(request, parameter_error())
    return await _on_api_error(request, iam_error(400, "The request body or a parameter is invalid."))


async def _on_no_route(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 400:
        return await _on_bad_parameters(request, error)
    return await _on_api_error(
        request, gateway_error(404, "APIGW.0101", "The API does not exist or has not been published.")
    )
