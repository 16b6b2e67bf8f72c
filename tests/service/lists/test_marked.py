"""A list with markers is read to its end; a service that does not move on, or does not say so, is an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ddmkit.errors import ServiceError
from ddmkit.models import UsedNode
from ddmkit.service.calls import Call, Page, PageShape
from ddmkit.service.lists.marked import audit_marker, last_row_marker, page_info_marker, read_marked
from ddmkit.service.lists.paging import Fetched

CALL = Call("ListThings", "list the things", "GET", "/things", page=PageShape("things", limit=2))


def fetched(ids: Sequence[str], rest: dict[str, Any] | None = None) -> Fetched[UsedNode]:
    return Fetched(Page(tuple(UsedNode(id=one) for one in ids), None), rest or {}, "r")


def read(pages: dict[str, Fetched[UsedNode]], marker: Any) -> list[str]:
    return [row.id for row in read_marked(CALL, pages.__getitem__, marker).rows]


def test_the_audit_trail_is_followed_until_the_marker_is_empty() -> None:
    pages = {
        "": fetched(["a", "b"], {"meta_data": {"count": 2, "marker": "m1"}}),
        "m1": fetched(["b", "c"], {"meta_data": {"count": 2, "marker": "m2"}}),
        "m2": fetched(["d"], {"meta_data": {"count": 1, "marker": None}}),
    }
    assert read(pages, audit_marker) == ["a", "b", "c", "d"]


def test_a_full_page_of_traces_that_does_not_say_what_follows_is_an_error() -> None:
    with pytest.raises(ServiceError, match="whether the list goes on"):
        read({"": fetched(["a", "b"])}, audit_marker)
    assert read({"": fetched(["a"])}, audit_marker) == ["a"]


def test_the_newer_networks_list_names_the_next_page() -> None:
    pages = {
        "": fetched(["a"], {"page_info": {"next_marker": "a", "current_count": 1}}),
        "a": fetched(["b"], {"page_info": {"current_count": 1}}),
    }
    assert read(pages, page_info_marker) == ["a", "b"]


def test_the_older_networks_list_ends_with_an_empty_page() -> None:
    pages = {"": fetched(["a", "b"]), "b": fetched(["c"]), "c": fetched([])}
    assert read(pages, last_row_marker) == ["a", "b", "c"]
    assert read(pages, page_info_marker) == ["a", "b", "c"]


@pytest.mark.parametrize("marker", ["m", 7])
def test_a_service_that_gives_the_same_page_again_is_an_error(marker: object) -> None:
    page = fetched(["a"], {"meta_data": {"marker": marker}})
    with pytest.raises(ServiceError, match="the same page"):
        read({"": page, str(marker): page}, audit_marker)


def test_a_list_that_ignores_the_marker_is_an_error() -> None:
    with pytest.raises(ServiceError, match="the same page"):
        read({"": fetched(["a"]), "a": fetched(["a"])}, last_row_marker)
