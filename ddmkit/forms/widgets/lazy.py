"""Parts of a form that are made when they are first needed, so that a page loads only what it shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from ddmkit.forms.widgets.background import FORM_LOCK

__all__ = ["Lazy"]

T = TypeVar("T")


class Lazy(Generic[T]):
    """A part that ``make`` makes at the first ``get``. ``made`` is the part, or ``None`` before that."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self.made: T | None = None

    def get(self) -> T:
        """Return the part; make it first if nobody has needed it yet."""
        with FORM_LOCK:
            if self.made is None:
                self.made = self._make()
            return self.made
