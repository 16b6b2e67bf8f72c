"""``Rows``, the type of every list of the kit: a sequence of models that shows itself as a table and turns into a DataFrame.

A page shows the columns that a person needs and at most 50 rows, with the full count; ``frame()`` has every field of every
row. Only ``frame()`` loads pandas.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from ddmkit.display.column_specs import DisplayOptions, columns_of
from ddmkit.display.html import Fragment
from ddmkit.display.status import describe_count
from ddmkit.display.table import build_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Rows"]

T = TypeVar("T", bound=BaseModel)

_ROWS_ON_A_PAGE = 50
_ROWS_IN_A_REPR = 10
_MOST_ROWS = 5_000
_REST = ".frame() has all"
_TOO_MANY_BITS = 64  # one of the 64 bits is the sign
# "string" and "Int64" allow missing values; microseconds hold every instant that Python can represent.
_FRAME_TYPES: dict[Any, str] = {
    str: "string",
    int: "Int64",
    float: "float64",
    bool: "boolean",
    datetime: "datetime64[us, UTC]",
}


class Rows(Sequence[T], Generic[T]):
    """An immutable sequence of models of one type, in the order given.

    An index gives a model, a slice gives ``Rows``. Two ``Rows`` are equal when their models are equal.

    Args:
        model: The type of the models.
        items: The models.
        title: The caption of the table.
        empty: What to show when there are no rows.
        now: The present, to show ages; without it the table has no ages.
        zone: The zone of a local time beside each UTC time; without it the table has UTC only.

    """

    __slots__ = ("_empty", "_items", "_model", "_options", "_title")

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
        self._options = DisplayOptions(now, zone)

    @property
    def model(self) -> type[T]:
        """The type of the models."""
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
        """Return all rows as a DataFrame with a typed column for each field, named as on the wire, also without rows.

        Times are aware, in UTC; nested lists are lists of dictionaries. A column with a whole number that needs more than 64
        bits has the numbers as Python objects.
        """
        import pandas as pd  # noqa: PLC0415  # slow to load, and only frames need it

        values = {name: [_plain(getattr(item, name)) for item in self._items] for name in self._model.model_fields}
        columns = {
            name: pd.Series(values[name], dtype=_frame_type(field.annotation, values[name]))
            for name, field in self._model.model_fields.items()
        }
        return pd.DataFrame(columns, columns=list(columns))

    def table(self, limit: int | None = None, *, title: str = "") -> Fragment:
        """Return a table of the first ``limit`` rows, or of all; at most 5,000, and the table says how many it leaves out.

        ``title`` replaces the caption of these rows.
        """
        return self._table(_MOST_ROWS if limit is None else max(0, min(limit, _MOST_ROWS)), title)

    def __repr__(self) -> str:
        name = f"Rows[{self._model.__name__}]"
        if not self._items:
            return f"{name}: {self._describe_empty()}"
        return f"{name}: {describe_count(len(self._items), 'row')}\n{self._table(_ROWS_IN_A_REPR).text}"

    def _repr_html_(self) -> str:
        return self._table(_ROWS_ON_A_PAGE)._repr_html_()

    def _repr_mimebundle_(self, **_wanted: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _table(self, limit: int, title: str = "") -> Fragment:
        columns = columns_of(self._model, self._options)
        return build_table(
            title or self._title,
            [column.header_for(self._options) for column in columns],
            [[column.make_cell(item, self._options) for column in columns] for item in self._items[:limit]],
            total=len(self._items),
            rest=_REST,
            empty=self._describe_empty(),
        )

    def _describe_empty(self) -> str:
        return self._empty or "no rows"

    def _with(self, items: Iterable[T]) -> Rows[T]:
        now, zone = self._options.now, self._options.zone
        return Rows(self._model, items, title=self._title, empty=self._empty, now=now, zone=zone)


def _frame_type(annotation: Any, values: Iterable[Any]) -> str:
    options = typing.get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    named = [_FRAME_TYPES[option] for option in options if option in _FRAME_TYPES]
    if named[:1] == ["Int64"] and any(value is not None and value.bit_length() >= _TOO_MANY_BITS for value in values):
        return "object"
    return named[0] if named else "object"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(getattr(value, name)) for name in type(value).model_fields}
    return [_plain(one) for one in value] if isinstance(value, tuple) else value
