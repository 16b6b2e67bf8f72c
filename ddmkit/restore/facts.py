"""Facts: an answer of the service, or the reason why it could not be read; several are read in parallel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, Protocol, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from ddmkit.errors import DDMKitError, NotFoundError
from ddmkit.service.error_codes.explain import is_unpublished

__all__ = ["Executor", "Fact", "Frozen", "facts_of", "read_in_parallel", "run_together", "try_in_parallel", "try_read"]

K = TypeVar("K")
T = TypeVar("T")
U = TypeVar("U")


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

    def map(self, read: Callable[[T], U]) -> Fact[U]:
        """Return the fact with what is made of its value, or with the same reason."""
        if self.value is None:
            return Fact(problem=self.problem, missing=self.missing, unpublished=self.unpublished)
        return Fact(value=read(self.value))


class Executor(Protocol):
    """What runs reads in parallel: a client."""

    def gather(self, calls: Sequence[Callable[[], T]]) -> list[T | DDMKitError]:
        """Run reads and return their results in order; an error takes its result's place."""


def read_in_parallel(client: Executor, calls: Mapping[K, Callable[[], Any]]) -> dict[K, Fact[Any]]:
    """Return a fact for each read, under the same key; what cannot be read becomes a fact with the reason."""
    return facts_of(calls, client.gather(list(calls.values())))


def facts_of(names: Iterable[K], answers: Iterable[Any]) -> dict[K, Fact[Any]]:
    """Return the facts for the results of ``Client.gather``, under the names of the reads."""
    return {name: Fact[Any].of(answer) for name, answer in zip(names, answers, strict=True)}


def try_read(call: Callable[[], T]) -> Fact[T]:
    """Return a fact for a read; an error of the service is the reason in the fact, whatever it is."""
    try:
        return Fact[Any].of(call())
    except DDMKitError as error:
        return Fact[Any].of(error)


def try_in_parallel(client: Executor, calls: Mapping[K, Callable[[], Any]]) -> dict[K, Fact[Any]]:
    """Read as ``read_in_parallel`` does; rejected credentials are a reason too: another service may accept them."""
    answers = client.gather([partial(try_read, call) for call in calls.values()])
    return {name: one if isinstance(one, Fact) else Fact[Any].of(one) for name, one in zip(calls, answers, strict=True)}


def run_together(client: Executor, *parts: Callable[[], Any]) -> list[Any]:
    """Run parts that read facts at the same time and return what each returns; an error ends all and is raised."""
    answers = client.gather(parts)
    for one in answers:
        if isinstance(one, DDMKitError):
            raise one
    return answers
