"""The creation of the target as a step: claimed by its name, without an administrator."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError, NotFoundError
from ddmkit.recovery.run.requests.target import create_target
from tests.recovery.builders import NOW, plan


class Ddm:
    """A service with one instance of each name and one job."""

    def list_instances(self):
        names = (plan().target.name, "other")
        return [SimpleNamespace(id=f"id-{name}", name=name, status="CREATING", created=NOW) for name in names]

    def list_jobs(self, since):
        return [SimpleNamespace(name="CreateInstance", id="j", instance_name=plan().target.name)]

    def show_job(self, job_id):
        raise NotFoundError(job_id)


def test_it_claims_the_name_and_shows_what_the_plan_shows():
    made = plan()
    step = create_target(made, Ddm())
    assert (step.name, step.claim_key) == ("target", f"create:{made.target.name}")
    body = json.loads(step.call.shown_body)
    assert body == made.step("target").call["body"]
    assert not {"admin_user_name", "admin_user_password", "charge_info"} & set(body)


def test_it_is_found_again_by_its_name_alone():
    step = create_target(plan(), Ddm())
    assert [one.name for one in step.calls.list_named(plan().target.name)] == [plan().target.name]
    assert step.calls.traces(NOW) == ["job CreateInstance (j) names it"]
    assert step.calls.knows_job("j") is False


def test_an_existing_target_is_not_created():
    made = plan()
    taken = made.model_copy(update={"target": made.target.model_copy(update={"request": None})})
    with pytest.raises(InputError, match="creates no target"):
        create_target(taken, Ddm())
