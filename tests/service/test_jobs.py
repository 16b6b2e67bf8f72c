from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from ddmkit.errors import (
    AuthError,
    DDMKitError,
    InputError,
    JobFailedError,
    JobTimeoutError,
    NotFoundError,
    ServiceError,
    UnreachableError,
)
from ddmkit.models import Job
from ddmkit.service.jobs import SilentListener, find_fail_reason, follow_job, follow_jobs

NOW = datetime(2025, 5, 21, 11, 0, tzinfo=UTC)
RUNNING = Job(id="j", status="Running", process="60% ", created_time=NOW)
DONE = Job(id="j", status="Completed", created_time=NOW)
FAILED = Job(id="j", name="RestoreMetadata", status="Failed", created_time=NOW)
UNKNOWN = NotFoundError("not yet", status=404, code="DBS.300400")
AWAY = UnreachableError("away", sent=True)


class Service:
    """Answers looks at a job from a script, whose last entry lasts; a clock that only sleeping moves."""

    def __init__(self, *script: Job | DDMKitError, listed: tuple[Job, ...] | DDMKitError = ()) -> None:
        self.script = list(script)
        self.listed = listed
        self.spans: list[tuple[datetime, datetime | None]] = []
        self.seconds = 0.0
        self.slept: list[float] = []
        self.looks = 0

    def show_job(self, job_id: str) -> Job:
        self.looks += 1
        entry = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(entry, Exception):
            raise entry
        return entry

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        self.spans.append((start, end))
        if isinstance(self.listed, Exception):
            raise self.listed
        return self.listed

    def service_now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def follow(self, **options: object) -> Job:
        return follow_job(self, "j", sleep=self.sleep, monotonic=lambda: self.seconds, **{"timeout_s": 600, **options})


class Heard(SilentListener):
    def __init__(self) -> None:
        self.jobs: list[tuple[str, int]] = []
        self.failures: list[int] = []

    def on_job(self, job: Job, errors: int) -> None:
        self.jobs.append((job.status, errors))

    def on_poll_error(self, error: DDMKitError, count: int) -> None:
        self.failures.append(count)


def test_a_job_is_watched_until_it_has_completed() -> None:
    service, heard = Service(RUNNING, RUNNING, DONE), Heard()
    assert service.follow(listener=heard) == DONE
    assert heard.jobs == [("Running", 0), ("Running", 0), ("Completed", 0)]
    assert service.slept == [10.0, 10.0]


def test_the_pace_may_depend_on_the_look() -> None:
    service = Service(RUNNING, RUNNING, RUNNING, DONE)
    service.follow(poll_s=lambda look: 2.0**look)
    assert service.slept == [2.0, 4.0, 8.0]


def test_a_job_that_is_not_known_at_first_is_waited_for_quietly() -> None:
    service, heard = Service(UNKNOWN, UNKNOWN, DONE), Heard()
    assert service.follow(listener=heard) == DONE
    assert (heard.jobs, heard.failures) == ([("Completed", 0)], [])


def test_a_job_that_stays_unknown_is_an_error_after_the_grace() -> None:
    service = Service(UNKNOWN)
    with pytest.raises(NotFoundError):
        service.follow(grace_s=30)
    assert service.seconds == 40


@pytest.mark.parametrize(
    "trouble",
    [
        AWAY,
        ServiceError("x", status=500),
        ServiceError("x", status=502),
        ServiceError("x", status=429),
        ServiceError("x", status=200),
    ],
)
def test_trouble_that_may_pass_is_counted_and_borne(trouble: DDMKitError) -> None:
    service, heard = Service(RUNNING, trouble, trouble, RUNNING, trouble, DONE), Heard()
    assert service.follow(listener=heard) == DONE
    assert heard.failures == [1, 2, 1]
    assert heard.jobs[-1] == ("Completed", 3)


def test_a_service_that_is_down_for_minutes_is_survived() -> None:
    assert Service(RUNNING, *[AWAY] * 40, DONE).follow() == DONE


def test_an_ended_token_is_borne_once_since_the_next_look_renews_it() -> None:
    ended = AuthError("x", status=401, code="APIGW.0307")
    assert Service(RUNNING, ended, DONE).follow() == DONE
    with pytest.raises(AuthError):
        Service(RUNNING, ended, ended, DONE).follow()


