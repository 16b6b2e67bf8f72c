"""A new world in the place of the one before."""

import ddmkit
from ddmkit.guide.worlds import open_new_world


def test_a_new_world_has_its_scenario_and_zone_and_the_operator_and_the_file_before_stays(tmp_path, monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_WORLD", str(tmp_path / "first.sqlite"))
    with ddmkit.demo(operator="mel") as before:
        path = before.simulator.world_path
        with open_new_world(before, "old-backup", "Europe/Berlin") as made:
            assert made.simulator.scenario_name == "old-backup"
            assert (made.operator, made.settings.time_zone) == ("mel", "Europe/Berlin")
            assert made.simulator.world_path != path
    assert path.exists()
