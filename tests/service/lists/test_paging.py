from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from ddmkit.errors import ServiceError
from ddmkit.models import UsedNode
from ddmkit.service.calls import Call, Page, PageShape
from ddmkit.service.lists.paging import Fetched, read_listing

CALL = Call("ListThings", "list the things", "GET", "/things", page=PageShape("things"))


def rows_named(names: range | list[int]) -> tuple[UsedNode, ...]:
    return tuple(UsedNode(id=str(name)) for name in names)


class Source:
    """A list of so many rows; ``bend`` may change what a page holds, by the number of the request."""

    def __init__(
        self, count: int, bend: Callable[[int, int, Page], Page] | None = None, rest: dict[str, object] | None = None
    ) -> None:
        self.count = count
        self.rest = rest or {}
        self.bend = bend or (lambda number, offset, page: page)
        self.offsets: list[int] = []
        self.batches: list[int] = []

    def fetch(self, offset: int) -> Fetched[UsedNode]:
        self.offsets.append(offset)
        page = Page(rows_named(range(offset, min(offset + 128, self.count))), self.count)
        return Fetched(self.bend(len(self.offsets), offset, page), self.rest, f"r{len(self.offsets)}")

    def read(self) -> list[str]:
        listing = read_listing(CALL, self.fetch, self.run_together)
        return [row.id for row in listing.rows]

    def run_together(self, calls: Sequence[Callable[[], Fetched[UsedNode] | None]]) -> list[Fetched[UsedNode]]:
        self.batches.append(len(calls))
        return [page for page in [call() for call in calls] if page is not None]


@pytest.mark.parametrize("count", [0, 1, 9, 11, 127, 129, 1000])
def test_every_row_comes_once_and_in_order(count: int) -> None:
    source = Source(count)
    assert source.read() == [str(number) for number in range(count)]
    assert source.offsets == [0, *range(128, count, 128)]


@pytest.mark.parametrize("count", [10, 50, 100, 128, 256])
def test_a_last_page_that_may_be_full_is_followed_by_one_more_request(count: int) -> None:
    source = Source(count)
    assert source.read() == [str(number) for number in range(count)]
    assert source.offsets == [0, *range(128, count, 128), count]


@pytest.mark.parametrize(("count", "together"), [(129, 1), (256, 2), (256 + 50, 3), (256 + 51, 2), (1000, 7)])
def test_the_page_behind_a_list_of_several_pages_is_asked_for_together_with_them(count: int, together: int) -> None:
    source = Source(count)
    source.read()
    assert source.batches == [together]


def test_a_refused_page_behind_several_pages_is_the_end() -> None:
    def refuse(number: int, offset: int, page: Page) -> Page:
        if offset >= 256:
            raise ServiceError("no such offset", status=400)
        return page

    assert len(Source(256, refuse).read()) == 256


def test_rows_behind_the_count_of_several_pages_are_read_too() -> None:
    assert len(Source(700, lambda number, offset, page: Page(page.rows, 256)).read()) == 700


@pytest.mark.parametrize("cap", [10, 25, 50, 100, 128])
@pytest.mark.parametrize("count", [128, 260, 300])
@pytest.mark.parametrize("counted", ["page", "list", "nothing"])
def test_pages_capped_by_the_server_are_read_to_the_end_whatever_they_count(cap: int, count: int, counted: str) -> None:
    def bend(number: int, offset: int, page: Page) -> Page:
        rows = page.rows[:cap]
        return Page(rows, {"page": len(rows), "list": count, "nothing": None}[counted])

    source = Source(count, bend)
    assert source.read() == [str(number) for number in range(count)]
    assert len(source.offsets) <= 2 * (count // cap) + 4


def test_a_cap_that_the_answer_echoes_is_known_as_one() -> None:
    source = Source(100, lambda number, offset, page: Page(page.rows[:37], len(page.rows[:37])), rest={"limit": 37})
    assert len(source.read()) == 100


@pytest.mark.parametrize("status", [400, 404, 416])
def test_a_refused_offset_behind_the_last_counted_row_is_the_end(status: int) -> None:
    def refuse(number: int, offset: int, page: Page) -> Page:
        if offset >= 128:
            raise ServiceError("no such offset", status=status)
        return page

    assert len(Source(128, refuse).read()) == 128


def test_a_request_behind_the_last_counted_row_that_gets_no_answer_is_an_error() -> None:
    def break_off(number: int, offset: int, page: Page) -> Page:
        if offset >= 128:
            raise ServiceError("away", status=503)
        return page

    with pytest.raises(ServiceError, match="away"):
        Source(128, break_off).read()


def test_an_empty_page_that_counts_nothing_hides_no_missing_row() -> None:
    source = Source(200, lambda number, offset, page: Page(page.rows[:-1], 200) if page.rows else Page((), 0))
    with pytest.raises(ServiceError, match="the service counts 200"):
        source.read()


def test_a_list_without_a_count_and_without_an_end_is_refused_not_cut() -> None:
    source = Source(10**9, lambda number, offset, page: Page(rows_named(range(offset, offset + 20_000)), None))
    with pytest.raises(ServiceError, match="more than 200000 are not read"):
        source.read()


def test_pages_that_hold_less_than_asked_for_are_made_up_for() -> None:
    source = Source(300, lambda number, offset, page: Page(page.rows[:50], page.total))
    assert source.read() == [str(number) for number in range(300)]


def test_rows_that_come_twice_are_known_once() -> None:
    source = Source(130, lambda number, offset, page: Page(page.rows + rows_named([0]) if offset else page.rows, page.total))
    assert len(source.read()) == 130


def test_a_wrong_count_is_checked_once_more_and_may_be_right_then() -> None:
    source = Source(10, lambda number, offset, page: Page(page.rows, 12 if number == 1 else 10))
    assert len(source.read()) == 10
    assert source.offsets == [0, 0, 10]


def test_a_list_that_stays_incomplete_is_an_error_naming_both_numbers() -> None:
    source = Source(10, lambda number, offset, page: Page(page.rows, 12))
    with pytest.raises(ServiceError, match="10 rows came, the service counts 12"):
        source.read()


def test_without_a_count_the_list_ends_with_the_first_empty_page() -> None:
    source = Source(200, lambda number, offset, page: Page(page.rows, None))
    assert len(source.read()) == 200


def test_a_service_that_does_not_page_at_all_is_not_asked_for_ever() -> None:
    source = Source(5, lambda number, offset, page: Page(rows_named(range(5)), None))
    assert len(source.read()) == 5
    assert len(source.offsets) == 2


def test_an_absurd_count_is_refused() -> None:
    with pytest.raises(ServiceError, match="1000000000000 rows"):
        Source(1, lambda number, offset, page: Page(page.rows, 10**12)).read()
