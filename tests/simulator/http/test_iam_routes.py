"""Tokens for passwords, and the list of projects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests import plain_http


def token_body(facts: Any, **changes: Any) -> dict[str, Any]:
    user = {"name": facts.user, "password": facts.password, "domain": {"name": facts.domain}, **changes.get("user", {})}
    auth: dict[str, Any] = {"identity": {"methods": ["password"], "password": {"user": user}}}
    scope = changes.get("scope", {"project": {"name": facts.region}})
    return {"auth": {**auth, **({"scope": scope} if scope else {})}}


def ask(facts: Any, body: Any, **query: str) -> httpx.Response:
    return plain_http.post(f"{facts.iam_endpoint}/v3/auth/tokens", params=query, json=body)


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
    assert plain_http.get(f"{facts.endpoint}{caller.v3}/backups", headers=headers).status_code == 200


def test_a_token_without_a_project_opens_no_ddm_call(caller: Any) -> None:
    answer = ask(caller.facts, token_body(caller.facts, scope=None))
    headers = {"X-Auth-Token": answer.headers["X-Subject-Token"]}
    assert plain_http.get(f"{caller.facts.endpoint}{caller.v3}/backups", headers=headers).status_code == 403
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
    assert plain_http.get(f"{caller.facts.iam_endpoint}/v3/projects").status_code == 401


def subject(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return answer.headers["X-Subject-Token"]


def by_token(token: str, scope: Any = None) -> dict[str, Any]:
    auth: dict[str, Any] = {"identity": {"methods": ["token"], "token": {"id": token}}}
    return {"auth": {**auth, **({"scope": scope} if scope else {})}}


def get(facts: Any, path: str, token: str, **headers: str) -> httpx.Response:
    return plain_http.get(f"{facts.iam_endpoint}{path}", headers={"X-Auth-Token": token, **headers})


def test_a_token_proves_an_identity_and_takes_another_scope_but_lives_no_longer(caller: Any) -> None:
    facts = caller.facts
    unscoped = ask(facts, token_body(facts, scope=None))
    again = ask(facts, by_token(subject(unscoped), {"project": {"id": facts.project_id}}))
    described = again.json()["token"]
    assert described["methods"] == ["token"]
    assert described["project"]["name"] == facts.region
    assert described["expires_at"] == unscoped.json()["token"]["expires_at"]
    assert get(facts, f"{caller.v3}/backups", subject(again)).status_code == 200
    assert get(facts, f"{caller.v3}/backups", subject(ask(facts, by_token(subject(again))))).status_code == 403


def test_the_scenarios_own_token_proves_an_identity_too(caller: Any) -> None:
    assert subject(ask(caller.facts, by_token(caller.facts.token, "unscoped")))


def test_an_invented_token_proves_nothing(caller: Any) -> None:
    answer = ask(caller.facts, by_token("MII"))
    assert (answer.status_code, answer.json()["error"]["title"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    "identity",
    [
        {"methods": ["token"]},
        {"methods": ["token"], "token": {}},
        {"methods": ["token"], "token": {"id": ""}},
        {"methods": ["password"], "token": {"id": "MII"}},
        {"methods": ["totp"]},
        {"methods": ["password", "totp"]},
        {"methods": ["password"], "password": {"user": {"name": "without a domain", "password": "x"}}},
        {"methods": "token"},
    ],
)
def test_an_identity_without_what_its_method_needs_is_a_bad_request(caller: Any, identity: dict[str, Any]) -> None:
    answer = ask(caller.facts, {"auth": {"identity": identity}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)


def test_user_and_account_may_be_named_by_id(caller: Any) -> None:
    facts = caller.facts
    user = ask(facts, token_body(facts)).json()["token"]["user"]
    by_id = {"methods": ["password"], "password": {"user": {"id": user["id"], "password": facts.password}}}
    assert subject(ask(facts, {"auth": {"identity": by_id}}))
    assert subject(ask(facts, token_body(facts, user={"domain": {"id": user["domain"]["id"]}})))
    assert ask(facts, token_body(facts, user={"domain": {"id": "0"}})).status_code == 401


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ({"project": {"name": "simulator-1", "domain": {"name": "simulator-domain"}}}, 201),
        ({"project": {"name": "simulator-1", "domain": {"name": "elsewhere"}}}, 404),
        ({"project": {"name": "simulator-1"}, "domain": {"name": "elsewhere"}}, 201),
        ({"domain": {"name": "simulator-domain"}}, 201),
        ({"domain": {"name": "elsewhere"}}, 404),
        ({}, 201),
        ({"unscoped": {}}, 201),
        ("unscoped", 201),
        ("all", 400),
    ],
)
def test_a_scope_names_what_is_there(caller: Any, scope: Any, status: int) -> None:
    body = token_body(caller.facts, scope=None)
    body["auth"]["scope"] = scope
    answer = ask(caller.facts, body)
    assert answer.status_code == status
    if status == 201:
        assert ("project" in answer.json()["token"]) == (isinstance(scope, dict) and "project" in scope)


def test_the_catalogue_names_the_simulator_as_the_caller_knows_it(caller: Any) -> None:
    facts = caller.facts
    token = ask(facts, token_body(facts)).json()["token"]
    places = {
        (service["type"], place["region"]): place["url"] for service in token["catalog"] for place in service["endpoints"]
    }
    assert places["ddmv1", facts.region] == f"{facts.endpoint}/v1/{facts.project_id}"
    assert places["ddmv3", facts.region] == f"{facts.endpoint}/v3/{facts.project_id}"
    assert places["rdsv3", facts.region] == f"{facts.rds_endpoint}/v3/{facts.project_id}"
    assert places["vpc", facts.region] == f"{facts.vpc_endpoint}/v1/{facts.project_id}"
    assert places["cts", facts.region] == f"{facts.cts_endpoint}/v3/{facts.project_id}"
    assert places["identity", "*"] == places["identity", facts.region] == f"{facts.iam_endpoint}/v3"
    assert get(facts, "/v3/auth/catalog", facts.token).json()["catalog"] == token["catalog"]
    forwarded = get(facts, "/v3/auth/catalog", facts.token, Host="simulator.example:8080").text
    assert "http://simulator.example:8080/v1/" in forwarded


def test_a_token_without_a_project_has_identity_in_its_catalogue_alone(caller: Any) -> None:
    token = ask(caller.facts, token_body(caller.facts, scope=None)).json()["token"]
    assert [service["type"] for service in token["catalog"]] == ["identity"]


def test_a_caller_sees_its_projects_and_accounts(caller: Any) -> None:
    facts = caller.facts
    unscoped = subject(ask(facts, token_body(facts, scope=None)))
    own = get(facts, "/v3/auth/projects", unscoped).json()
    assert [(row["id"], row["name"]) for row in own["projects"]] == [(facts.project_id, facts.region)]
    assert own["links"]["self"] == f"{facts.iam_endpoint}/v3/auth/projects"
    assert [row["name"] for row in get(facts, "/v3/auth/domains", unscoped).json()["domains"]] == [facts.domain]
    for path in ("/v3/auth/projects", "/v3/auth/domains", "/v3/auth/catalog", "/v3/auth/tokens"):
        assert plain_http.get(f"{facts.iam_endpoint}{path}").status_code == 401
        assert get(facts, path, "MII").status_code == 401


def test_projects_are_found_by_their_account(caller: Any) -> None:
    (project,) = caller.get("/v3/projects").json()["projects"]
    assert caller.get("/v3/projects", domain_id=project["domain_id"]).json()["projects"] == [project]
    assert caller.get("/v3/projects", domain_id="0").json()["projects"] == []


def test_a_token_is_shown_to_who_asks(caller: Any) -> None:
    facts = caller.facts
    token = subject(ask(facts, token_body(facts)))
    shown = get(facts, "/v3/auth/tokens?nocatalog=1", facts.token, **{"X-Subject-Token": token})
    assert (shown.status_code, shown.headers["X-Subject-Token"]) == (200, token)
    assert shown.json()["token"]["project"]["id"] == facts.project_id
    assert "catalog" not in shown.json()["token"]
    assert get(facts, "/v3/auth/tokens", facts.token, **{"X-Subject-Token": "MII"}).status_code == 404
    assert get(facts, "/v3/auth/tokens", facts.token).status_code == 400


@pytest.mark.parametrize("path", ["/v3", "/v3/"])
def test_the_version_of_identity_is_shown_to_everyone(caller: Any, path: str) -> None:
    version = plain_http.get(f"{caller.facts.iam_endpoint}{path}").json()["version"]
    assert version["id"].startswith("v3.")
    assert version["links"] == [{"href": f"{caller.facts.iam_endpoint}/v3/", "rel": "self"}]
