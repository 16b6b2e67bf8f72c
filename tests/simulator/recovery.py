"""Plain HTTP to the four hosts of a simulator, and the steps of a whole recovery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from ddmkit.simulator import Simulator
from tests import plain_http

NOW = datetime(2026, 5, 20, 9, 30, tzinfo=UTC)
PASSWORD = "Recover-2026"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Hosts:
    """The hosts of a simulator, each with the scenario's token."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator, self.facts = simulator, simulator.facts
        self.point = (self.facts.restore_time - EPOCH) // timedelta(milliseconds=1)
        headers = {"X-Auth-Token": self.facts.token}
        self.ddm, self.rds, self.vpc, self.cts = (
            plain_http.open_client(base_url=f"{endpoint}/", headers=headers)
            for endpoint in (
                self.facts.endpoint,
                self.facts.rds_endpoint,
                self.facts.vpc_endpoint,
                self.facts.cts_endpoint,
            )
        )
        self.v3, self.v1 = f"/v3/{self.facts.project_id}", f"/v1/{self.facts.project_id}"

    def close(self) -> None:
        for client in (self.ddm, self.rds, self.vpc, self.cts):
            client.close()

    def sources(self) -> list[str]:
        answer = self.ddm.get(
            f"{self.v3}/instances/{self.facts.source}/backups/related-dn", params={"restore_time": self.point}
        )
        return [row["instance_id"] for row in answer.json()["related_data_nodes"]]

    def node(self, node_id: str) -> dict[str, Any]:
        return dict(self.rds.get(f"{self.v3}/instances", params={"id": node_id}).json()["instances"][0])

    def body(self, source: str, **changes: Any) -> dict[str, Any]:
        row = self.simulator.world.storage.select("SELECT * FROM data_nodes WHERE id = ?", (source,))[0]
        pair = {"ha": {"mode": "Ha", "replication_mode": "async"}} if row["ha_mode"] == "Ha" else {}
        body = {
            "name": f"{row['name']}-7f3a9c",
            "flavor_ref": row["flavor_ref"],
            "volume": {"type": "CLOUDSSD", "size": 40},
            "availability_zone": row["zones"],
            "region": "simulator-1",
            "vpc_id": row["vpc_id"],
            "subnet_id": row["subnet_id"],
            "security_group_id": row["security_group_id"],
            "password": PASSWORD,
            "port": "3306",
            "time_zone": "UTC+08:00",
            "backup_strategy": {"start_time": "19:00-20:00", "keep_days": 7},
            "restore_point": {"instance_id": source, "type": "timestamp", "restore_time": self.point},
            **pair,
            **changes,
        }
        return {name: value for name, value in body.items() if value is not None}

    def create(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        return self.rds.post(f"{self.v3}/instances", json=body, headers=headers)

    def recover(self, source: str, **changes: Any) -> str:
        """Recover a node and wait until it is quiet; return its id."""
        answer = self.create(self.body(source, **changes))
        assert answer.status_code == 202, answer.text
        self.simulator.advance(timedelta(minutes=10))
        return str(answer.json()["instance"]["id"])

    def job(self, job_id: str) -> httpx.Response:
        return self.rds.get(f"{self.v3}/jobs", params={"id": job_id})

    def traces(self, **query: Any) -> list[dict[str, Any]]:
        end = (self.simulator.now() - EPOCH) // timedelta(milliseconds=1)
        asked = {"trace_type": "system", "limit": 200, "from": end - 86_400_000, "to": end + 86_400_000, **query}
        answer = self.cts.get(f"{self.v3}/traces", params=asked)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["traces"])

    def target_body(self, **changes: Any) -> dict[str, Any]:
        row = self.simulator.world.storage.select("SELECT * FROM instances WHERE id = ?", (self.facts.source,))[0]
        network = {name: row[name] for name in ("vpc_id", "subnet_id", "security_group_id")}
        return {
            "name": "ddm-restored-7f3a",
            "flavor_ref": "ddm.c6.xlarge.2",
            "node_num": 2,
            "engine_version": "3.1.5.0",
            "available_zones": ["az1", "az2"],
            **network,
            **changes,
        }

    def create_target(self, **changes: Any) -> httpx.Response:
        return self.ddm.post(f"{self.v3}/instances", json=self.target_body(**changes))

    def restore(self, target: str, nodes: list[str]) -> httpx.Response:
        body = {"source": {"restore_time": self.point}, "target": {"instance_id": target, "data_nodes": nodes}}
        path = f"{self.v3}/instances/{self.facts.source}/backups/metadata-recovery"
        return self.ddm.post(path, json=body)
