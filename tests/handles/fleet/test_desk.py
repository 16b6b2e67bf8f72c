"""What a kit refuses about fleets before anything is recorded."""

from __future__ import annotations

import pytest

import ddmkit
from ddmkit.errors import InputError, RecordError


def test_what_is_no_fleet_is_not_submitted_and_an_unknown_id_is_named():
    with ddmkit.demo(now="2026-05-20T10:00:00Z") as kit:
        with pytest.raises(InputError, match="is not a fleet but str"):
            kit.submit_fleet("fleet", confirm="restore 1")
        with pytest.raises(RecordError, match="There is no record"):
            kit.resume_fleet("r-20250520-101232-ab12cd")


def test_a_single_restore_is_no_fleet_and_a_fleet_is_no_single_restore():
    with ddmkit.demo(scenario="fleet", size=1, now="2026-05-20T10:00:00Z") as kit:
        fleet = kit.plan_fleet(list(kit.scenario.rows))
        run = kit.submit_fleet(fleet, confirm="restore 1", accept={one.row: one.warnings for one in fleet.items})
        with pytest.raises(InputError, match="fleet"):
            kit.resume(run.id)
        run.work()
        with pytest.raises(RecordError, match="is of a restore without the plan of a fleet"):
            kit.resume_fleet(run.rows[0].record)
