"""``Rows``: what every list of the kit is. A sequence of models that shows itself as a table and turns into a DataFrame.

Shown are the columns a person needs and at most fifty rows, with the full count beside them; ``frame()`` has every field of
every row. pandas is loaded by ``frame()`` and by nothing else.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from ddmkit.display.column_specs import Look, columns_of
from ddmkit.display.html import Fragment
from ddmkit.display.table import build_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows"]

T = TypeVar("T", bound=BaseModel)

_ROWS_ON_A_PAGE = 50
_ROWS_IN_A_REPR = 10
_MOST_ROWS = 5_000
_REST = ".frame() has all"
# "string" and "Int64" know missing values; microseconds hold every instant that Python can say.
_FRAME_TYPES: dict[Any, str] = {
    str: "string",
    int: "Int64",
    float: "float64",
    bool: "boolean",
    datetime: "datetime64[us, UTC]",
}


class Rows(Sequence[T], Generic[T]):
    """An immutable sequence of one kind of model, in the order it was given.

    Indexing gives a model, slicing gives ``Rows``; two are equal when their models are. ``now`` lets ages be shown, ``zone``
    a local time beside UTC; ``title`` and ``empty`` are the words above the table and in the place of missing rows.
    """

    __slots__ = ("_empty", "_items", "_look", "_model", "_title")

    def __init__(
        self,
        model: type[T],
        items: Iterable[T] = (),
        *,
        title: str = "",
        empty: str = "",
        now: datetime | None = None,
        zone: ZoneInfo | None = None,
    ) -> None:
        self._model = model
        self._items = tuple(items)
        self._title = title
        self._empty = empty
        self._look = Look(now, zone)

    @property
    def model(self) -> type[T]:
        """The kind of model that the rows hold."""
        return self._model

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Rows[T]: ...
    def __getitem__(self, index: int | slice) -> T | Rows[T]:
        if isinstance(index, slice):
            return self._with(self._items[index])
        return self._items[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows):
            return NotImplemented
        return self._model is other._model and self._items == other._items

    def __hash__(self) -> int:
        return hash((self._model, self._items))

    def frame(self) -> pd.DataFrame:
        """Return all rows as a DataFrame: a column for each field under the wire's name, typed, also when there are no rows.

        Times are aware, in UTC; nested lists are lists of dictionaries.
        """
        import pandas as pd  # noqa: PLC0415  # heavy, and wanted by those who ask for a frame only

        columns = {
            name: pd.Series([_plain(getattr(item, name)) for item in self._items], dtype=_frame_type(field.annotation))
            for name, field in self._model.model_fields.items()
        }
        return pd.DataFrame(columns, columns=list(columns))

    def table(self, limit: int | None = None, *, title: str = "") -> Fragment:
        """Return a table of the first ``limit`` rows, of all when left out; never more than 5,000, and it says so.

        ``title`` stands above it in the place of the rows' own.
        """
        return self._table(_MOST_ROWS if limit is None else max(0, min(limit, _MOST_ROWS)), title)

    def __repr__(self) -> str:
        name = f"Rows[{self._model.__name__}]"
        if not self._items:
            return f"{name}: {self._describe_empty()}"
        return f"{name}: {_describe_rows(len(self._items))}\n{self._table(_ROWS_IN_A_REPR).text}"

    def _repr_html_(self) -> str:
        return self._table(_ROWS_ON_A_PAGE)._repr_html_()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _table(self, limit: int, title: str = "") -> Fragment:
        columns = columns_of(self._model, self._look)
        return build_table(
            title or self._title,
            [column.header_for(self._look) for column in columns],
            [[column.make_cell(item, self._look) for column in columns] for item in self._items[:limit]],
            total=len(self._items),
            rest=_REST,
            empty=self._describe_empty(),
        )

    def _describe_empty(self) -> str:
        return self._empty or "no rows"

    def _with(self, items: Iterable[T]) -> Rows[T]:
        look = self._look
        return Rows(self._model, items, title=self._title, empty=self._empty, now=look.now, zone=look.zone)


def _describe_rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"


def _frame_type(annotation: Any) -> str:
    options = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    named = [_FRAME_TYPES[option] for option in options if option in _FRAME_TYPES]
    return named[0] if named else "object"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
