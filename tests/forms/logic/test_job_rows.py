"""The rows of a table of jobs."""

from datetime import UTC, datetime, timedelta

from ddmkit.forms.logic.job_rows import JOB_COLUMNS, list_jobs
from ddmkit.forms.logic.table_rows import TableQuery, TableRows
from ddmkit.models import Job

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


def job(job_id, status="Completed", *, took=None, reason=""):
    ended = NOON + took if took is not None else None
    return Job(
        id=job_id,
        name="restoreMetaData",
        status=status,
        created_time=NOON,
        end_time=ended,
        fail_reason=reason,
        instance_name="t",
    )


def texts(row):
    return [cell.text for cell in row.cells]


def test_a_finished_job_says_how_long_it_took_and_a_running_one_how_long_so_far():
    rows = list_jobs([job("a", took=timedelta(minutes=3)), job("b", "Running")], NOON + timedelta(minutes=1))
    assert texts(rows[0]) == ["restoreMetaData", "✓ Completed", "2026-05-20 12:00:00", "3 min", "t", "a"]
    assert texts(rows[1])[1:4] == ["… Running", "2026-05-20 12:00:00", "1 min"]


def test_a_failed_job_says_why():
    (row,) = list_jobs([job("a", "Failed", took=timedelta(0), reason="No space.")], NOON)
    assert texts(row)[1] == "✗ Failed: No space."


def test_durations_are_sorted_by_length():
    jobs = [job("long", took=timedelta(hours=2)), job("short", took=timedelta(minutes=10)), job("unknown")]
    found = TableRows(JOB_COLUMNS, list_jobs(jobs, NOON)).find_page(TableQuery(sort=3))
    assert [row.key for row in found.rows] == ["short", "long", "unknown"]
