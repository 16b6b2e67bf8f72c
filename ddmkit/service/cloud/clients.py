"""One client per service of the same cloud. Each has its own host, because the same paths mean other things elsewhere."""

from __future__ import annotations

import threading
from typing import TypeVar

from ddmkit.errors import InputError
from ddmkit.service.client import Client
from ddmkit.service.cts.client import CtsClient
from ddmkit.service.lists.reader import Reader
from ddmkit.service.rds.client import RdsClient
from ddmkit.service.vpc.client import VpcClient

__all__ = ["CloudClients"]

C = TypeVar("C", bound=Reader)


class CloudClients:
    """The clients of DDM, RDS, VPC and CTS; those beside DDM are made when they are first used.

    They share the credentials, the token and its renewal, and the look-up of the project. ``rds``, ``vpc`` and ``cts`` raise
    ``InputError`` when the service's address is not known.
    """

    def __init__(self, ddm: Client) -> None:
        self.ddm = ddm
        self._lock = threading.Lock()
        self._made: dict[str, Reader] = {}

    @property
    def rds(self) -> RdsClient:
        """The client of the data nodes' service."""
        return self._client(RdsClient, "rds_endpoint", self.ddm.settings.rds_endpoint)

    @property
    def vpc(self) -> VpcClient:
        """The client of the network service."""
        return self._client(VpcClient, "vpc_endpoint", self.ddm.settings.vpc_endpoint)

    @property
    def cts(self) -> CtsClient:
        """The client of the audit trail."""
        return self._client(CtsClient, "cts_endpoint", self.ddm.settings.cts_endpoint)

    def close(self) -> None:
        """Close all clients; jobs in the cloud continue."""
        with self._lock:
            for client in self._made.values():
                client.close()
        self.ddm.close()

    def _client(self, kind: type[C], field: str, endpoint: str) -> C:
        if not endpoint:
            raise InputError(
                "is not known: the endpoint of DDM is not a region's own.",
                field=field,
                fix=f"Give {field}=, or set DDMKIT_{field.upper()}.",
            )
        with self._lock:
            made = self._made.get(field)
            if not isinstance(made, kind):
                made = self._made[field] = self.ddm.make_companion(kind, endpoint)
            return made
