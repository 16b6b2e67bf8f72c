"""A notebook from a record: the guided template with the record's parameters, so that a person can repeat the restore.

The confirmations, which are the target's name and the plan's digest, stay empty: running all cells submits nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ddmkit.display.record_markdown import escape
from ddmkit.errors import RecordError
from ddmkit.notebook_templates import find_templates, read_template
from ddmkit.records.files.export import write_whole
from ddmkit.records.files.origin import service_to_use
from ddmkit.records.reader import object_in
from ddmkit.records.runs import RunData
from ddmkit.recovery.plan import RecoveryPlan, recovery_plan_of
from ddmkit.restore.plan import RestorePlan, plan_of
from ddmkit.times import format_utc, to_ms

__all__ = ["require_free", "write_notebook"]

_TEMPLATE, _RECOVERY_TEMPLATE = "00_guided_restore.ipynb", "05_whole_recovery.ipynb"
_ASSIGNMENT = re.compile(r"^(\w+) = ")


def require_free(path: Path) -> None:
    """Raise ``RecordError`` when something is at the path of a new notebook, even a broken link or a folder."""
    if path.exists() or path.is_symlink():
        raise RecordError(f"The notebook was not written: {path} is there already. Choose another name.")


def write_notebook(run: RunData, path: Path, *, world: Path | None, configured: str = "") -> Path:
    """Write the notebook of a run, and return its path.

    Args:
        run: The run whose plan has the parameters.
        path: The new file.
        world: A simulator's world for the notebook to run on; without one, it runs on the service of the run.
        configured: The endpoint of this machine. The notebook names the service only when it is this endpoint or a region.

    Raises:
        RecordError: The run holds no plan, the path is taken, or the file cannot be written.
    """
    require_free(path)
    service = "simulator" if world is not None else service_to_use(run, configured)
    is_restore = run.header.kind == "restore"
    known = _parameters(plan_of(run)) if is_restore else _recovery_parameters(recovery_plan_of(run))
    where = {"service": service, "world": str(world) if world is not None else ""}
    values = {**where, **known, "purpose": run.header.purpose, "ticket": run.header.ticket}
    notebook = read_template(find_templates() / (_TEMPLATE if is_restore else _RECOVERY_TEMPLATE))
    for cell in notebook["cells"]:
        if "parameters" in cell.get("metadata", {}).get("tags", ()):
            cell["source"] = _set_parameters("".join(cell["source"]), values)
    notebook["cells"].insert(0, _origin_cell(run, service))
    write_whole(path, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "notebook")
    return path


def _parameters(plan: RestorePlan) -> dict[str, Any]:
    request = plan.request
    return {
        "source": request.source_instance_id,
        "target": request.target_instance_id,
        "data_nodes": list(request.data_nodes),
        "backup_id": request.backup_id or "",
        "restore_time": request.restore_time_ms if request.restore_time_ms is not None else "",
        "time_zone": plan.time_zone,
        "incident": "" if plan.incident is None else to_ms(plan.incident),
    }


def _recovery_parameters(plan: RecoveryPlan) -> dict[str, Any]:
    return {
        "source": plan.source_id,
        "restore_time": "" if plan.backup_id is not None else plan.instant.ms,
        "backup_id": plan.backup_id or "",
        "time_zone": plan.time_zone,
        "incident": "" if plan.incident is None else to_ms(plan.incident),
        "nodes": {node.source_id: node.existing_id for node in plan.nodes if node.existing_id},
        "target": plan.target.existing_id or "new",
        "like": object_in(plan.inputs, "like"),
        "throwaway": plan.throwaway,
    }


def _set_parameters(source: str, values: Mapping[str, Any]) -> str:
    """Replace the literals of the parameters in the template's source."""
    lines = []
    for line in source.splitlines():
        named = _ASSIGNMENT.match(line)
        lines.append(f"{named[1]} = {_literal(values[named[1]])}" if named and named[1] in values else line)
    return "\n".join(lines)


def _literal(value: Any) -> str:
    """Return a value as Python: the JSON of text and of lists of text is valid Python."""
    return json.dumps(value) if isinstance(value, str | list) else repr(value)


def _origin_cell(run: RunData, service: str) -> dict[str, Any]:
    name = escape(run.service)
    where = {
        "simulator": "It runs on the world that the record saw, rebuilt in the simulator.",
        "": f"The record is of the service {name}. That is neither a known region nor the endpoint that is configured on "
        "this machine, so `service` is empty: an address from a record is never used with your credentials. If this service "
        "is yours, set `DDMKIT_ENDPOINT` on this machine and write the same address into `service`.",
    }.get(service, f"It runs on the service of the record, {name}.")
    what = "restore" if run.header.kind == "restore" else "recovery"
    text = f"This notebook repeats the {what} of record {escape(run.id)}, begun {format_utc(run.created)}. {where}"
    end = "Nothing is submitted until you fill in `confirm` and `digest`."
    return {"cell_type": "markdown", "id": "record-00", "metadata": {}, "source": f"{text}\n\n{end}"}
