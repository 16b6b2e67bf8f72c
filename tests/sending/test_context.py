"""What every sending is given: marks of its own, and a time that begins with each request."""

from __future__ import annotations

from ddmkit.sending.context import SendingContext


def test_each_context_has_marks_of_its_own_and_each_request_a_time_of_its_own(clock):
    one, other = (SendingContext(store=None, now=clock, sleep=lambda seconds: None) for _ in range(2))
    one.not_sent["r-1", ""] = "mark"
    assert other.not_sent == {}
    assert one.begin_attempt() is not one.begin_attempt()
    assert not one.begin_attempt().has_left


def test_a_lost_answer_is_looked_for_several_times_before_a_person_decides(clock):
    usual = SendingContext(store=None, now=clock, sleep=lambda seconds: None)
    assert usual.grace.total_seconds() / usual.poll_every_s >= 5
