"""The requests as they are shown: no password, words in place of ids that are not known yet."""

from __future__ import annotations

from ddmkit.recovery.shown_calls import delete_shown
from tests.recovery.builders import plan


def test_a_node_is_requested_with_its_token_and_without_a_password():
    call = plan().step("node:old-a").call
    assert (call["service"], call["method"], call["path"]) == ("RDS", "POST", "/v3/project-1/instances")
    assert call["headers"] == {"X-Client-Token": plan().nodes[0].token}
    assert call["body"]["password"] == "********"


def test_a_target_is_deleted_without_the_data_of_its_nodes():
    assert delete_shown("p", "target", "t") == {
        "service": "DDM",
        "method": "DELETE",
        "path": "/v3/p/instances/t?delete_dn_data=false",
    }
    assert delete_shown("p", "node", "n") == {"service": "RDS", "method": "DELETE", "path": "/v3/p/instances/n"}


def test_the_steps_after_the_creation_name_what_will_be_created():
    made = plan()
    assert made.step("refresh").call["path"].endswith("/<id of the new target orders-prod-7f3a9c>/data-nodes/sync")
    assert made.step("restore").call["path"] == "/v3/project-1/instances/source-1/backups/metadata-recovery"
