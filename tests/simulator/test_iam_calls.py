"""Tokens for passwords, and the list of projects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest


def token_body(facts: Any, **changes: Any) -> dict[str, Any]:
    user = {"name": facts.user, "password": facts.password, "domain": {"name": facts.domain}, **changes.get("user", {})}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    scope = changes.get("scope", {"project": {"name": facts.region}})
    return {"auth": {**auth, **({"scope": scope} if scope else {})}}


def ask(facts: Any, body: Any, **query: str) -> httpx.Response:
    return httpx.post(f"{facts.iam_endpoint}/v3/auth/tokens", params=query, json=body, trust_env=False)


@pytest.mark.parametrize("scope", ["name", "id"])
def test_a_token_for_the_project_opens_its_calls(caller: Any, scope: str) -> None:
    facts = caller.facts
    named = {"name": facts.region} if scope == "name" else {"id": facts.project_id}
    answer = ask(facts, token_body(facts, scope={"project": named}), nocatalog="true")
    assert answer.status_code == 201
    token = answer.json()["token"]
    assert token["project"]["id"] == facts.project_id
    assert token["expires_at"].endswith("Z")
    assert "catalog" not in token
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
    assert httpx.get(f"{facts.endpoint}{caller.v3}/backups", headers=headers, trust_env=False).status_code == 200


def test_a_token_without_a_project_opens_no_ddm_call(caller: Any) -> None:
    answer = ask(caller.facts, token_body(caller.facts, scope=None))
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
    assert httpx.get(f"{caller.facts.endpoint}{caller.v3}/backups", headers=headers, trust_env=False).status_code == 403
    assert "domain" in answer.json()["token"]


@pytest.mark.parametrize("user", [{"password": "wrong"}, {"name": "nobody"}, {"domain": {"name": "elsewhere"}}])
def test_wrong_credentials_are_refused_in_iams_envelope(caller: Any, user: dict[str, Any]) -> None:
    answer = ask(caller.facts, token_body(caller.facts, user=user))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 401
    assert answer.json()["error"]["title"] == "Unauthorized"
    assert "X-Subject-Token" not in answer.headers


@pytest.mark.parametrize("body", [{}, [], {"auth": {}}, {"auth": {"identity": {"methods": []}}}])
def test_a_body_of_another_shape_is_a_bad_request(caller: Any, body: Any) -> None:
    assert ask(caller.facts, body).json()["error"]["code"] == 400


def test_an_unknown_project_is_not_found(caller: Any) -> None:
    body = token_body(caller.facts, scope={"project": {"name": "mars-1"}})
    assert ask(caller.facts, body).json()["error"]["code"] == 404


def test_projects_are_found_by_name_with_a_token(caller: Any) -> None:
    assert [row["id"] for row in caller.get("/v3/projects").json()["projects"]] == [caller.facts.project_id]
    assert len(caller.get("/v3/projects", name=caller.facts.region).json()["projects"]) == 1
    assert caller.get("/v3/projects", name="mars-1").json()["projects"] == []
    assert httpx.get(f"{caller.facts.iam_endpoint}/v3/projects", trust_env=False).status_code == 401
