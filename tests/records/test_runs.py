from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from ddmkit.records.events import chain_event
from ddmkit.records.runs import (
    CLOSING_KINDS,
    JOB_KINDS,
    STATE_AFTER,
    UNSETTLED,
    RunHeader,
    RunState,
    job_id_of,
    kinds_leading_to,
    may_settle,
    state_of,
)


def events(*kinds):
    noon = datetime(2025, 5, 20, 12, 0, tzinfo=UTC)
    return [
        chain_event(seq=number, at=noon, kind=kind, data={"job_id": f"job-{number}"}, prev_sha256="")
        for number, kind in enumerate(kinds, 1)
    ]


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        ("", "opened"),
        ("opened", "opened"),
        ("opened checked", "opened"),
        ("opened refused", "refused"),
        ("opened refused intent", "sending"),
        ("opened intent", "sending"),
        ("opened intent answered polled", "running"),
        ("opened intent unknown searched", "unknown"),
        ("opened intent unknown adopted", "running"),
        ("opened intent unknown released", "released"),
        ("opened intent freed note", "freed"),
        ("opened intent answered completed verified", "completed"),
        ("opened intent answered failed", "failed"),
        ("opened intent unknown released answered", "running"),
    ],
)
def test_the_last_event_that_says_something_decides_the_state(kinds, state):
    assert state_of(events(*kinds.split())) == state


def test_every_state_is_explained_and_reached_by_some_event():
    assert set(STATE_AFTER.values()) == set(RunState)
    for state in RunState:
        assert f"``{state}``:" in RunState.__doc__
        assert [STATE_AFTER[kind] for kind in kinds_leading_to([state])] == [state] * len(kinds_leading_to([state]))


def test_closing_kinds_settle_and_kinds_with_a_job_do_not():
    assert all(STATE_AFTER[kind].is_settled for kind in CLOSING_KINDS)
    assert all(STATE_AFTER[kind] in UNSETTLED for kind in JOB_KINDS)


def test_the_job_is_the_one_answered_or_adopted_last():
    assert job_id_of(events("opened", "intent")) == ""
    assert job_id_of(events("opened", "answered", "polled")) == "job-2"
    assert job_id_of(events("opened", "answered", "adopted")) == "job-3"


def test_only_what_had_no_effect_can_be_refused_and_only_what_may_have_can_end():
    for state in RunState:
        assert may_settle(state, "refused") == (state in {"opened", "refused", "freed"})
        assert all(may_settle(state, kind) == (state in UNSETTLED) for kind in ("completed", "failed"))
        assert may_settle(state, "released") == (state in {"sending", "unknown"})
        assert may_settle(state, "freed") == (state in UNSETTLED or state == "released")


def test_a_header_lacks_no_identity_and_does_not_repeat_what_it_refuses(header):
    with pytest.raises(ValidationError) as caught:
        header(target_id="", purpose=["hunter2-hunter2"])
    assert "hunter2" not in str(caught.value)


def test_header_text_fits_every_database(header):
    assert header(purpose="a\0b\ud800").purpose == "a\\x00b\\ud800"


def test_an_owner_reads_as_a_person_at_a_place(header):
    assert str(header().owner) == "ada@desk-1 (process 4711)"


def test_a_run_gives_itself_as_one_line(restored):
    summary = restored.summary
    assert (summary.id, summary.state, summary.job_id) == (restored.id, "completed", "job-1")
    assert isinstance(summary.header, RunHeader)
