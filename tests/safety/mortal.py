"""Kits on a world to recover, whose program can be killed at any write of its store and at any request."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ddmkit.config.credentials import TokenCredentials
from ddmkit.config.settings import Settings
from ddmkit.kit import Kit
from ddmkit.service.client import Client
from ddmkit.simulator import Simulator
from tests.safety.senders import Lost


def open_kit(simulator: Simulator, records: Path, operator: str, *, wrong_by: Callable[[], timedelta]) -> Kit:
    """Return a kit as another kernel would have it; whoever waits moves the world's clock instead."""
    facts = simulator.facts
    given = {name: getattr(facts, name) for name in ("project_id", "region", "rds_endpoint", "vpc_endpoint", "cts_endpoint")}
    kit = Kit(
        Settings(
            endpoint=simulator.endpoint,
            credentials=TokenCredentials(SecretStr(facts.token)),
            credential_source="a test",
            **given,
        ),
        records=records,
        operator=operator,
        now=lambda: simulator.now() + wrong_by(),
        sleep=lambda seconds: simulator.advance(timedelta(seconds=seconds)),
        identity=simulator.world_id,
    )
    kit._opened = replace(kit._context, grace=timedelta(seconds=4), poll_every_s=2.0)
    return kit


patient_client = functools.partial(Client, sleep=lambda seconds: None)
"""A client that does not wait before it repeats a read."""


class Mortal:
    """Lets a kit's program be killed: before or after the write, or the request, with a number.

    A program that was killed says and writes nothing any more: each further write and each further request kills again.
    """

    def __init__(self, kit: Kit, *, at: int, after: bool, reads: bool) -> None:
        self._kit, self._at, self._after, self._reads = kit, at, after, reads
        self._numbers, self._lock = itertools.count(), threading.Lock()
        self.is_dead = False

    @contextmanager
    def living(self) -> Iterator[Mortal]:
        """Count from here; the kit is as before afterwards if it has survived."""
        cloud, store = self._kit._cloud, self._kit._context.store
        clients = (cloud.ddm, cloud.rds, cloud.vpc, cloud.cts)
        store._write = self._watch(store._write, lambda *_: True)
        for client in clients:
            client._exchange = self._watch(client._exchange, lambda _, call, *__: self._reads or not call.is_read)
        try:
            yield self
        finally:
            del store._write
            for client in clients:
                del client._exchange

    def _watch(self, act: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
        def watched(*arguments: Any, **options: Any) -> Any:
            strikes = self._strikes(counts(*arguments))
            if strikes and not self._after:
                self._die()
            result = act(*arguments, **options)
            if strikes:
                self._die()
            return result

        return watched

    def _strikes(self, counts: bool) -> bool:
        with self._lock:
            if self.is_dead:
                raise Lost
            return counts and next(self._numbers) == self._at

    def _die(self) -> None:
        self.is_dead = True
        raise Lost
