"""What every step of a restore needs: the client beside the record store and time; and a person's confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ddmkit.restore.proofs.witnesses import Witnesses
from ddmkit.sending.context import SendingContext
from ddmkit.sending.step import service_now
from ddmkit.service.client import Client

__all__ = ["Confirmation", "RestoreContext"]


@dataclass(frozen=True, kw_only=True)
class RestoreContext(SendingContext):
    """The client, the record store and the clock of a restore. ``witnesses`` are the services that are asked for proofs."""

    client: Client
    witnesses: Witnesses | None = None

    def service_now(self) -> datetime:
        """Return the present by the service's own clock, from the last answer; probes the service when there is none yet."""
        return service_now(self.client)


@dataclass(frozen=True)
class Confirmation:
    """A person's confirmation of a plan: the target's name, the accepted warnings, and the purpose."""

    operator: str
    target_name: str = ""
    accepted: frozenset[str] = frozenset()
    purpose: str = ""
    ticket: str = ""
