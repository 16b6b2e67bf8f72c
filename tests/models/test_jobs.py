"""Jobs: both shapes, their progress, and that an unknown state is never success."""

from __future__ import annotations

import pytest

from ddmkit.models import (
    JOB_WORDS,
    Job,
)
from tests.models.samples import answer


def test_both_shapes_of_a_job_give_the_instance_in_the_same_place() -> None:
    detail = Job.model_validate(answer("show_job")["job"])
    listed = Job.model_validate(answer("list_tasks")["jobs"][0])
    assert (detail.instance_id, detail.instance_name) == ("a48e43ff268f4c0e879652d65e63d0fbin09", "DDM-test")
    assert (listed.instance_id, listed.instance_name) == ("733c7e8d73a54c27b8308ec784a8be8cin09", "UTS-ddm-dtc-src")
    assert (detail.progress, listed.progress) == (0.6, 1.0)


@pytest.mark.parametrize(
    ("status", "process", "expected"),
    [
        ("Running", "60%", 0.6),
        ("Running", "60% ", 0.6),
        ("Running", "60", 0.6),
        ("Running", 60, 0.6),
        ("Running", "0%", 0.0),
        ("Running", "", None),
        ("Running", None, None),
        ("Running", "soon", None),
        ("Running", "nan%", None),
        ("Running", "250%", None),
        ("Running", "-1%", None),
        ("Completed", "", 1.0),
        ("completed ", "", 1.0),
        ("Failed", "", None),
    ],
)
def test_progress_is_a_share_or_unknown(status: str, process: object, expected: float | None) -> None:
    assert Job.model_validate({"id": "j", "status": status, "process": process}).progress == expected


@pytest.mark.parametrize(
    ("status", "finished", "completed", "failed"),
    [
        ("Running", False, False, False),
        ("Completed", True, True, False),
        ("FAILED", True, False, True),
        ("RollbackSuccess", True, False, False),
        ("CancelSuccess", True, False, False),
        ("ToBeSwitched", False, False, False),
        ("SUCCESS", True, True, False),
        ("Fail", True, False, True),
        ("Canceled", True, False, False),
        ("Pending", False, False, False),
        ("Unsuccessful", False, False, False),
        ("NeverHeardOf", False, False, False),
        ("", False, False, False),
    ],
)
def test_an_unknown_state_of_a_job_is_never_success(status: str, finished: bool, completed: bool, failed: bool) -> None:
    job = Job(id="j", status=status)
    assert (job.is_finished, job.is_completed, job.is_failed) == (finished, completed, failed)


def test_no_word_for_the_state_of_a_job_means_two_things() -> None:
    words = [word for group in JOB_WORDS.values() for word in group]
    assert len(words) == len(set(words))
    assert all(word == word.casefold() and word.isalnum() for word in words)
