"""An offer is carried out only when it is offered, and only with the name of the source."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.run.offer import follow_up
from tests.recovery.run.conftest import PASSWORD
from tests.recovery.run.records import open_run


@pytest.mark.parametrize("offer", ["source-read-only", "lift-read-only", "administrator", "something else"])
def test_nothing_is_offered_before_the_metadata_are_restored(tmp_path, offer):
    run_id, context = open_run(tmp_path)
    before = len(context.view(run_id).run.events)
    with pytest.raises(InputError, match="is not offered now"):
        follow_up(run_id, offer, "orders-prod", context)
    assert len(context.view(run_id).run.events) == before


def test_an_administrator_is_never_an_account_that_exists_and_nothing_is_claimed_for_half_an_account(world, begin):
    kit = world()
    run = begin(kit).wait(poll_s=1, say=None)
    before = len(run.record.events)
    account = run._context.ddm.list_accounts(run._view.target_id)[0].name
    for given in (
        {"account": account.upper(), "password": "Another-7f3a9c!"},
        {"account": "root_1"},
        {"account": " ", "password": "Another-7f3a9c!"},
        {"account": "root_1", "password": ""},
        {"account": "root_1", "password": 5},
        {"account": None, "password": "Another-7f3a9c!"},
        {"account": "Another-7f3a9c!", "password": "Another-7f3a9c!"},
    ):
        with pytest.raises(InputError) as caught:
            kit.follow_up(run.record, "administrator", confirm=run.record.header.source_name, **given)
        assert "Another-7f3a9c!" not in str(caught.value)
    assert len(kit.records.get(run.id).events) == before
    assert [one for one in kit.simulator.requests if one.path.endswith("/admin-user")] == []


def test_a_password_that_is_given_when_no_node_is_to_be_requested_is_not_held(world, begin):
    kit = world()
    run = begin(kit).wait(poll_s=1, say=None)
    kit.resume(run.record, node_password=PASSWORD)
    assert kit._recoveries.known_passwords() == []
