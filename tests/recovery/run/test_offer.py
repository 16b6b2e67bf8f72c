"""An offer is carried out only when it is offered, and only with the name of the source."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.run.offer import follow_up
from tests.recovery.run.records import open_run


@pytest.mark.parametrize("offer", ["source-read-only", "lift-read-only", "administrator", "something else"])
def test_nothing_is_offered_before_the_metadata_are_restored(tmp_path, offer):
    run_id, context = open_run(tmp_path)
    before = len(context.view(run_id).run.events)
    with pytest.raises(InputError, match="is not offered now"):
        follow_up(run_id, offer, "orders-prod", context)
    assert len(context.view(run_id).run.events) == before
