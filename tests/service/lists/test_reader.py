"""Lists that come as a whole or with markers are complete, noted, and read with the limits of their service."""

from __future__ import annotations

import pytest

from ddmkit.errors import ServiceError
from ddmkit.models import UsedNode
from ddmkit.service.calls import Call, PageShape
from ddmkit.service.lists.marked import audit_marker

WHOLE = Call("ListThings", "list the things", "GET", "/things", page=PageShape("things"), service="RDS")
MARKED = Call("ListTraces", "list the traces", "GET", "/traces", page=PageShape("traces", limit=200), service="CTS")


def test_a_list_without_pages_is_noted_under_its_service(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"things": [{"id": "a"}, {"id": "b"}]})
    assert [row.id for row in client._list_whole(UsedNode, WHOLE)] == ["a", "b"]
    assert (client.reads[-1].operation, client.reads[-1].rows) == ("RDS ListThings", 2)
    assert loopback.asked[-1].target == "/things"


def test_a_count_of_more_rows_than_came_is_an_error(client, loopback, reply) -> None:
    loopback.answer = lambda asked: reply({"things": [{"id": "a"}], "total": 2})
    with pytest.raises(ServiceError, match="counts 2"):
        client._list_whole(UsedNode, WHOLE)


def test_markers_go_into_the_query_and_all_pages_into_the_note(client, loopback, reply) -> None:
    pages = {"": ("a", "m/1"), "m/1": ("b", "")}

    def answer(asked):
        row, marker = pages[asked.query.get("next", "")]
        return reply({"traces": [{"id": row}], "meta_data": {"count": 1, "marker": marker}})

    loopback.answer = answer
    assert [row.id for row in client._list_marked(UsedNode, MARKED, audit_marker, marker_name="next")] == ["a", "b"]
    assert [asked.target for asked in loopback.asked] == ["/traces?limit=200", "/traces?limit=200&next=m%2F1"]
    assert (client.reads[-1].operation, client.reads[-1].rows, client.reads[-1].pages) == ("CTS ListTraces", 2, 2)
