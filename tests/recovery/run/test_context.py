"""What every part of a run needs: the record as it is now, and a refusal for imported runs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.run.context import RecoveryContext
from tests.recovery.run.records import open_run


def test_the_view_is_of_the_record_as_it_is_now(tmp_path):
    run_id, context = open_run(tmp_path)
    assert context.view(run_id).is_confirmed
    context.store.close_unconfirmed(run_id, {"reason": "x"})
    assert context.view(run_id).is_confirmed  # what was confirmed is not closed this way
    seen = context.view(run_id)
    assert context.view(run_id) is seen  # nothing was written since
    context.store.append(run_id, "polled", {"status": "x"}, step="restore")
    assert context.view(run_id).since("restore") is not None
    assert context.view(run_id).run == context.store.get(run_id)
    assert (context.operator, context.view(run_id).run.id) == ("ada", run_id)


def test_an_imported_run_is_refused():
    store = SimpleNamespace(is_imported=lambda run_id: run_id == "r-imported")
    context = RecoveryContext(services=None, restore=SimpleNamespace(store=store))
    context.require_own("r-own")
    with pytest.raises(InputError, match="was imported from a file"):
        context.require_own("r-imported")
