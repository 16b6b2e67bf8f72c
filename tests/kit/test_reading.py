"""What a kit reads, as people see it."""

import os
import stat
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

import ddmkit
from tests.kit.conftest import NOON
from tests.service.conftest import Loopback, Reply


def test_jobs_older_than_the_service_keeps_are_refused_not_clamped(kit):
    with pytest.raises(ddmkit.InputError, match="30 days"):
        kit.jobs(since=timedelta(days=31))


def test_the_first_question_may_be_for_the_jobs_of_a_world_in_the_past(kit):
    facts = kit.scenario
    assert len(kit.jobs(since=timedelta(days=29))) > 0
    with ddmkit.connect(endpoint=facts.endpoint, token=facts.token, project_id=facts.project_id) as connected:
        assert connected.now() == NOON
        assert connected.jobs(since=timedelta(days=29)) == kit.jobs(since=timedelta(days=29))


def test_the_newest_jobs_are_asked_for_where_this_machines_clock_is_behind_that_of_the_service():
    server = Loopback(lambda asked: Reply({"jobs": [], "total": 0}))
    ahead = datetime.now(UTC) + timedelta(hours=2)
    server.server.RequestHandlerClass.date_time_string = lambda self, timestamp=None: format_datetime(ahead, usegmt=True)
    try:
        with ddmkit.connect(endpoint=server.endpoint, token="t" * 40, project_id="p" * 32) as kit:
            kit.jobs()
    finally:
        server.close()
    (asked,) = [one.query for one in server.asked if one.path.endswith("/jobs")]
    assert int(asked["end_time"]) >= ahead.timestamp() * 1000
    assert int(asked["start_time"]) == pytest.approx((ahead - timedelta(days=1)).timestamp() * 1000, abs=60_000)


def test_lists_show_themselves(kit):
    bundle = kit.targets(kit.scenario.source)._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert "<script" not in bundle["text/html"]
    assert "frozen" in bundle["text/plain"]


def test_the_timeline_refuses_an_incident_in_the_future(kit):
    with pytest.raises(ddmkit.InputError, match=r"^incident: .* lies in the future"):
        kit.timeline(kit.scenario.source, incident="2030-01-01T00:00:00Z")


def test_targets_are_listed_though_the_instances_cannot_be(kit):
    kit.simulator.inject("server-error@ListInstances*")
    assert {row.engine_version for row in kit.targets(kit.scenario.source)} == {""}


def test_a_list_of_backups_says_which_ones_cannot_be_used(tmp_path):
    made = {"id": "b1", "instance_id": "i", "status": "normal", "created": "2026-05-20T08:00:00+0000"}
    rows = [made, {"id": "b2", "instance_id": "i", "status": "creating", "created": ""}]
    server = Loopback(lambda asked: Reply({"backups": rows, "total": len(rows)}))
    records = f"sqlite:///{tmp_path / 'records.sqlite'}"
    try:
        with ddmkit.connect(endpoint=server.endpoint, project_id="p", token="t" * 40, records=records) as kit:
            shown = kit.backups("i")
            assert [row.id for row in shown] == ["b1"]
            assert "1 of 2 have no time of creation and are not usable (yet): b2 (creating)" in shown._repr_html_()
            rows.remove(made)
            assert "no metadata backups that can be used: 1 of 1 have no time of creation" in kit.backups("i")._repr_html_()
    finally:
        server.close()


def test_an_exported_distribution_is_private_whatever_the_umask(kit, tmp_path):
    before = os.umask(0)
    try:
        place = kit.export_schema_metadata(kit.scenario.source, tmp_path / "metadata.json")
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(ddmkit.InputError, match="none is replaced"):
        kit.export_schema_metadata(kit.scenario.source, place)


def test_what_existing_data_nodes_were_recovered_from_is_judged_for_a_time_and_for_a_backup(tmp_path):
    with ddmkit.demo("half-recovered", world=tmp_path / "half.sqlite", now=NOON) as kit:
        facts = kit.scenario
        right, wrong = facts.data_nodes
        for point in (facts.restore_time, facts.backup_id):
            found = {one.node_id: one for one in kit.node_origins(facts.source, point)}
            assert found[right].status == "pass"
            assert found[wrong].status == ("fail" if point == facts.restore_time else "pass")
        sources = {node.instance_id for node in kit.related_nodes(facts.source, facts.restore_time)}
        assert not sources & set(found)
        assert right in kit.node_origins(facts.source, facts.restore_time).table().text
        with pytest.raises(ddmkit.InputError, match="no backup of"):
            kit.node_origins(facts.source, "no-such-backup")
