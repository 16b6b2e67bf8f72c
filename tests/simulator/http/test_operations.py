"""Methods and paths lead to operations."""

from __future__ import annotations

import pytest

from ddmkit.simulator.http.operations import OPERATIONS, find_operation, published_methods


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_published_path_leads_to_its_operation(operation: object) -> None:
    path = operation.path.format(
        project_id="p", instance_id="i", backup_id="b", job_id="j", ddm_dbname="d", database_name="d"
    )
    found, project = find_operation(operation.method, path)
    assert found == operation
    assert project == ("p" if "project_id" in operation.path else "")


def test_fixed_words_win_over_ids() -> None:
    assert find_operation("GET", "/v3/p/instances/i/backups/related-dn")[0].name == "ShowRelatedDns"
    assert find_operation("GET", "/v3/p/instances/i/backups/b1")[0].name == "ShowBackup"


def test_other_methods_and_paths_lead_nowhere() -> None:
    assert find_operation("DELETE", "/v3/p/backups") == (None, "")
    assert published_methods("/v3/p/backups") == ["GET"]
    assert published_methods("/v3/p/backups/") == []
