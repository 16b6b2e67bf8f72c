from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ddmkit.display.progress import TextProgress, describe_progress
from ddmkit.errors import UnreachableError
from ddmkit.models import Job

START = datetime(2025, 5, 20, 10, 0, tzinfo=UTC)
BROKEN = UnreachableError("no answer\nfrom \x1bhost")


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def job(status: str = "Running", process: str = "", **more: object) -> Job:
    return Job(id="job-1", status=status, process=process, created_time=START, **more)


def listen() -> tuple[TextProgress, list[str], Clock]:
    clock, lines = Clock(), []
    return TextProgress(lines.append, clock), lines, clock


def test_a_line_is_written_for_each_change_and_only_then() -> None:
    progress, lines, clock = listen()
    for process in ("10%", "10%", "10%", "60%"):
        clock.now += timedelta(seconds=30)
        progress.on_job(job(process=process), 0)
    assert lines == [
        "job job-1: … Running, 10%, after 30 s, seen 10:00:30 UTC",
        "job job-1: … Running, 60%, after 2 min, seen 10:02:00 UTC",
    ]


def test_a_failure_is_written_with_its_reason_when_that_is_known() -> None:
    progress, lines, _ = listen()
    progress.on_job(job("Failed"), 0)
    progress.on_job(job("Failed", fail_reason="node\nis gone"), 0)
    assert lines[0].endswith("✗ Failed, after 0 s, seen 10:00:00 UTC")
    assert lines[1].endswith("node is gone")


def test_an_outage_is_neither_silent_nor_loud() -> None:
    progress, lines, clock = listen()
    progress.on_job(job(), 0)
    for count in range(1, 101):
        clock.now += timedelta(seconds=10)
        progress.on_poll_error(BROKEN, count)
    progress.on_job(job(), 100)
    assert len(lines) == 1 + 7 + 1
    assert (
        lines[1]
        == "! no answer (1 in a row), last one 10 s ago; the job goes on, checking again: no answer from <U+001B>host"
    )
    assert "(64 in a row), last one 10 min 40 s ago" in lines[7]
    assert lines[8].endswith("(reached again; 100 status checks failed so far)")


def test_an_outage_before_the_first_answer_says_so() -> None:
    progress, lines, _ = listen()
    progress.on_poll_error(BROKEN, 1)
    assert "last one none yet" in lines[0]


def test_every_event_is_at_most_one_line() -> None:
    progress, lines, _ = listen()
    progress.on_job(job("Run\nning", fail_reason="a\nb", process="5%"), 0)
    progress.on_poll_error(BROKEN, 1)
    assert all("\n" not in line for line in lines)


def test_a_finished_job_took_until_its_end() -> None:
    done = job("Completed", end_time=START + timedelta(minutes=25))
    assert "after 25 min" in describe_progress(done, START + timedelta(hours=3), START)


def test_a_clock_that_runs_behind_the_service_gives_no_negative_time() -> None:
    assert "after 0 s" in describe_progress(job(), START - timedelta(minutes=3), START)
