from __future__ import annotations

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ddmkit.display import column_specs
from ddmkit.display.column_specs import DisplayOptions, columns_of, describe_backup_type, format_size, job_tone
from ddmkit.display.status import Tone
from ddmkit.drills.coverage import DrillCoverage
from ddmkit.models import (
    Account,
    Backup,
    BackupDetail,
    BackupNode,
    DataNode,
    Instance,
    Job,
    RestorableRange,
    Schema,
    TargetInstance,
    TargetNode,
    UsedNode,
)

NOW = datetime(2025, 5, 20, 22, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def cells(row: Any, options: DisplayOptions | None = None) -> dict[str, str]:
    chosen = options or DisplayOptions()
    made = {column.header: column.make_cell(row, chosen) for column in columns_of(type(row), chosen)}
    return {header: f"{cell.text}|{cell.more}".strip("|") for header, cell in made.items()}


def test_a_backup_shows_when_and_why_it_was_made() -> None:
    backup = Backup(id="b", name="n", created=NOW - timedelta(hours=5), status="normal", backup_type="metadata")
    shown = cells(backup, DisplayOptions(now=NOW))
    assert shown["created"] == "2025-05-20 17:30:00"
    assert shown["age"] == "5 h ago"
    assert shown["made"] == "before an operation (metadata)"
    assert "age" not in cells(backup)


def test_a_local_time_names_its_day_when_it_is_another_one() -> None:
    shown = cells(Backup(id="b", created=NOW), DisplayOptions(zone=BERLIN))
    assert shown["created"] == "2025-05-20 22:30:00|2025-05-21 00:30:00 +0200"
    shown = cells(Backup(id="b", created=NOW - timedelta(hours=9)), DisplayOptions(zone=BERLIN))
    assert shown["created"] == "2025-05-20 13:30:00|15:30:00 +0200"


def test_the_drills_of_a_source_are_told_in_words() -> None:
    never = cells(DrillCoverage(source_name="shop", state="never drilled"))
    assert (never["source"], never["state"], never["drills"]) == ("shop", "never drilled", "0")
    assert (never["recovery time"], never["lost writes"], never["failure noticed"]) == ("", "", "")
    passed = DrillCoverage(source_name="shop", state="covered", passed=NOW, drills=2, rto_s=424.4, rpo_s=-31, record="r-1")
    shown = cells(passed)
    assert (shown["last passed"], shown["recovery time"], shown["lost writes"]) == (
        "2025-05-20 22:30:00",
        "7 min 4 s",
        "31 s",
    )
    assert (shown["failure noticed"], shown["record"]) == ("not tried", "r-1")
    assert cells(passed.model_copy(update={"never_failed": False}))["failure noticed"] == "yes"


@pytest.mark.parametrize(
    ("zone", "header"),
    [(None, "created (UTC)"), (ZoneInfo("UTC"), "created (UTC)"), (BERLIN, "created (UTC, Europe/Berlin)")],
)
def test_the_header_of_a_time_names_its_zones(zone: ZoneInfo | None, header: str) -> None:
    options = DisplayOptions(zone=zone)
    assert header in [column.header_for(options) for column in columns_of(Backup, options)]


def test_a_candidate_shows_the_verdict_and_its_reason() -> None:
    assert cells(TargetInstance(instance_id="t", available=True))["verdict"] == "available"
    refused = TargetNode(
        instance_id="t", available=False, unavailable_reason="read-only", engine_name="mysql", version="8.0"
    )
    assert cells(refused)["verdict"] == "unavailable|read-only"
    assert cells(refused)["engine"] == "mysql 8.0"
    assert cells(TargetInstance(instance_id="t"))["verdict"] == "unavailable|the service gives no reason"


def test_a_running_job_has_no_end_whatever_the_service_prints() -> None:
    times = {"created_time": NOW - timedelta(hours=2), "end_time": NOW + timedelta(hours=4)}
    running = Job(id="j", status="Running", process="60% ", **times)
    assert (cells(running)["ended"], cells(running)["took"]) == ("", "")
    assert cells(running, DisplayOptions(now=NOW))["took"] == "2 h"
    assert cells(running)["done"] == "60%"
    assert cells(Job(id="j", status="Completed", **times))["took"] == "6 h"


@pytest.mark.parametrize(
    ("status", "tone"),
    [
        ("Running", Tone.BUSY),
        ("ToBeSwitched", Tone.BUSY),
        ("Completed", Tone.GOOD),
        ("Failed", Tone.BAD),
        ("CancelSuccess", Tone.QUIET),
    ],
)
def test_running_means_busy_for_a_job(status: str, tone: Tone) -> None:
    assert job_tone(Job(id="j", status=status)) is tone


def test_other_models_show_what_a_person_needs() -> None:
    assert cells(Instance(id="i", access_ip="10.0.0.1", access_port="5066"))["address"] == "10.0.0.1:5066"
    assert cells(Instance(id="i"))["address"] == ""
    assert cells(DataNode(instance_id="n", data_volume_size=40e9))["disk"] == "40 GB"
    assert cells(RestorableRange(start_time=NOW, end_time=NOW + timedelta(hours=3)))["length"] == "3 h"
    nodes = (UsedNode(id="a", name="rds-1"), UsedNode(id="b"))
    assert cells(Schema(name="s", used_rds=nodes))["data nodes"] == "rds-1, b"
    assert cells(Account(name="a", base_authority=("SELECT", "DROP")))["may"] == "SELECT, DROP"


def test_each_choice_is_of_a_model_that_there_is() -> None:
    for name in column_specs._CHOSEN:
        module, _, model = name.rpartition(".")
        assert hasattr(importlib.import_module(module), model), name


def test_a_model_without_a_choice_shows_its_fields_under_the_words_of_the_wires_names() -> None:
    detail = BackupDetail(id="b", related_data_nodes=(BackupNode(instance_id="n", instance_name="rds-1"),))
    assert cells(detail)["related data nodes"] == "rds-1"
    assert list(cells(detail)) == [name.replace("_", " ") for name in BackupDetail.model_fields]


@pytest.mark.parametrize(
    ("size", "said"),
    [(None, ""), (0, "0 B"), (999, "999 B"), (5419.9, "5.4 kB"), (40e9, "40 GB"), (2.5e12, "2.5 TB"), (1e18, "1000000 TB")],
)
def test_sizes_are_decimal(size: float | None, said: str) -> None:
    assert format_size(size) == said


def test_an_unknown_type_of_backup_keeps_its_word() -> None:
    assert [describe_backup_type(word) for word in ("auto_metadata", "manual", "")] == [
        "daily (auto_metadata)",
        "manual",
        "",
    ]
