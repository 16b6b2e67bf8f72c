"""A command connects as the environment says, with the operator and the store that it was given."""

import ddmkit
from ddmkit.cli.connection import connect_with


def test_the_given_operator_and_store_are_used(tmp_path, monkeypatch):
    with ddmkit.demo(world=tmp_path / "world.sqlite") as served:
        facts = served.scenario
        for name in ("endpoint", "token", "project_id"):
            monkeypatch.setenv(f"DDMKIT_{name.upper()}", getattr(facts, name))
        with connect_with("ada", tmp_path / "team.sqlite") as kit:
            assert kit.operator == "ada"
            assert not kit.records.list()
        assert (tmp_path / "team.sqlite").exists()
