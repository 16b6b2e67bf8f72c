"""The restore request, written strictly."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ddmkit.times import from_ms

__all__ = ["RestoreRequest"]


class RestoreRequest(BaseModel):
    """The restore request, validated strictly, so that ddmkit sends exactly what it shows.

    ``source_instance_id`` goes into the path, everything else into the body. Source: API page RestoreMetadata.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source_instance_id: str = Field(min_length=1)
    target_instance_id: str = Field(min_length=1)
    data_nodes: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    backup_id: str | None = Field(default=None, min_length=1)
    restore_time_ms: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _exactly_one_point(self) -> Self:
        if (self.backup_id is None) == (self.restore_time_ms is None):
            raise ValueError("exactly one of backup_id and restore_time is sent")
        return self

    @property
    def restore_time(self) -> datetime | None:
        """The point in time, or ``None`` when a backup was chosen."""
        return None if self.restore_time_ms is None else from_ms(self.restore_time_ms)

    def body(self) -> dict[str, Any]:
        """Return the exact JSON object that would be sent (``data_nodes`` inside ``target``, integer milliseconds)."""
        source = {"backup_id": self.backup_id} if self.backup_id is not None else {"restore_time": self.restore_time_ms}
        return {
            "source": source,
            "target": {"instance_id": self.target_instance_id, "data_nodes": list(self.data_nodes)},
        }

    def body_json(self) -> str:
        """Return the body as the exact text that is sent."""
        return json.dumps(self.body(), ensure_ascii=False, separators=(",", ":"))
