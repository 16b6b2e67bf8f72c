from __future__ import annotations

from collections.abc import Callable

import pytest

from ddmkit.errors import ServiceError
from ddmkit.models import UsedNode
from ddmkit.service.pages import Fetched, read_listing
from ddmkit.service.protocol import Call, Page, PageShape

CALL = Call("ListThings", "list the things", "GET", "/things", page=PageShape("things"))


def rows_named(names: range | list[int]) -> tuple[UsedNode, ...]:
    return tuple(UsedNode(id=str(name)) for name in names)


class Source:
    """A list of so many rows; ``bend`` may change what a page holds, by the number of the request."""

    def __init__(self, count: int, bend: Callable[[int, int, Page], Page] | None = None) -> None:
        self.count = count
        self.bend = bend or (lambda number, offset, page: page)
        self.offsets: list[int] = []

    def fetch(self, offset: int) -> Fetched[UsedNode]:
        self.offsets.append(offset)
        page = Page(rows_named(range(offset, min(offset + 128, self.count))), self.count)
        return Fetched(self.bend(len(self.offsets), offset, page), {}, f"r{len(self.offsets)}")

    def read(self) -> list[str]:
        listing = read_listing(CALL, self.fetch, lambda calls: [call() for call in calls])
        return [row.id for row in listing.rows]


@pytest.mark.parametrize("count", [0, 1, 10, 11, 127, 128, 129, 256, 1000])
def test_every_row_comes_once_and_in_order(count: int) -> None:
    source = Source(count)
    assert source.read() == [str(number) for number in range(count)]
    assert source.offsets == [0, *range(128, count, 128)]


def test_pages_that_hold_less_than_asked_for_are_made_up_for() -> None:
    source = Source(300, lambda number, offset, page: Page(page.rows[:50], page.total))
    assert source.read() == [str(number) for number in range(300)]


def test_rows_that_come_twice_are_known_once() -> None:
    source = Source(130, lambda number, offset, page: Page(page.rows + rows_named([0]) if offset else page.rows, page.total))
    assert len(source.read()) == 130


def test_a_wrong_count_is_checked_once_more_and_may_be_right_then() -> None:
    source = Source(10, lambda number, offset, page: Page(page.rows, 12 if number == 1 else 10))
    assert len(source.read()) == 10
    assert len(source.offsets) == 2


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
