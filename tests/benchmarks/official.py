"""The official SDK's side: the same calls, page by page and one after the other, as the author of a script writes them.

Where its request models have no fields for pages (data nodes and candidates end after ten rows there), the script adds
them to the query, so that both sides read the same pages.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.worlds import Incident, Service

__all__ = ["Script"]

PAGE = 128


class Script:
    """A script with the official client; ``requests`` counts what it sent."""

    def __init__(self, service: Service) -> None:
        import huaweicloudsdkddm.v1 as models
        from huaweicloudsdkcore.auth.credentials import BasicCredentials

        self._models = models
        keys = BasicCredentials(service.access_key, service.secret_key, service.project_id)
        self._client = models.DdmClient.new_builder().with_credentials(keys).with_endpoint(service.endpoint).build()
        self.requests = 0

    def close(self) -> None:
        """Let go of connections and threads."""
        self._client.get_http_client().close()
        self._client.get_http_client().executor.shutdown()

    def read_for_plan(self, incident: Incident) -> None:
        """Read what a plan needs, as `ddmkit.restore.inventory` does."""
        source, target = incident.source, incident.target
        nodes = self._read("show_related_dns", "ShowRelatedDnsRequest", "related_data_nodes", source, incident.restore_ms)
        self.list_backups(instance_id=source)
        self._read("show_avalible_time", "ShowAvalibleTimeRequest", "restorable_time_intervals", source)
        self._read("show_avalible_ddms", "ShowAvalibleDdmsRequest", "instances", source)
        for instance in (source, target):
            self._send(lambda one=instance: self._client.show_instance(self._models.ShowInstanceRequest(one)))
            self._read("list_databases", "ListDatabasesRequest", "databases", instance)
            self._read("list_ddm_users", "ListDdmUsersRequest", "users", instance)
        self._read_jobs()
        for node in nodes:
            wanted = (source, target, node.instance_id, incident.restore_ms)
            self._read("show_avalible_rds", "ShowAvalibleRdsRequest", "target_data_nodes", *wanted)

    def list_backups(self, **filters: str) -> list[Any]:
        """List all backups that pass the filter."""
        return self._read("list_backups", "ListBackupsRequest", "backups", **filters)

    def follow_by_id(self, job_ids: list[str]) -> int:
        """Look at each job by its id once; give how many have ended."""
        looks = [
            self._send(lambda one=job: self._client.show_ddm_job_result(self._models.ShowDdmJobResultRequest(one)))
            for job in job_ids
        ]
        return sum(look.job.status == "Completed" for look in looks)

    def _read_jobs(self) -> None:
        now = datetime.now(UTC)
        span = {
            name: int(at.timestamp() * 1000) for name, at in (("start_time", now - timedelta(days=7)), ("end_time", now))
        }
        self._read("list_tasks", "ListTasksRequest", "jobs", **span)

    def _read(self, method: str, request: str, rows: str, *fields: Any, **named: Any) -> list[Any]:
        found: list[Any] = []
        while True:
            model = getattr(self._models, request)(*fields, **named)
            answer = self._send(lambda model=model: self._page(method, model, len(found)))
            page = getattr(answer, rows)
            found.extend(page)
            if not page or len(found) >= answer.total:
                return found

    def _page(self, method: str, model: Any, offset: int) -> Any:
        if hasattr(model, "limit"):
            model.limit, model.offset = PAGE, offset
            return getattr(self._client, method)(model)
        call = getattr(self._client, f"_{method}_http_info")(model)
        call["query_params"] = [*call["query_params"], ("limit", PAGE), ("offset", offset)]
        return self._client._call_api(**call)

    def _send(self, call: Callable[[], Any]) -> Any:
        self.requests += 1
        return call()
