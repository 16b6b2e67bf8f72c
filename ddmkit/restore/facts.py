"""Facts: an answer of the service, or the reason why it could not be read; several are read in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from ddmkit.errors import DDMKitError, NotFoundError
from ddmkit.service.client import Client
from ddmkit.service.codes import is_unpublished

__all__ = ["Fact", "Frozen", "facts_of", "read_in_parallel"]

K = TypeVar("K")
T = TypeVar("T")


class Frozen(BaseModel):
    """A value that is never changed once made."""

    model_config = ConfigDict(frozen=True)


class Fact(Frozen, Generic[T]):
    """One answer of the service: the value, or the reason why it could not be read.

    ``missing``: the service does not know the resource. ``unpublished``: this edition of the service does not have the call,
    so that trying again does not help.
    """

    value: T | None = None
    problem: str = ""
    missing: bool = False
    unpublished: bool = False

    @property
    def is_read(self) -> bool:
        """The service answered with a value."""
        return self.value is not None

    @classmethod
    def of(cls, answer: Any) -> Self:
        """Return the fact for a result of ``Client.gather``: a value, or the error of the read."""
        if isinstance(answer, DDMKitError):
            unpublished = is_unpublished(answer)
            missing = isinstance(answer, NotFoundError) and not unpublished
            return cls(problem=str(answer), missing=missing, unpublished=unpublished)
        if isinstance(answer, BaseException):
            raise answer
        return cls(value=answer)


def read_in_parallel(client: Client, calls: Mapping[K, Callable[[], Any]]) -> dict[K, Fact[Any]]:
    """Return a fact for each read, under the same key; what cannot be read becomes a fact with the reason."""
    return facts_of(calls, client.gather(list(calls.values())))


def facts_of(names: Iterable[K], answers: Iterable[Any]) -> dict[K, Fact[Any]]:
    """Return the facts for the results of ``Client.gather``, under the names of the reads."""
    return {name: Fact[Any].of(answer) for name, answer in zip(names, answers, strict=True)}
