"""The part of the clients that reads: one object, or a whole list. ``connection.py`` sends the calls."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from pydantic import BaseModel

from ddmkit.service.calls import Answer, Call, read_model, read_page
from ddmkit.service.connection import Connection
from ddmkit.service.error_parsing import make_unusable
from ddmkit.service.headers import read_request_id
from ddmkit.service.lists.marked import Marker, read_marked
from ddmkit.service.lists.paging import Fetched, Listing, read_listing
from ddmkit.service.rate_limit import is_cancelled

__all__ = ["Reader"]

Model = TypeVar("Model", bound=BaseModel)


class Reader(Connection):
    """A connection that reads objects and complete lists as models."""

    def _list(
        self,
        model: type[Model],
        call: Call,
        remark_on: Callable[[tuple[Model, ...]], str] = lambda _: "",
        *,
        whole: type[Model] | None = None,
    ) -> Listing[Model]:
        """Read a whole list and note the read; ``remark_on`` describes rows that cannot be used, or raises.

        A row that fits ``whole``, a stricter kind of ``model``, becomes one.
        """
        listing = read_listing(call, functools.partial(self._fetch_page, model, whole, call), self._together)
        self._note(call, len(listing.rows), [page.request_id for page in listing.pages], remark_on(listing.rows))
        return listing

    def _list_marked(
        self, model: type[Model], call: Call, next_marker: Marker[Model], *, marker_name: str = "marker"
    ) -> tuple[Model, ...]:
        """Read a whole list whose pages name the next one, and note the read."""

        def fetch(marker: str) -> Fetched[Model]:
            limit = str(call.page.limit) if call.page else ""
            asked = call.asking(limit=limit, **{marker_name: marker})
            return self._exchange(self._reads, asked, functools.partial(self._read_rows, model, None, call))

        listing = read_marked(call, fetch, next_marker)
        self._note(call, len(listing.rows), [page.request_id for page in listing.pages])
        return listing.rows

    def _list_whole(
        self,
        model: type[Model],
        call: Call,
        remark_on: Callable[[tuple[Model, ...]], str] = lambda _: "",
        *,
        whole: type[Model] | None = None,
    ) -> tuple[Model, ...]:
        """Read a list that comes as a whole, without pages, and note the read; ``_list`` describes the parameters."""
        fetched = self._exchange(self._reads, call, functools.partial(self._read_rows, model, whole, call))
        rows = fetched.page.rows
        if fetched.page.total is not None and fetched.page.total > len(rows):
            raise make_unusable(call.what, f"{len(rows)} rows came, the service counts {fetched.page.total}", 200, {})
        self._note(call, len(rows), [fetched.request_id], remark_on(rows))
        return rows

    def _fetch_page(self, model: type[Model], whole: type[Model] | None, call: Call, offset: int) -> Fetched[Model]:
        def read(answer: Answer) -> Fetched[Model]:
            # One answer at a time: threads would not read faster together, and hold the JSON of several pages.
            with self._reading:
                return read_alone(answer)

        def read_alone(answer: Answer) -> Fetched[Model]:
            body, known = self._last_pages.get(call.operation, (b"", None))
            if known is not None and not offset and (answer.status, answer.body) == (200, body):
                return replace(known, request_id=read_request_id(answer.headers))
            fetched = self._read_rows(model, whole, call, answer)
            if not offset:
                self._last_pages[call.operation] = (answer.body, fetched)
            return fetched

        return self._exchange(self._reads, call.at(offset), read)

    def _read_rows(self, model: type[Model], whole: type[Model] | None, call: Call, answer: Answer) -> Fetched[Model]:
        payload = self._read(answer, call)
        page = read_page(model, payload, call, whole=whole)
        # The rows are models now; keeping their JSON too would double the memory of a long list.
        rest = {name: value for name, value in payload.items() if call.page is None or name != call.page.list_key}
        return Fetched(page, rest, read_request_id(answer.headers))

    def _together(self, calls: Sequence[Callable[[], Fetched[Model] | None]]) -> list[Fetched[Model]]:
        outcomes = self._workers.run(calls, stops=lambda _: True)
        errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        for error in sorted(errors, key=is_cancelled):
            raise error
        return [outcome for outcome in outcomes if isinstance(outcome, Fetched)]

    def _show(self, model: type[Model], call: Call, key: str = "") -> Model:
        def read(answer: Answer) -> Model:
            payload = self._read(answer, call)
            return read_model(model, payload.get(key, payload) if key else payload, call)

        return self._ask(call, read)
