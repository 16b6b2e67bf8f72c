"""Changes of instances that exist: what each claims and sends, and that no other change can be made."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.run.change import delete_step, deletion_of, offer_step, offer_step_of
from tests.recovery.run.records import open_run


@pytest.fixture
def there(tmp_path):
    run_id, context = open_run(tmp_path)
    context.store.append(run_id, "planned", context.view(run_id).plan.for_record())
    return context.view(run_id), context


@pytest.mark.parametrize(
    ("make", "key", "request_line"),
    [
        (lambda view, context: offer_step(view, "source-read-only", context), "source-read-only:source-1", "PUT /v3/project-1/instances/source-1/readonly-status"),
        (lambda view, context: offer_step(view, "lift-read-only", context), "lift-read-only:source-1", "PUT /v3/project-1/instances/source-1/readonly-status"),
        (lambda view, context: delete_step(view, "target", "t1", "n", context), "delete:t1", "DELETE /v3/project-1/instances/t1?delete_dn_data=false"),
        (lambda view, context: delete_step(view, "node", "n1", "n", context), "delete:n1", "DELETE /v3/project-1/instances/n1"),
    ],
)  # fmt: skip
def test_each_change_claims_its_instance_and_shows_its_request(there, make, key, request_line):
    step = make(*there)
    assert (step.claim_key, f"{step.call.method} {step.call.target}") == (key, request_line)


def test_a_step_is_found_again_by_its_name(there):
    view, context = there
    assert deletion_of(view, "delete:n1", context).claim_key == "delete:n1"
    assert deletion_of(view, "target", context) is None
    assert offer_step_of(view, "node:old-a", context) is None
    assert offer_step_of(view, "lift-read-only", context).name == "lift-read-only"


def test_what_is_no_offer_is_refused(there):
    with pytest.raises(InputError, match="is no offer"):
        offer_step(there[0], "delete-everything", there[1])


def test_the_administrator_is_not_created_without_name_and_password(there):
    step = offer_step(there[0], "administrator", there[1])
    with pytest.raises(InputError, match="account, password"):
        step.send(last_check=lambda: None, attempt=None)
