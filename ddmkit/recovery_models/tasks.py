"""Jobs and tasks of the data nodes' service (RDS), read tolerantly. Source: rds-api.md 4."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from pydantic import model_validator

from ddmkit.models import Job, Word
from ddmkit.recovery_models.loose import LooseInstant, LooseModel, LooseText, Texts, parse_json_text, strip_keys

__all__ = ["NodeTask", "RdsJob", "TaskDetail"]


class RdsJob(Job):
    """A job of the data nodes' service. ``created_time`` and ``end_time`` are ``created`` and ``ended`` in its answers.

    ``instance_id`` is the instance that the job makes: the link from a request to its instance.
    Source: API page ListJobInfo.
    """

    created_time: LooseInstant = None
    end_time: LooseInstant = None
    resource_ids: Texts = ()

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = strip_keys(data)
        entities = named.get("entities") if isinstance(named.get("entities"), dict) else {}
        resources = (entities or {}).get("resource_ids") or (entities or {}).get("resource_id")
        known = {"created_time": named.get("created"), "end_time": named.get("ended"), "resource_ids": resources}
        return {**{name: value for name, value in known.items() if value is not None}, **named}


class NodeTask(LooseModel):
    """A row of the task list of the last 30 days; it holds no parameters. Source: API page ListTasks (RDS)."""

    id: LooseText = ""
    name: Word = ""
    instance_id: LooseText = ""
    instance_name: LooseText = ""
    instance_status: Word = ""
    process: Word = ""
    fail_reason: LooseText = ""
    status: Word = ""
    create_time: LooseInstant = None
    end_time: LooseInstant = None


class TaskDetail(LooseModel):
    """A task with its parameters, as far as the service shows them. Source: API page ListJobInfoDetail.

    The page describes SQL Server only; an answer about MySQL would be a strong witness, silence means nothing.
    ``restore_time`` is an instant because no page names the unit; it is ``None`` when the text cannot be read.
    """

    id: LooseText = ""
    name: Word = ""
    status: Word = ""
    created: LooseInstant = None
    ended: LooseInstant = None
    fail_reason: LooseText = ""
    source_instance_id: LooseText = ""
    target_instance_id: LooseText = ""
    type: Word = ""
    backup_id: LooseText = ""
    restore_time: LooseInstant = None

    @model_validator(mode="before")
    @classmethod
    def _read_detail(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        named = strip_keys(data)
        return {**named, **_read_parameters(named.get("task_detail"))}


_PARAMETERS = MappingProxyType(
    {
        "source_instance_id": "sourceInstanceId",
        "target_instance_id": "targetInstanceId",
        "backup_id": "backupId",
        "restore_time": "restoreTime",
        "type": "type",
    }
)


def _read_parameters(detail: Any) -> dict[str, Any]:
    """Return the parameters of a task: from an object, from JSON text, or from fragments of such a text.

    A parameter that the fragments give twice with different values is left out.
    """
    parsed = parse_json_text(detail)
    if isinstance(parsed, dict):
        found = {ours: parsed[theirs] for ours, theirs in _PARAMETERS.items() if isinstance(parsed.get(theirs), str | int)}
        if found:
            return found
    text = detail if isinstance(detail, str) else json.dumps(detail, ensure_ascii=False, default=str)
    pieces = {ours: set(_find_values(text.replace("\\", ""), theirs)) for ours, theirs in _PARAMETERS.items()}
    return {ours: values.pop() for ours, values in pieces.items() if len(values) == 1}


def _find_values(text: str, name: str) -> Iterator[str]:
    for found in re.finditer(rf'(?<![0-9A-Za-z]){name}"*\s*:\s*"*\s*([0-9A-Za-z][0-9A-Za-z:.+_-]*)', text):
        yield found[1]
