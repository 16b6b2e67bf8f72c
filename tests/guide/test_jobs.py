"""Which jobs a page shows."""

import pytest

from ddmkit.errors import InputError
from ddmkit.guide.jobs import describe_jobs_title, pick_jobs
from ddmkit.models import Job

JOBS = [
    Job(id="1", status="Completed", instance_id="i1", instance_name="ddm-Shop"),
    Job(id="2", status="Failed", instance_id="i2", instance_name="ddm-news"),
    Job(id="3", status="Running", instance_id="i1", instance_name="ddm-Shop"),
    Job(id="4", status="RollbackSuccess", instance_id="i3", instance_name=""),
    Job(id="5", status="SomethingNew", instance_id="i3", instance_name=""),
]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({}, "12345"),
        ({"status": "completed"}, "1"),
        ({"status": " FAILED "}, "2"),
        ({"status": "running"}, "35"),
        ({"instance": "shop"}, "13"),
        ({"instance": "i2"}, "2"),
        ({"instance": "i"}, ""),
        ({"instance": "i3", "status": "running"}, "5"),
        ({"instance": "nowhere"}, ""),
    ],
)
def test_filters_let_through_what_they_name(filters, ids):
    assert "".join(job.id for job in pick_jobs(JOBS, **filters)) == ids


def test_a_misspelt_state_is_refused_and_does_not_hide_every_job():
    with pytest.raises(InputError, match=r"status: 'faild' .* completed, failed, running"):
        pick_jobs(JOBS, status="faild")


def test_the_title_says_what_was_left_out():
    assert describe_jobs_title(1) == "Jobs of the last day"
    assert (
        describe_jobs_title(7, instance="shop", status="Failed") == "Jobs of the last 7 days, on 'shop', only those failed"
    )
