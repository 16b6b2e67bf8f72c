"""Reproducible ids and credentials: the same scenario always has the same ones.

Everything is derived by hashing names, so neither the order of creation nor a random state matters. The only random id is
that of a world; `world.world` creates it.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["Credentials", "Seed"]


@dataclass(frozen=True)
class Seed:
    """Derives ids from names: the same scenario and name have the same id on every machine."""

    scenario: str

    def hexadecimal(self, *names: object) -> str:
        """Return 32 hexadecimal digits derived from names."""
        return self._digest(names).hex()[:32]

    def instance(self, name: object) -> str:
        """Return the id of a DDM instance: 32 digits and `in09`. Source: ddm-api.md 1.2."""
        return self.hexadecimal("instance", name) + "in09"

    def data_node(self, name: object) -> str:
        """Return the id of an RDS for MySQL instance: 32 digits and `in01`. Source: ddm-api.md 1.2."""
        return self.hexadecimal("data node", name) + "in01"

    def backup(self, name: object) -> str:
        """Return the id of a metadata backup: 32 digits and `br09`. Source: ddm-api.md 1.2."""
        return self.hexadecimal("backup", name) + "br09"

    def job(self, name: object) -> str:
        """Return the id of a job: 32 digits, one of the two documented forms. Source: ddm-api.md 1.2."""
        return self.hexadecimal("job", name)

    def uuid(self, *names: object) -> str:
        """Return an id with dashes, the form of VPC, subnet and security group ids."""
        digits = self.hexadecimal("uuid", *names)
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def number(self, below: int, *names: object) -> int:
        """Return an integer from 0 to `below` - 1."""
        return int.from_bytes(self._digest(("number", *names))[:8], "big") % below

    def credentials(self) -> Credentials:
        """Return the keys, user and project of this scenario."""
        return Credentials(
            project_id=self.hexadecimal("project"),
            access_key=self.text(20, "access key").upper(),
            secret_key=self.text(40, "secret key"),
            temporary_access_key=self.text(20, "temporary access key").upper(),
            temporary_secret_key=self.text(40, "temporary secret key"),
            security_token=self.text(96, "security token"),
            user="simulator-operator",
            password="Sim-" + self.text(16, "password"),
            domain="simulator-domain",
        )

    def token(self, generation: int) -> str:
        """Return the scenario's own token; each expiry of all tokens begins a new generation."""
        return _token(self, generation)

    def text(self, length: int, *names: object) -> str:
        """Return letters and digits derived from names."""
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            encoded = base64.b64encode(self._digest(("text", *names, len(parts)))).decode()
            parts.append("".join(character for character in encoded if character.isalnum()))
        return "".join(parts)[:length]

    def _digest(self, names: tuple[object, ...]) -> bytes:
        return hashlib.sha256("\x1f".join([self.scenario, *map(str, names)]).encode()).digest()


@lru_cache(maxsize=64)  # every request is compared with it
def _token(seed: Seed, generation: int) -> str:
    return "MIISIM" + seed.text(154, "token", generation)


@dataclass(frozen=True)
class Credentials:
    """All credentials that the simulator accepts. They are useless elsewhere, so plain text is safe."""

    project_id: str
    access_key: str
    secret_key: str
    temporary_access_key: str
    temporary_secret_key: str
    security_token: str
    user: str
    password: str
    domain: str
