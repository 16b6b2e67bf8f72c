from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from ddmkit.errors import AuthError, InputError, NotFoundError
from ddmkit.service.rate_limit import RateLimited, Throttle, Workers, is_cancelled

REQUEST = httpx.Request("GET", "https://h/")


class Inner(httpx.BaseTransport):
    """Answers with the statuses given, in order, then 200; knows how many requests were under way at once."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.most = self.count = self.now = 0
        self.before_first_success = 0
        self.lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.count += 1
            self.now += 1
            self.most = max(self.most, self.now)
            status = self.statuses.pop(0) if self.statuses else 200
        time.sleep(0.01)
        with self.lock:
            self.now -= 1
        return httpx.Response(status)


@pytest.fixture
def workers() -> object:
    crew = Workers(8)
    yield crew
    crew.close()


def run(workers: Workers, calls: list[Callable[[], object]]) -> list[object]:
    return workers.run(calls, stops=lambda error: isinstance(error, AuthError))


def test_outcomes_come_in_order_with_errors_in_their_places(workers: Workers) -> None:
    def fail() -> None:
        raise NotFoundError("no")

    outcomes = run(workers, [lambda: 1, fail, lambda: 3])
    assert (outcomes[0], type(outcomes[1]), outcomes[2]) == (1, NotFoundError, 3)


def test_nothing_to_do_needs_no_thread(workers: Workers) -> None:
    before = threading.active_count()
    assert run(workers, []) == []
    assert run(workers, [lambda: 1]) == [1]
    assert threading.active_count() == before


def test_batches_within_batches_end_however_deep(workers: Workers) -> None:
    def nest(depth: int) -> int:
        return 1 if depth == 0 else sum(run(workers, [lambda: nest(depth - 1)] * 5))

    assert sum(run(workers, [lambda: nest(3)] * 12)) == 12 * 125


def test_calls_side_by_side_stay_within_the_crew(workers: Workers) -> None:
    inner = Inner()
    run(workers, [lambda: inner.handle_request(REQUEST)] * 40)
    assert 2 <= inner.most <= 8


def test_the_first_request_goes_alone(workers: Workers) -> None:
    inner = Inner(503, 404)
    paced, side_by_side = RateLimited(inner, Throttle(8)), []

    def send() -> int:
        status = paced.handle_request(REQUEST).status_code
        side_by_side.append((status, inner.most))
        return status

    assert sorted(run(workers, [send] * 20)) == [200] * 18 + [404, 503]
    # Until one was accepted, no two were ever under way together.
    assert side_by_side[:3] == [(503, 1), (404, 1), (200, 1)]
    assert 2 <= inner.most <= 8


def test_a_rejection_stops_all_that_was_not_sent_yet(workers: Workers) -> None:
    inner = Inner(401)
    paced = RateLimited(inner, Throttle(8))

    def send() -> int:
        response = paced.handle_request(REQUEST)
        if response.status_code == 401:
            raise AuthError("rejected", status=401)
        return response.status_code

    outcomes = run(workers, [send] * 12)
    assert inner.count == 1
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, AuthError) and not is_cancelled(outcome)] == [
        AuthError
    ]


def test_a_rejected_batch_does_not_stop_the_next_one(workers: Workers) -> None:
    inner = Inner(401)
    paced = RateLimited(inner, Throttle(8))
    run(workers, [lambda: paced.handle_request(REQUEST)])
    assert [response.status_code for response in run(workers, [lambda: paced.handle_request(REQUEST)] * 3)] == [200] * 3


def test_the_limit_is_halved_by_a_429_and_won_back_slowly() -> None:
    throttle = Throttle(8)
    for _ in range(5):
        throttle.note(429)
    assert throttle.limit == 1
    for _ in range(4):
        throttle.note(200)
    assert throttle.limit == 2
    for _ in range(1000):
        throttle.note(200)
    assert throttle.limit == 8


def test_a_lower_limit_holds(workers: Workers) -> None:
    inner, throttle = Inner(200), Throttle(8)
    throttle.note(429)
    throttle.note(429)
    paced = RateLimited(inner, throttle)
    run(workers, [lambda: paced.handle_request(REQUEST)] * 6)
    assert inner.most <= 2


def test_ctrl_c_gives_up_what_was_not_started(workers: Workers) -> None:
    ran: list[int] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Workers(1).run([interrupt, lambda: ran.append(1)], stops=lambda error: False)
    assert ran == []


def test_a_closed_crew_says_so(workers: Workers) -> None:
    run(workers, [lambda: 1, lambda: 2])
    workers.close()
    with pytest.raises(InputError, match="closed"):
        run(workers, [lambda: 1, lambda: 2])
