"""The demonstration of a whole recovery: verified, with nothing accepted by hand, and with its record beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

import ddmkit
from ddmkit.cli.demo_recovery import run_recovery_demonstration


@pytest.fixture(autouse=True)
def quick_jobs(monkeypatch):
    monkeypatch.setenv("DDMKIT_DEMO_SPEED", "20")


@pytest.mark.parametrize("edition", [None, "otc", "early"])
def test_a_whole_recovery_ends_with_a_verified_target(tmp_path, edition):
    told = []
    result = run_recovery_demonstration(tmp_path / "demo", scenario=None, edition=edition, say=told.append)
    assert (result["state"], result["verified"], result["accepted"]) == ("completed", True, [])
    assert all(Path(result[name]).exists() for name in ("report", "record"))
    assert ddmkit.read_record(result["record"]).verify() == []
    assert any(result["address"] in line for line in told)
    with pytest.raises(ddmkit.DDMKitError, match="already holds a world"):
        run_recovery_demonstration(tmp_path / "demo", scenario=None, say=told.append)


def test_a_scenario_that_cannot_be_recovered_as_a_whole_is_named_with_its_failed_checks(tmp_path):
    with pytest.raises(ddmkit.DDMKitError, match="cannot be recovered as a whole: see the failed checks above: "):
        run_recovery_demonstration(tmp_path / "demo", scenario="deleted-instance", say=lambda _line: None)
