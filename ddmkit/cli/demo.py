"""The command ``ddmkit demo``: a whole restore on a new simulated world, by running the guided notebook.

It keeps the executed notebook, the record, and the record's report for people. The notebook as a page is written on request.

The command itself fills in the target's name and the plan's digest, which a person would type after reading the plan.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from ddmkit.config.paths import expand
from ddmkit.errors import DDMKitError
from ddmkit.factory import demo
from ddmkit.kit import Kit
from ddmkit.notebook_templates import require_lab, run_template, write_report

__all__ = ["run_demonstration"]

_NOTEBOOK = "00_guided_restore.ipynb"
# The simulated job takes 3 seconds here, 8 elsewhere: long enough to see it run.
_ENVIRONMENT = {"DDMKIT_DEMO_SPEED": "2.7"}


def run_demonstration(
    place: Path,
    *,
    scenario: str | None,
    edition: str | None = None,
    page: Literal["", "without code", "with code"] = "",
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Run a restore from start to end in a folder; return its result and the paths of its files.

    ``page`` asks for the executed notebook as an HTML page. Raises ``DDMKitError`` when the restore did not complete, or
    when a file would have held a known secret.
    """
    require_lab()
    # Absolute, because the notebook runs in that folder.
    place = expand(place).absolute()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    world = place / "world.sqlite"
    if world.exists():
        raise DDMKitError(f"{place} already holds a world. Choose an empty folder, or none: the default is a new one.")
    with demo(scenario=scenario, world=world, edition=edition) as kit:
        parameters = _choose_parameters(kit, world)
        say(f"Running {_NOTEBOOK} on a new simulator world in {place}")
        executed = run_template(
            _NOTEBOOK, parameters, place / _NOTEBOOK, say=say, secrets=kit.known_secrets, environment=_ENVIRONMENT
        )
        written = {"notebook": str(executed)}
        if page:
            shown = write_report(executed, place / "notebook.html", with_code=page == "with code", secrets=kit.known_secrets)
            written["page"] = str(shown)
        return _write_results(kit, written, place, say)


def _choose_parameters(kit: Kit, world: Path) -> dict[str, Any]:
    """Return the notebook's parameters, with the confirmations that a person would type after reading the plan."""
    facts = kit.scenario
    chosen: dict[str, Any] = {
        "source": facts.source,
        "target": facts.target,
        "data_nodes": list(facts.data_nodes),
        "backup_id": facts.backup_id,
    }
    plan = kit.plan(**chosen)
    return {
        "world": str(world),
        **chosen,
        "accept": list(plan.warnings),
        "confirm": plan.target_name,
        "digest": plan.digest,
        "purpose": "demonstration on the simulator",
    }


def _write_results(kit: Kit, written: dict[str, str], place: Path, say: Callable[[str], None]) -> dict[str, Any]:
    newest = kit.records.list()
    if not newest:
        raise DDMKitError(f"The notebook submitted nothing. See {written['notebook']}")
    record = kit.records.get(newest[0].id)
    report = record.export_page(place / "report.html")
    exported = record.export(place / f"{record.id}.ddmrecord.json")
    jobs = [job.model_dump(mode="json") for job in kit.jobs(timedelta(days=1))]
    paths = {"report": str(report), **written, "record": str(exported)}
    if record.state != "completed":
        raise DDMKitError(f"The restore is {record.state}, not completed. See {written['notebook']}")
    say("")
    for name, path in paths.items():
        say(f"{name + ':':<10}{path}")
    return {"state": record.state, "record_id": record.id, "job_id": record.job_id, "jobs": jobs, **paths}