@pytest.mark.parametrize(
    "lasting",
    [
        AuthError("x", status=401, code="APIGW.0301"),
        AuthError("x", status=403),
        ServiceError("x", status=400),
        InputError("x"),
    ],
)
def test_trouble_that_stays_ends_the_watching(lasting: DDMKitError) -> None:
    service = Service(RUNNING, lasting, DONE)
    with pytest.raises(type(lasting)):
        service.follow()
    assert service.looks == 2


def test_trouble_in_a_row_may_be_bounded() -> None:
    with pytest.raises(UnreachableError):
        Service(RUNNING, *[AWAY] * 4, DONE).follow(max_poll_errors=3)
    assert Service(RUNNING, *[AWAY] * 3, DONE).follow(max_poll_errors=3) == DONE


def test_running_out_of_time_leaves_the_job_alone_and_says_how_to_go_on() -> None:
    service = Service(RUNNING)
    with pytest.raises(JobTimeoutError, match=r"the job j after 25 s; it goes on in the cloud.*wait again") as caught:
        service.follow(timeout_s=25)
    assert caught.value.job == RUNNING
    assert service.slept == [10.0, 10.0, 5.0]


def test_running_out_of_time_during_trouble_names_it() -> None:
    with pytest.raises(JobTimeoutError, match="The last poll failed: away") as caught:
        Service(AWAY).follow(timeout_s=25)
    assert caught.value.job == Job(id="j")


def test_a_failure_carries_its_reason_from_the_jobs_list() -> None:
    listed = (
        Job(id="other", fail_reason="not this"),
        FAILED.model_copy(update={"fail_reason": "physical databases not found"}),
    )
    service = Service(RUNNING, FAILED, listed=listed)
    with pytest.raises(JobFailedError, match="ended as Failed: physical databases not found") as caught:
        service.follow()
    assert caught.value.job.fail_reason == "physical databases not found"
    start, end = service.spans[0]
    assert start < NOW < (end or NOW)


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ((), "gave no reason"),
        ((FAILED,), "gave no reason"),
        (AWAY, "could not be read: away"),
        (InputError("30 days"), "30 days"),
    ],
)
def test_a_failed_job_always_has_a_reason(listed: tuple[Job, ...] | DDMKitError, reason: str) -> None:
    with pytest.raises(JobFailedError) as caught:
        Service(FAILED, listed=listed).follow()
    assert reason in caught.value.job.fail_reason


def test_a_reason_already_known_is_kept() -> None:
    service = Service(FAILED)
    known = FAILED.model_copy(update={"fail_reason": "x"})
    assert find_fail_reason(service, known, now=NOW) is known
    assert service.spans == []


@pytest.mark.parametrize("status", ["RollbackSuccess", "CancelSuccess"])
def test_ends_that_are_no_success_are_failures(status: str) -> None:
    with pytest.raises(JobFailedError, match=status):
        Service(Job(id="j", status=status, created_time=NOW)).follow()


@pytest.mark.parametrize("status", ["Success", "SUCCESS", "succeeded ", "Finished", "complete"])
def test_a_synonym_of_completed_ends_the_waiting(status: str) -> None:
    done = Job(id="j", status=status, created_time=NOW)
    assert Service(RUNNING, done).follow() == done


@pytest.mark.parametrize("status", ["Fail", "FAILURE", "Canceled", "CANCELLED", "Cancel_Success", "rollback success"])
def test_a_synonym_of_an_end_that_is_no_success_ends_the_waiting_as_a_failure(status: str) -> None:
    with pytest.raises(JobFailedError):
        Service(RUNNING, Job(id="j", status=status, created_time=NOW)).follow()


@pytest.mark.parametrize("status", ["Pending", "Init", "INITIALIZING", "In Progress", "queued", "Cancelling"])
def test_a_synonym_of_running_is_waited_for_without_a_warning(status: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "ddmkit.service")
    assert Service(Job(id="j", status=status), DONE).follow() == DONE
    assert caplog.messages == []


