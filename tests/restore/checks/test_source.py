"""Checks of the source: every row of the table, with what is said to the person who reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.models import BackupDetail
from tests.restore.builders import (
    BACKUP,
    NOW,
    SOURCE,
    backup,
    inventory,
    inventory_at,
    look,
    read,
    request,
    request_at,
    source,
    unread,
)

GONE = unread("HTTP 404, DBS.200002", missing=True)


def test_a_source_that_exists_passes_and_is_named():
    found = look("source-found", inventory())
    assert found.status == "pass"
    assert "orders-prod" in found.detail
    assert SOURCE in found.detail


def test_a_deleted_source_whose_backups_exist_is_a_warning_that_says_why():
    found = look("source-found", inventory(source=GONE))
    assert found.status == "warn"
    assert "DBS.200002" in found.detail
    assert "1 of its backups" in found.detail


def test_a_source_nobody_knows_fails():
    found = look("source-found", inventory(source=GONE, backups=read((backup(instance_id="another"),))))
    assert found.status == "fail"
    assert SOURCE in found.detail


def test_a_source_fails_when_neither_it_nor_its_backups_can_be_read():
    assert look("source-found", inventory(source=unread(), backups=unread())).status == "fail"


@pytest.mark.parametrize(
    ("version", "status"),
    [
        ("2.3.2.11", "pass"),
        ("2.3.10", "pass"),
        ("3.1", "pass"),
        ("2.3.2.10", "fail"),
        ("2.3.2", "warn"),
        ("2.3.1.99", "fail"),
        ("", "warn"),
        ("unknown", "warn"),
    ],
)
def test_the_source_engine_has_to_be_2_3_2_11_or_later(version, status):
    found = look("source-version", inventory(source=read(source(engine_version=version))))
    assert found.status == status
    assert "2.3.2.11" in found.detail + found.hint


def test_the_version_of_a_source_that_cannot_be_read_is_a_warning():
    assert look("source-version", inventory(source=GONE)).status == "warn"


def test_a_backup_of_the_source_passes_with_its_name_and_time():
    found = look("backup-of-source", inventory())
    assert found.status == "pass"
    assert "nightly" in found.detail
    assert "2026-05-20 07:30:00 UTC" in found.detail


def test_a_backup_of_another_instance_fails_and_names_it():
    stranger = backup(instance_id="source-2", instance_name="billing-prod")
    found = look("backup-of-source", inventory(chosen_backup=stranger))
    assert found.status == "fail"
    assert "billing-prod" in found.detail
    assert "source-2" in found.hint


def test_a_backup_that_names_no_instance_is_judged_by_its_own_page_or_left_to_a_person():
    nameless = backup(instance_id="")
    assert look("backup-of-source", inventory(chosen_backup=nameless)).status == "pass"
    elsewhere = read(BackupDetail(id=BACKUP, instance_id="source-2"))
    assert look("backup-of-source", inventory(chosen_backup=nameless, backup_detail=elsewhere)).status == "fail"
    assert look("backup-of-source", inventory(chosen_backup=nameless, backup_detail=unread())).status == "warn"


def test_a_backup_that_is_still_being_made_is_called_not_usable():
    found = look("backup-of-source", inventory(chosen_backup=None, backups=read(())))
    assert (found.status, "cannot be used yet" in found.detail) == ("fail", True)


def test_a_backup_that_no_list_shows_fails():
    found = look("backup-of-source", inventory(chosen_backup=None))
    assert found.status == "fail"
    assert BACKUP in found.detail


def test_a_backup_fails_with_the_reason_when_the_backups_cannot_be_read():
    found = look("backup-of-source", inventory(chosen_backup=None, backups=unread("HTTP 503")))
    assert found.status == "fail"
    assert "HTTP 503" in found.detail


@pytest.mark.parametrize(
    ("status", "verdict"), [("normal", "pass"), ("Normal", "pass"), ("creating", "fail"), ("abnormal", "fail"), ("", "fail")]
)
def test_only_a_normal_backup_can_be_restored(status, verdict):
    found = look("backup-usable", inventory(chosen_backup=backup(status=status)))
    assert found.status == verdict
    assert verdict == "pass" or repr(status) in found.detail


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (timedelta(hours=1), "pass"),
        (timedelta(days=28, hours=23), "pass"),
        (timedelta(days=29), "warn"),
        (timedelta(days=31), "warn"),
    ],
)
def test_a_backup_in_its_last_day_is_a_warning_and_never_more(age, verdict):
    assert look("backup-expiry", inventory(chosen_backup=backup(created=NOW - age))).status == verdict


@pytest.mark.parametrize("check_id", ["backup-of-source", "backup-usable", "backup-expiry"])
def test_checks_of_the_backup_are_skipped_for_a_point_in_time(check_id):
    point = NOW - timedelta(hours=3)
    assert look(check_id, inventory_at(point), request_at(point)).status == "skip"


@pytest.mark.parametrize("check_id", ["backup-usable", "backup-expiry"])
def test_an_unknown_backup_is_judged_once_and_skipped_elsewhere(check_id):
    assert look(check_id, inventory(chosen_backup=None), request(backup_id="no-such")).status == "skip"
