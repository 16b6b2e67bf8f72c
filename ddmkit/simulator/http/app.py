"""The FastAPI application behind the gateway: routes, and errors in the format of their family of calls."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import cache, wraps
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ddmkit.simulator.http.backup_routes import BackupRoutes
from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.gateway import Application, Message, Receive, Send
from ddmkit.simulator.http.iam_routes import IamRoutes
from ddmkit.simulator.http.instance_routes import InstanceRoutes
from ddmkit.simulator.http.job_routes import JobRoutes
from ddmkit.simulator.http.lifecycle_routes import LifecycleRoutes
from ddmkit.simulator.http.operations import CLOUD, SERVICES, Operation, published_operations
from ddmkit.simulator.rules.editions import error_format
from ddmkit.simulator.rules.errors import ApiError, error_body, gateway_error, iam_error, parameter_error

__all__ = ["bind_apps", "build_app"]

Handler = Callable[..., Awaitable[Response]]


def bind_apps(context: ServiceContext) -> dict[str, Application]:
    """Return the application of each service for a world, with the calls that the world's edition publishes.

    DDM's is ready at once; the others are built at their first request, because many simulators serve DDM alone.
    """
    build_app(context.world.edition)
    return {service: _bind(context, service) for service in SERVICES}


def _bind(context: ServiceContext, service: str) -> Application:
    routes: dict[str, object] = {}

    async def serve(scope: Message, receive: Receive, send: Send) -> None:
        app = build_app(context.world.edition, service)
        if not routes:
            routes.update({kind.__name__: kind(context) for kind in _table(service)[0]})
        await app({**scope, _ROUTES: routes}, receive, send)

    return serve


@cache
def build_app(edition: str, service: str = "ddm") -> FastAPI:
    """Build the application of a service in an edition.

    All simulators of a process share it: FastAPI needs longer to read the signatures of the routes than a simulator needs to
    start. The world comes with each request.
    """
    app = FastAPI(
        title=f"{service.upper()} simulator",
        version="1",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    methods = _table(service)[1]
    for operation in published_operations(edition, service):
        app.add_api_route(
            operation.path,
            _make_handler(methods[operation.name]),
            methods=[operation.method],
            operation_id=operation.name,
            name=operation.name,
            status_code=operation.success,
            response_class=Response,
            responses=_responses(operation),
        )
    app.add_exception_handler(ApiError, _on_api_error)
    app.add_exception_handler(RequestValidationError, _on_bad_parameters)
    app.add_exception_handler(HTTPException, _on_no_route)
    return app


def _make_handler(method: Handler) -> Handler:
    """Return a function that calls a method of the routes of the request's world; FastAPI reads its signature."""
    kind = method.__qualname__.partition(".")[0]
    signature = inspect.signature(method, eval_str=True)
    parameters = list(signature.parameters.values())[1:]
    takes_request = "request" in signature.parameters
    if not takes_request:
        parameters.append(inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request))

    @wraps(method)
    async def handle(request: Request, **arguments: object) -> Response:
        routes = request.scope[_ROUTES][kind]
        return await (method(routes, request=request, **arguments) if takes_request else method(routes, **arguments))

    handle.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return handle


_ROUTES = "simulator.routes"
_KINDS: tuple[type, ...] = (BackupRoutes, IamRoutes, InstanceRoutes, JobRoutes, LifecycleRoutes)
_METHODS: dict[str, Handler] = {
    "RestoreMetadata": BackupRoutes.restore_metadata,
    "ListBackups": BackupRoutes.list_backups,
    "ShowBackup": BackupRoutes.show_backup,
    "ShowAvalibleTime": BackupRoutes.show_ranges,
    "ShowAvalibleDdms": BackupRoutes.show_targets,
    "ShowRelatedDns": BackupRoutes.show_related_nodes,
    "ShowAvalibleRds": BackupRoutes.show_candidates,
    "ShowDdmJobResult": JobRoutes.show_job,
    "ListTasks": JobRoutes.list_tasks,
    "ListInstances": InstanceRoutes.list_instances,
    "ListDdms": InstanceRoutes.list_ddms,
    "ShowInstance": InstanceRoutes.show_instance,
    "ShowDdmDetail": InstanceRoutes.show_ddm_detail,
    "ListNodes": InstanceRoutes.list_nodes,
    "ListDatabases": InstanceRoutes.list_databases,
    "ShowDatabase": InstanceRoutes.show_database,
    "ShowInstanceDatabase": InstanceRoutes.show_instance_database,
    "ListUsers": InstanceRoutes.list_users,
    "ListDdmUsers": InstanceRoutes.list_ddm_users,
    "DownloadSchemaMetadata": InstanceRoutes.download_schema_metadata,
    "CreateDdmInstance": LifecycleRoutes.create_instance,
    "DeleteDdmInstance": LifecycleRoutes.delete_instance,
    "ListDdmEngines": LifecycleRoutes.list_engines,
    "ListDdmFlavors": LifecycleRoutes.list_flavors,
    "SyncDnInformation": LifecycleRoutes.sync_data_nodes,
    "ResetAdministrator": LifecycleRoutes.set_administrator,
    "SetReadOnlyStatus": LifecycleRoutes.set_read_only,
    "ShowLogicalProcesses": LifecycleRoutes.list_processes,
    "ListApiVersion": InstanceRoutes.list_api_version,
    "KeystoneShowVersion": IamRoutes.show_version,
    "KeystoneCreateUserTokenByPassword": IamRoutes.create_token,
    "KeystoneValidateToken": IamRoutes.validate_token,
    "KeystoneListAuthProjects": IamRoutes.list_own_projects,
    "KeystoneListAuthDomains": IamRoutes.list_own_domains,
    "KeystoneShowCatalog": IamRoutes.show_catalog,
    "KeystoneListProjects": IamRoutes.list_projects,
}


def _table(service: str) -> tuple[tuple[type, ...], Mapping[str, Handler]]:
    """Return the classes of routes of a service, and the method of each operation."""
    if service == "ddm":
        return _KINDS, _METHODS
    from ddmkit.simulator.http.services import methods  # noqa: PLC0415 - loaded at the first request

    return methods.TABLES[service]


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
    family = request.scope["simulator.operation"].family
    if family in CLOUD:
        return await _on_api_error(request, parameter_error(family))
    return await _on_api_error(request, iam_error(400, "The request body or a parameter is invalid."))


async def _on_no_route(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 400:
        return await _on_bad_parameters(request, error)
    return await _on_api_error(
        request, gateway_error(404, "APIGW.0101", "The API does not exist or has not been published.")
    )
