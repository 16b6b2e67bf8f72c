"""The service's long-running work, and the words for its state."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import model_validator

from ddmkit.models.values import InstantOrNone, Listed, ServiceModel, Shared, Word

__all__ = ["JOB_WORDS", "Job"]


JOB_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "completed": frozenset({"completed", "complete", "success", "successful", "succeeded", "finished", "done"}),
        "failed": frozenset({"failed", "fail", "failure", "error"}),
        "undone": frozenset(
            {"rollbacksuccess", "rolledback", "cancelsuccess", "canceled", "cancelled", "cancel", "aborted", "terminated"}
        ),
        "running": frozenset(
            {"running", "expanding", "canceling", "cancelling", "rollbacking", "tobeswitched", "switching"}
            | {"pending", "init", "initial", "initializing", "initialized", "waiting", "queued", "queuing", "scheduled"}
            | {"created", "creating", "ready", "submitted", "started", "starting", "executing", "inprogress", "processing"}
        ),
    }
)
"""Words for the state of a job, from the service's pages and their synonyms, in lower case without blanks and signs."""


class Job(ServiceModel):
    """The service's own long-running work. Source: API pages ListTasks (``fail_reason``) and ShowDdmJobResult (without)."""

    id: str
    name: Shared = ""
    status: Word = ""
    created_time: InstantOrNone = None
    end_time: InstantOrNone = None
    process: Word = ""
    instance_id: Shared = ""
    instance_name: Shared = ""
    database_name: Shared = ""
    operations: Annotated[tuple[str, ...], Listed] = ()
    fail_reason: str = ""

    @model_validator(mode="before")
    @classmethod
    def _flatten_instance(cls, data: Any) -> Any:
        # ShowDdmJobResult nests the instance, ListTasks has flat fields; one model serves both.
        nested = data.get("instance") if isinstance(data, dict) else None
        if not isinstance(nested, dict):
            return data
        known = {name: value for name, value in data.items() if value is not None}
        return {"instance_id": nested.get("id"), "instance_name": nested.get("name"), **known}

    @property
    def progress(self) -> float | None:
        """The share that is done, from 0 to 1, or ``None`` if the service does not say (``process`` is like ``60%``)."""
        digits = self.process.strip().rstrip("%").strip()
        try:
            share = float(digits) / 100
        except ValueError:
            return 1.0 if self.is_completed else None
        return share if 0 <= share <= 1 else None

    @property
    def is_completed(self) -> bool:
        """Whether the service says that the job succeeded."""
        return self._stage == "completed"

    @property
    def is_failed(self) -> bool:
        """Whether the service says that the job failed."""
        return self._stage == "failed"

    @property
    def is_finished(self) -> bool:
        """Whether the job has ended, well or not. A job with an unknown status counts as running, never as successful."""
        return self._stage in {"completed", "failed", "undone"}

    @property
    def is_known_state(self) -> bool:
        """Whether ddmkit knows the job's status; a job with any other status counts as running."""
        return self._stage is not None

    @property
    def _stage(self) -> str | None:
        word = "".join(character for character in self.status.casefold() if character.isalnum())
        return next((stage for stage, words in JOB_WORDS.items() if word in words), None)
