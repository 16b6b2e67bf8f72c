"""The clients of one cloud have a host each, and share credentials, project and options."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import PasswordCredentials, TokenCredentials
from ddmkit.errors import InputError
from ddmkit.service.client import Client
from ddmkit.service.cloud.clients import CloudClients

PLACES = ("rds_endpoint", "vpc_endpoint", "cts_endpoint")


def cloud(client: Client, **places: str) -> CloudClients:
    return CloudClients(Client(replace(client.settings, **places), sleep=lambda _: None))


def test_an_unknown_address_is_named_with_the_variable_that_sets_it(client) -> None:
    clients = cloud(client)
    for name in PLACES:
        with pytest.raises(InputError, match=f"DDMKIT_{name.upper()}") as caught:
            getattr(clients, name.partition("_")[0])
        assert caught.value.field == name
    clients.close()


def test_each_service_is_asked_at_its_own_host(client, make_server, reply) -> None:
    servers = {
        name: make_server(lambda asked: reply({"quotas": {"resources": []}, "trackers": [], "subnet": {"id": "s"}}))
        for name in PLACES
    }
    clients = cloud(client, **{name: server.endpoint for name, server in servers.items()})
    clients.rds.list_quotas()
    clients.vpc.show_subnet("s")
    clients.cts.list_trackers()
    assert [server.asked[0].path.rpartition("/")[2] for server in servers.values()] == ["quotas", "s", "trackers"]
    assert clients.rds is clients.rds
    assert all(len(server.asked) == 1 for server in servers.values())
    clients.close()


def test_one_login_and_one_look_up_of_the_project_serve_all(make_client, loopback, make_server, reply) -> None:
    token = {"token": {"expires_at": "2099-01-01T00:00:00Z", "issued_at": "2098-12-31T00:00:00Z", "project": {"id": "p9"}}}
    loopback.answer = lambda asked: (
        reply(token, 201, {"X-Subject-Token": "t" * 40}) if asked.path == "/v3/auth/tokens" else reply({"id": "i"})
    )
    rds = make_server(lambda asked: reply({"quotas": {"resources": []}}))
    ddm = make_client(credentials=PasswordCredentials("user", SecretStr("canary-password"), "domain"), project_id="")
    clients = cloud(ddm, rds_endpoint=rds.endpoint)
    clients.rds.list_quotas()
    clients.ddm.show_instance("i")
    assert [asked.path for asked in loopback.asked].count("/v3/auth/tokens") == 1
    assert rds.asked[0].path == "/v3/p9/quotas"
    assert rds.asked[0].headers["x-auth-token"] == "t" * 40
    clients.close()


def test_a_new_token_reaches_every_service(client, make_server, reply) -> None:
    rds = make_server(lambda asked: reply({"quotas": {"resources": []}}))
    clients = cloud(client, rds_endpoint=rds.endpoint)
    clients.rds.list_quotas()
    clients.ddm.renew_token(TokenCredentials(SecretStr("n" * 40)))
    clients.rds.list_quotas()
    assert rds.asked[-1].headers["x-auth-token"] == "n" * 40
    assert SecretStr("n" * 40) in clients.rds.known_secrets()
    clients.close()


def test_closing_closes_all(client, make_server, reply) -> None:
    rds = make_server(lambda asked: reply({"quotas": {"resources": []}}))
    clients = cloud(client, rds_endpoint=rds.endpoint)
    used = clients.rds
    used.list_quotas()
    clients.close()
    with pytest.raises(InputError, match="closed"):
        used.list_quotas()
