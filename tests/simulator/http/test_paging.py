"""Pages of lists."""

from __future__ import annotations

import pytest

from ddmkit.simulator.http.paging import PageRequest, slice_rows


@pytest.mark.parametrize(("total", "pages"), [(0, 0), (1, 1), (10, 1), (11, 2), (128, 13), (129, 13)])
def test_page_numbers_follow_from_offset_and_total(total: int, pages: int) -> None:
    rows = slice_rows(range(total), PageRequest(0, 10))
    assert rows.page_numbers("total_record") == {"page_no": 1, "page_size": 10, "total_record": total, "total_page": pages}


def test_a_page_beyond_the_end_is_empty_and_still_counts() -> None:
    assert slice_rows("abc", PageRequest(5, 2)).with_counters("rows") == {"rows": [], "offset": 5, "limit": 2, "total": 3}
