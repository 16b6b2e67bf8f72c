"""Credentials come from one place, whole, and are not shown."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from pydantic import SecretStr

from ddmkit.config.credentials import KeyCredentials, PasswordCredentials, TokenCredentials
from ddmkit.errors import InputError
from tests.config.conftest import read, reveal

OWN = {"DDMKIT_TOKEN": "own-token"}
SDK = {"HUAWEICLOUD_SDK_AK": "sdk-ak", "HUAWEICLOUD_SDK_SK": "sdk-sk", "HUAWEICLOUD_SDK_PROJECT_ID": "sdk-project"}


@pytest.mark.parametrize(
    ("given", "environment", "source", "secrets", "project"),
    [
        ({"token": "t"}, {**OWN, **SDK}, "arguments", ["t"], ""),
        ({"token": SecretStr("t")}, {}, "arguments", ["t"], ""),
        ({"access_key": "a", "secret_key": "s"}, {**OWN, **SDK}, "arguments", ["a", "s"], ""),
        ({"access_key": "a", "secret_key": "s", "security_token": "x"}, {}, "arguments", ["a", "s", "x"], ""),
        ({"user": "u", "password": "p w", "domain": "d"}, SDK, "arguments", ["p w"], ""),
        ({}, {**OWN, **SDK}, "environment DDMKIT_*", ["own-token"], ""),
        ({}, SDK, "environment HUAWEICLOUD_SDK_*", ["sdk-ak", "sdk-sk"], "sdk-project"),
        ({}, {**SDK, "DDMKIT_PROJECT_ID": "own"}, "environment HUAWEICLOUD_SDK_*", ["sdk-ak", "sdk-sk"], "own"),
        ({}, {}, "profile ~/.huaweicloud/credentials [basic]", ["file-ak", "file-sk"], "file-project"),
        (
            {"token": ""},
            {"DDMKIT_TOKEN": ""},
            "profile ~/.huaweicloud/credentials [basic]",
            ["file-ak", "file-sk"],
            "file-project",
        ),
        (
            {"profile": "basic"},
            {**OWN, **SDK},
            "profile ~/.huaweicloud/credentials [basic]",
            ["file-ak", "file-sk"],
            "file-project",
        ),
        ({"project_id": "mine"}, SDK, "environment HUAWEICLOUD_SDK_*", ["sdk-ak", "sdk-sk"], "mine"),
    ],
)
def test_credentials_come_from_the_first_level_that_has_any_and_from_it_alone(
    home: Path, given: dict, environment: dict, source: str, secrets: list[str], project: str
) -> None:
    settings = read(home, environment, **given)
    assert (settings.credential_source, reveal(settings), settings.project_id) == (source, secrets, project)


@pytest.mark.parametrize(
    ("given", "environment", "words"),
    [
        ({"access_key": "a"}, SDK, r"secret_key missing \(arguments\)"),
        ({"secret_key": "s"}, {}, "access_key missing"),
        ({"user": "u"}, {}, "password and domain missing"),
        ({"security_token": "x"}, {}, "access_key and secret_key missing"),
        ({}, {"HUAWEICLOUD_SDK_AK": "a"}, "HUAWEICLOUD_SDK_SK missing"),
        ({}, {"DDMKIT_SECRET_KEY": "s", **SDK}, "DDMKIT_ACCESS_KEY missing"),
        ({"token": "t", "access_key": "a", "secret_key": "s"}, {}, "token and access_key are both given"),
        ({"token": "t", "security_token": "x"}, {}, "security_token belongs to an access key"),
        ({"token": "t", "profile": "basic"}, {}, "profile: is given in addition to credentials"),
        ({"profile": "other"}, SDK, r"no section \[other\]"),
        ({"token": 7}, {}, "not text but int"),
    ],
)
def test_a_half_given_level_is_refused_naming_what_is_missing_and_where(
    home: Path, given: dict, environment: dict, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        read(home, environment, **given)


def test_without_credentials_the_ways_to_give_them_are_listed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"DDMKIT_TOKEN.*HUAWEICLOUD_SDK_AK.*ddmkit.demo"):
        read(tmp_path)


@pytest.mark.parametrize("value", ["can ary", "canary\n", " canary", "canary\u00e9", "can\x00ary", "canary\u200b"])
@pytest.mark.parametrize("name", ["token", "secret_key", "security_token"])
def test_a_key_or_token_with_a_blank_is_refused_without_showing_it(tmp_path: Path, name: str, value: str) -> None:
    keys = {} if name == "token" else {"access_key": "a", "secret_key": "s"}
    with pytest.raises(InputError, match=f"{name}: holds a blank") as caught:
        read(tmp_path, **{**keys, name: value})
    assert "ary" not in str(caught.value)


def test_settings_show_no_secret_and_cannot_be_pickled(tmp_path: Path) -> None:
    for given in ({"token": "canary"}, {"access_key": "canary", "secret_key": "canary"}):
        settings = read(tmp_path, **given)
        assert "canary" not in f"{settings!r} {settings} {settings.credentials!r}"
        for thing in (settings, settings.credentials):
            with pytest.raises(TypeError, match="cannot be pickled"):
                pickle.dumps(thing)


def test_each_kind_of_credentials_has_its_type(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, token="t").credentials, TokenCredentials)
    assert isinstance(read(tmp_path, access_key="a", secret_key="s").credentials, KeyCredentials)
    assert isinstance(read(tmp_path, user="u", password="p", domain="d").credentials, PasswordCredentials)
