"""Methods and paths lead to operations."""

from __future__ import annotations

import re

import pytest

from ddmkit.simulator.http.operations import ALL_OPERATIONS, SERVICES, find_operation, published_methods


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=lambda operation: operation.name)
def test_every_published_path_leads_to_its_operation(operation: object) -> None:
    path = re.sub(r"\{(\w+)\}", lambda match: match[1][0], operation.path)
    found, project = find_operation(operation.method, path, service=operation.service)
    assert found == operation
    assert project == ("p" if "project_id" in operation.path else "")


def test_the_same_path_means_something_else_on_another_host() -> None:
    found = {service: find_operation("GET", "/v3/p/instances", service=service)[0] for service in SERVICES}
    assert {service: one and one.name for service, one in found.items()} == {
        "ddm": "ListDdms",
        "rds": "RDS.ListInstances",
        "vpc": None,
        "cts": None,
    }


def test_fixed_words_win_over_ids() -> None:
    assert find_operation("GET", "/v3/p/instances/i/backups/related-dn")[0].name == "ShowRelatedDns"
    assert find_operation("GET", "/v3/p/instances/i/backups/b1")[0].name == "ShowBackup"


def test_other_methods_and_paths_lead_nowhere() -> None:
    assert find_operation("DELETE", "/v3/p/backups") == (None, "")
    assert published_methods("/v3/p/backups") == ["GET"]
    assert published_methods("/v3/p/backups/") == []