def test_a_time_out_names_the_last_word_that_is_not_known() -> None:
    with pytest.raises(JobTimeoutError, match=r"last state was 'Pondering', which ddmkit does not know"):
        Service(Job(id="j", status="Pondering")).follow(timeout_s=25)
    with pytest.raises(JobTimeoutError) as caught:
        Service(RUNNING).follow(timeout_s=25)
    assert "does not know" not in str(caught.value)


def test_a_time_out_of_many_jobs_names_the_words_that_are_not_known() -> None:
    odd = (Job(id="a", status="Pondering", created_time=NOW), Job(id="b", status="Completed", created_time=NOW))
    service = Service(RUNNING, listed=odd)
    with pytest.raises(JobTimeoutError, match="'Pondering'"):
        follow_jobs(service, ["a", "b"], since=NOW, timeout_s=25, sleep=service.sleep, monotonic=lambda: service.seconds)


def test_a_state_that_is_not_known_counts_as_running_with_a_warning_at_each_look(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "ddmkit.service")
    odd = Job(id="j", status="Pondering")
    assert Service(odd, odd, DONE).follow() == DONE
    assert len(caplog.messages) == 2
    assert all("Pondering" in message for message in caplog.messages)


def test_ctrl_c_passes_through() -> None:
    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow_job(Service(RUNNING), "j", sleep=interrupt)


# -- many at once ----------------------------------------------------------------------------------------------------------


class Fleet(Service):
    """Many jobs, created a minute apart, each done when so many seconds have passed."""

    def __init__(self, ends: dict[str, float], hidden_until: float = 0) -> None:
        super().__init__(RUNNING)
        self.ends = ends
        self.hidden_until = hidden_until

    def list_jobs(self, start: datetime, end: datetime | None = None) -> tuple[Job, ...]:
        self.spans.append((start, end))
        if self.seconds < self.hidden_until:
            return ()
        jobs = [self.describe(number, name) for number, name in enumerate(self.ends)]
        return tuple(job for job in jobs if job.created_time and job.created_time >= start)

    def describe(self, number: int, name: str) -> Job:
        ended = self.seconds >= self.ends[name]
        status = ("Failed" if name.startswith("bad") else "Completed") if ended else "Running"
        return Job(id=name, status=status, created_time=NOW + timedelta(minutes=number))

    def follow_all(self, *names: str, **options: object) -> tuple[Job, ...]:
        return follow_jobs(
            self, names, since=NOW, sleep=self.sleep, monotonic=lambda: self.seconds, **{"timeout_s": 600, **options}
        )


def test_many_jobs_are_followed_through_the_list_alone() -> None:
    fleet, heard = Fleet({"a": 0, "bad": 20, "c": 10, "other": 99}), Heard()
    found = fleet.follow_all("c", "bad", "a", listener=heard)
    assert [(job.id, job.status) for job in found] == [("c", "Completed"), ("bad", "Failed"), ("a", "Completed")]
    assert found[1].fail_reason == "The service gave no reason."
    assert (len(fleet.spans), fleet.looks) == (3, 0)
    assert len(heard.jobs) == 5


def test_the_list_is_read_from_the_oldest_job_still_running() -> None:
    fleet = Fleet({"a": 0, "b": 0, "c": 30})
    fleet.follow_all("a", "b", "c")
    assert [start for start, _ in fleet.spans[:2]] == [NOW, NOW + timedelta(minutes=2, seconds=-1)]


def test_jobs_not_listed_yet_are_waited_for_and_in_the_end_named() -> None:
    assert len(Fleet({"a": 0}, hidden_until=100).follow_all("a")) == 1
    with pytest.raises(NotFoundError, match="ghost"):
        Fleet({"a": 0}).follow_all("a", "ghost")


def test_many_jobs_may_run_out_of_time_too() -> None:
    with pytest.raises(JobTimeoutError, match="2 jobs") as caught:
        Fleet({"a": 0, "b": 9999}).follow_all("a", "b", timeout_s=30)
    assert [job.id for job in caught.value.job] == ["a", "b"]


def test_nobody_to_follow_needs_no_request() -> None:
    fleet: Fleet = Fleet({})
    assert fleet.follow_all() == ()
    assert fleet.spans == []
