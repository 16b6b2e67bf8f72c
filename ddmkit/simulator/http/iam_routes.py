"""Routes of IAM: tokens for a password or an earlier token, projects, and the service catalog.

Sources: IAM API reference of Huawei Cloud (support.huaweicloud.com/api-iam), pages "Obtaining a User Token Through Password
Authentication", "Verifying a Token", "Querying Project Information", "Querying the List of Projects Accessible to an IAM
User", "Querying the Service Catalog" and "Querying Keystone API Version 3.0"; the Open Telekom Cloud has the same pages.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Header
from starlette.requests import Request
from starlette.responses import Response

from ddmkit.simulator.http.auth import REGION, TokenFacts
from ddmkit.simulator.http.context import ServiceContext, json_response
from ddmkit.simulator.http.parameters import Identity, Named, ProjectScope, Scope, Text, TokenBody, User
from ddmkit.simulator.rules.errors import ApiError, iam_error
from ddmkit.simulator.storage.clock import from_ms
from ddmkit.simulator.storage.ids import Credentials

__all__ = ["IamRoutes"]

# Name, type, version and host. The Open Telekom Cloud's Go client searches the catalog for the types with a version
# (gophertelekomcloud, openstack/client.go); other clients search for the plain names.
REGIONAL = (
    ("ddm", "ddm", "v1", "ddm"),
    ("ddmv1", "ddmv1", "v1", "ddm"),
    ("ddmv3", "ddmv3", "v3", "ddm"),
    ("rds", "rds", "v3", "rds"),
    ("rdsv3", "rdsv3", "v3", "rds"),
    ("vpc", "vpc", "v1", "vpc"),
    ("cts", "cts", "v3", "cts"),
)
_WITH_PORT = re.compile(r":[0-9]+$")
Subject = Annotated[str, Header(alias="X-Subject-Token", min_length=1, max_length=16_384)]


class IamRoutes:
    """The IAM routes that a client of DDM needs."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._known: Credentials = context.world.seed.credentials()

    async def show_version(self, request: Request) -> Response:
        """Show the version of the identity API."""
        version = {
            "status": "stable",
            "updated": "2016-04-04T00:00:00Z",
            "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
            "id": "v3.6",
            "links": [{"href": f"{_base(request)}/v3/", "rel": "self"}],
        }
        return json_response({"version": version})

    async def create_token(self, request: Request, body: TokenBody, nocatalog: Text = "") -> Response:
        """Create a token, valid for 24 hours, or as long as the earlier token that authenticated the request."""
        earlier = self._authenticate(body.auth.identity)
        project_id = self._project_of(body.auth.scope)
        token, facts = self._context.authenticator.issue_token(project_id, earlier.expires if earlier else None)
        content = self._describe(facts, body.auth.identity.methods, "" if nocatalog else _base(request))
        return json_response(content, 201, {"X-Subject-Token": token})

    async def validate_token(self, request: Request, subject: Subject, nocatalog: Text = "") -> Response:
        """Show the validity of a token."""
        try:
            facts = self._context.authenticator.read_token(subject)
        except ApiError:
            raise iam_error(404, "Could not find token.") from None
        content = self._describe(facts, ["password"], "" if nocatalog else _base(request))
        return json_response(content, 200, {"X-Subject-Token": subject})

    async def list_projects(
        self, request: Request, name: Text | None = None, domain_id: Text | None = None, parent_id: Text | None = None
    ) -> Response:
        """List the projects of the account, optionally filtered by name, account or parent."""
        project = self._project_row(request)
        wanted = {"name": name, "domain_id": domain_id, "parent_id": parent_id}
        projects = [project] if all(value in {None, project[key]} for key, value in wanted.items()) else []
        return self._list(request, "projects", projects)

    async def list_own_projects(self, request: Request) -> Response:
        """List the projects that the caller may use."""
        return self._list(request, "projects", [self._project_row(request)])

    async def list_own_domains(self, request: Request) -> Response:
        """List the accounts that the caller may use."""
        links = {"self": f"{_base(request)}/v3/domains/{self._id('domain')}"}
        return self._list(request, "domains", [{**self._domain(), "enabled": True, "description": "", "links": links}])

    async def show_catalog(self, request: Request) -> Response:
        """Show the services and their addresses."""
        base = _base(request)
        return json_response({"catalog": self._catalog(base, regional=True), "links": {"self": f"{base}/v3/auth/catalog"}})

    def _authenticate(self, identity: Identity) -> TokenFacts | None:
        """Raise ApiError unless the identity is valid; return the validity of an earlier token, or None."""
        if identity.methods == ["token"] and identity.token:
            try:
                return self._context.authenticator.read_token(identity.token.id)
            except ApiError:
                raise iam_error(401, "The token is invalid or has expired.") from None
        if identity.password is None or not self._is_user(identity.password.user):
            raise iam_error(401, "The username or password is wrong.")
        return None

    def _project_of(self, scope: Scope | str | None) -> str | None:
        """Return the project id of a scope, None for other scopes; raise ApiError for unknown projects and domains."""
        if scope is None or isinstance(scope, str):
            return None
        if scope.project:
            if not self._is_project(scope.project):
                raise iam_error(404, f"Could not find project: {scope.project.name or scope.project.id}")
            return self._known.project_id
        if scope.domain and not self._is_domain(scope.domain):
            raise iam_error(404, f"Could not find domain: {scope.domain.name or scope.domain.id}")
        return None

    def _describe(self, facts: TokenFacts, methods: list[Any], base: str) -> dict[str, Any]:
        """Return the description of a token, with the catalog when `base` is not empty."""
        content: dict[str, Any] = {
            "expires_at": _iam_time(facts.expires),
            "issued_at": _iam_time(facts.issued),
            "methods": methods,
            "user": {"id": self._id("user"), "name": self._known.user, "password_expires_at": "", "domain": self._domain()},
            "roles": [{"id": "0", "name": "te_admin"}],
        }
        content |= {"project": self._project()} if facts.project_id else {"domain": self._domain()}
        content |= {"catalog": self._catalog(base, regional=facts.project_id is not None)} if base else {}
        return {"token": content}

    def _catalog(self, base: str, *, regional: bool) -> list[dict[str, Any]]:
        # IAM is in every region, `*`. Some clients search for their own region, so IAM is listed there as well.
        entries = [self._entry("keystone", "identity", ("*", REGION), f"{base}/v3")]
        if regional:
            project = self._known.project_id
            entries += [
                self._entry(name, kind, (REGION,), f"{self._host(base, service)}/{version}/{project}")
                for name, kind, version, service in REGIONAL
            ]
        return entries

    def _host(self, base: str, service: str) -> str:
        """Return the address of a service: the host that the client used, with the port of the service."""
        port = self._context.ports.get(service)
        if service == "ddm" or port is None:
            return base
        return f"{_WITH_PORT.sub('', base)}:{port}"

    def _entry(self, name: str, kind: str, regions: Sequence[str], url: str) -> dict[str, Any]:
        endpoints = [
            {
                "id": self._id(f"endpoint {kind} {region}"),
                "interface": "public",
                "region": region,
                "region_id": region,
                "url": url,
            }
            for region in regions
        ]
        return {"id": self._id(f"service {kind}"), "name": name, "type": kind, "endpoints": endpoints}

    def _list(self, request: Request, name: str, rows: list[dict[str, Any]]) -> Response:
        query = f"?{request.url.query}" if request.url.query else ""
        links = {"self": f"{_base(request)}{request.url.path}{query}", "previous": None, "next": None}
        return json_response({"links": links, name: rows})

    def _project_row(self, request: Request) -> dict[str, Any]:
        return {
            "is_domain": False,
            "description": "",
            "links": {"self": f"{_base(request)}/v3/projects/{self._known.project_id}"},
            "enabled": True,
            "id": self._known.project_id,
            "parent_id": self._id("domain"),
            "domain_id": self._id("domain"),
            "name": REGION,
        }

    def _is_user(self, user: User) -> bool:
        named = user.id == self._id("user") if user.id else user.name == self._known.user and self._is_domain(user.domain)
        known, given = self._known.password.encode(), user.password.encode(errors="replace")
        return hmac.compare_digest(given, known) and named

    def _is_domain(self, domain: Named) -> bool:
        return domain.id == self._id("domain") if domain.id else domain.name == self._known.domain

    def _is_project(self, wanted: ProjectScope) -> bool:
        if wanted.id:
            return wanted.id == self._known.project_id
        return wanted.name == REGION and (wanted.domain is None or self._is_domain(wanted.domain))

    def _domain(self) -> dict[str, str]:
        return {"id": self._id("domain"), "name": self._known.domain}

    def _project(self) -> dict[str, Any]:
        return {"id": self._known.project_id, "name": REGION, "domain": self._domain()}

    def _id(self, name: str) -> str:
        return self._context.world.seed.hexadecimal(name)


def _base(request: Request) -> str:
    """Return the address that the client used, so that the catalog also works through a forwarded port."""
    host, port = request.scope["server"]
    return f"http://{request.headers.get('host') or f'{host}:{port}'}"


def _iam_time(milliseconds: int) -> str:
    return from_ms(milliseconds).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
