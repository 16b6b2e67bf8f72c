"""What a step says: its answer on the record, its candidates, and the calls that go on from a message."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from ddmkit.sending.step import Accepted, Candidate, service_now
from tests.sending.conftest import STEP


def test_the_answer_of_a_step_is_kept_without_the_ids_that_it_does_not_name():
    said = Accepted(job_id="job-1", status=202, more={"restore_point": {"restore_time": 1}}).for_record()
    assert said == {
        "job_id": "job-1",
        "status": 202,
        "request_id": "",
        "service_time": None,
        "restore_point": {"restore_time": 1},
    }


@pytest.mark.parametrize(
    ("ids", "identity"),
    [({"job_id": "j"}, "j"), ({"instance_id": "i"}, "i"), ({"job_id": "j", "instance_id": "i"}, "j")],
)
def test_a_person_adopts_the_job_of_a_candidate_or_else_its_instance(ids, identity):
    found = Candidate("words", {}, None, **ids)
    assert (found.id, found.ids) == (identity, ids)


def test_the_calls_that_go_on_name_the_run_the_step_and_what_to_confirm(step):
    assert step.how_to_resume("r-1") == "kit.resume('r-1')"
    assert step.how_to_adopt("r-1", "i") == f"kit.adopt('r-1', 'i', step='{STEP}')"
    assert step.how_to_release("r-1") == f"kit.release('r-1', reason=..., confirm='shop', step='{STEP}')"
    assert step.a_thing == "an instance"


@pytest.mark.parametrize(("skew", "probes"), [(None, 1), (timedelta(0), 0)])
def test_the_service_is_probed_for_its_clock_only_before_its_first_answer(skew, probes, clock):
    asked = []
    service = SimpleNamespace(last_skew=skew, probe=lambda: asked.append("probe"), service_now=clock)
    assert service_now(service) == clock.now
    assert len(asked) == probes
