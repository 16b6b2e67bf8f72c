"""The two IAM calls: a token for a user's password, and the list of projects. Source: reference 7.1 and 7.2."""

from __future__ import annotations

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ddmkit.simulator.access import REGION
from ddmkit.simulator.clock import from_ms
from ddmkit.simulator.errors import iam_refusal
from ddmkit.simulator.ids import Credentials
from ddmkit.simulator.parameters import Named, Text, TokenBody, User
from ddmkit.simulator.service import Service, answer

__all__ = ["IamCalls"]


class IamCalls:
    """Identity, as far as a client of DDM needs it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._known: Credentials = service.world.seed.credentials()

    async def create_token(self, body: TokenBody, nocatalog: Text = "") -> Response:
        """Give a token for a user and password, good for 24 hours."""
        identity, scope = body.auth.identity, body.auth.scope
        if identity.methods != ["password"] or not self._is_user(identity.password.user):
            raise iam_refusal(401, "The username or password is wrong.")
        wanted = scope.project if scope else None
        if wanted and not self._is_project(wanted):
            raise iam_refusal(404, f"Could not find project: {wanted.name or wanted.id}")
        token, issued, expires = self._service.gate.issue_token(self._known.project_id if wanted else None)
        content: dict[str, Any] = {
            "expires_at": _iam_time(expires),
            "issued_at": _iam_time(issued),
            "methods": ["password"],
            "user": {"id": self._id("user"), "name": self._known.user, "password_expires_at": "", "domain": self._domain()},
            "roles": [{"id": "0", "name": "te_admin"}],
        }
        content |= {"project": self._project()} if wanted else {"domain": self._domain()}
        content |= {} if nocatalog else {"catalog": []}
        return answer({"token": content}, 201, {"X-Subject-Token": token})

    async def list_projects(self, request: Request, name: Text | None = None) -> Response:
        """List the projects of the account, by name if one is given."""
        url = f"http://{request.headers.get('host', '')}/v3/projects"
        project = {
            "is_domain": False,
            "description": "",
            "links": {"self": f"{url}/{self._known.project_id}"},
            "enabled": True,
            "id": self._known.project_id,
            "parent_id": self._id("domain"),
            "domain_id": self._id("domain"),
            "name": REGION,
        }
        query = f"?{request.url.query}" if request.url.query else ""
        projects = [project] if name in (None, REGION) else []
        return answer({"links": {"self": url + query, "previous": None, "next": None}, "projects": projects})

    def _is_user(self, user: User) -> bool:
        given = (user.domain.name, user.name, user.password)
        known = (self._known.domain, self._known.user, self._known.password)
        return hmac.compare_digest(repr(given).encode(errors="replace"), repr(known).encode())

    def _is_project(self, wanted: Named) -> bool:
        return wanted.id == self._known.project_id if wanted.id else wanted.name == REGION

    def _domain(self) -> dict[str, str]:
        return {"id": self._id("domain"), "name": self._known.domain}

    def _project(self) -> dict[str, Any]:
        return {"id": self._known.project_id, "name": REGION, "domain": self._domain()}

    def _id(self, name: str) -> str:
        return self._service.world.seed.hexadecimal(name)


def _iam_time(milliseconds: int) -> str:
    return from_ms(milliseconds).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
