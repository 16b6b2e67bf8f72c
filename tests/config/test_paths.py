"""Places on this machine: ``~`` is the home folder everywhere, and a missing home folder is only missed where it is needed."""

import os
import pwd
import socket
import sys
from pathlib import Path

import pytest

import ddmkit
from ddmkit.config.paths import expand
from ddmkit.config.settings import read_settings
from ddmkit.errors import InputError
from ddmkit.notebook_templates import copy_templates
from tests import forked


@pytest.fixture
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def homeless(monkeypatch):
    def unknown(_number):
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", unknown)


def test_a_path_is_expanded_at_its_beginning_alone(home):
    assert expand("~/x") == home / "x"
    assert expand(Path("a/~/x")) == Path("a/~/x")
    with pytest.raises(InputError, match="whole path"):
        expand("~nobody-of-this-name/x")


def test_every_place_may_be_named_from_the_home_folder(home, tmp_path):
    (home / "ca.pem").touch()
    with ddmkit.demo(world="~/worlds/w.sqlite") as kit:
        assert kit.simulator.world_path == home / "worlds" / "w.sqlite"
        assert kit.export_schema_metadata(kit.scenario.source, "~/shards.json") == home / "shards.json"
    assert copy_templates(Path("~/notebooks"))[0][0].parent == home / "notebooks"
    settings = read_settings(token="t", endpoint="https://a.test", ca_bundle="~/ca.pem", environment={}, home=home)
    assert settings.ca_bundle == str(home / "ca.pem")
    assert not (tmp_path / "~").exists()


def test_commands_expand_too(home, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with socket.create_server(("127.0.0.1", 0)) as taken:  # so that the command ends by itself
        words = ["simulate", "--world", "~/w.sqlite", "--port", str(taken.getsockname()[1])]
        command = [sys.executable, "-m", "ddmkit", *words]
        forked.run(command, env=environment, cwd=tmp_path, timeout=60)
    assert (home / "w.sqlite").exists()
    assert not (tmp_path / "~").exists()


def test_without_a_home_folder_what_needs_none_works(homeless, monkeypatch):
    monkeypatch.setenv("DDMKIT_TOKEN", "t")
    with ddmkit.connect(endpoint="https://ddm.example.test", project_id="p") as kit:
        assert kit.settings.credential_source == "environment DDMKIT_*"


def test_without_a_home_folder_what_needs_one_says_so(homeless):
    for given in ({"profile": "team"}, {"profile": "~/x.ini"}, {"token": "t", "ca_bundle": "~/ca.pem"}):
        with pytest.raises(InputError, match="home folder"):
            ddmkit.connect(endpoint="https://ddm.example.test", **given)
    with pytest.raises(InputError, match="no credentials were found"):
        read_settings(endpoint="https://ddm.example.test", environment={}, home=None)
