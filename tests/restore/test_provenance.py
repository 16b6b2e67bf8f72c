from __future__ import annotations

import getpass
import json

from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials, PasswordCredentials, TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.restore.provenance import describe_environment, system_user

CANARY = SecretStr("canary-of-a-secret")


def described(credentials):
    return describe_environment(Settings(endpoint="https://ddm.example.com", credentials=credentials))


def test_credentials_are_named_by_kind_user_and_origin_and_never_shown():
    cases = {
        "a token, from arguments": TokenCredentials(CANARY),
        "an access key, from arguments": KeyCredentials(CANARY, CANARY),
        "a temporary access key, from arguments": KeyCredentials(CANARY, CANARY, CANARY),
        "IAM user ada of acme, from arguments": PasswordCredentials("ada", CANARY, "acme"),
    }
    for said, credentials in cases.items():
        told = described(credentials)
        assert told["credentials"] == said
        assert "canary" not in json.dumps(told)


def test_the_cloud_user_is_told_where_it_is_known_and_said_to_be_unknown_where_no_call_tells():
    assert described(PasswordCredentials("ada", CANARY, "acme"))["cloud_user"] == "ada of acme"
    for credentials, kind in ((TokenCredentials(CANARY), "a token"), (KeyCredentials(CANARY, CANARY), "an access key")):
        assert described(credentials)["cloud_user"].startswith(f"unknown: {kind} does not tell whose it is")


def test_programs_and_place_are_told():
    told = described(TokenCredentials(CANARY))
    assert told["endpoint"] == "https://ddm.example.com"
    assert {"ddmkit", "httpx", "pydantic", "SQLAlchemy", "rfc8785"} <= set(told["versions"])
    assert told["python"].startswith("3.")


def test_a_machine_without_a_user_database_has_an_unknown_user(monkeypatch):
    def fail():
        raise KeyError("no such user")

    monkeypatch.setattr(getpass, "getuser", fail)
    assert system_user() == "unknown"
