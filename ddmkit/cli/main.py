"""The command line ``ddmkit``: its commands, and ``main``, the entry point.

Each command loads its heavy modules itself, so that the others start fast. ``exit_codes`` says how a command ends.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ddmkit.cleaning import json_text
from ddmkit.cli.drill import drill_command, drills_command
from ddmkit.cli.exit_codes import Commands, raise_on_sigterm
from ddmkit.cli.fleet import fleet_app
from ddmkit.cli.records import records_app
from ddmkit.config.paths import expand
from ddmkit.config.variables import Variables
from ddmkit.errors import InputError
from ddmkit.output import say, steady_output
from ddmkit.typed_times import parse_point_in_time

__all__ = ["app", "main"]

app = typer.Typer(
    help="Restore the metadata of Huawei Cloud DDM: checked, shown before it is sent, on the record.",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(records_app, name="records")
app.add_typer(fleet_app, name="fleet")
app.command("drill")(drill_command)
app.command("drills")(drills_command)
notebooks_app = typer.Typer(help="Get the notebook templates.", no_args_is_help=True)
app.add_typer(notebooks_app, name="notebooks")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output.")]
Now = Annotated[str | None, typer.Option("--now", help="Stop the world's clock at this time; with offset.")]
Scenario = Annotated[str | None, typer.Option("--scenario", help="The story of a new world; see `ddmkit scenarios`.")]
Edition = Annotated[
    str | None, typer.Option("--edition", help="Edition of the service to simulate: huawei (default), otc or early.")
]
Faults = Annotated[list[str] | None, typer.Option("--fault", help="A fault; repeat for more; see `ddmkit scenarios`.")]


# The hosts beside DDM's.
_BESIDE_DDM = ("rds_endpoint", "vpc_endpoint", "cts_endpoint")
# What the simulator prints for other clients, and for a restore to try.
_FOR_OTHER_CLIENTS = ("access_key", "secret_key", "user", "password", "domain")
_OF_A_RESTORE = ("source", "target", "data_nodes", "backup_id")


@app.command()
def demo(
    *,
    scenario: Scenario = None,
    edition: Edition = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Folder for world, notebook, report and record.")] = None,
    notebook_page: Annotated[
        bool, typer.Option("--notebook-page", help="Also write the executed notebook as a page, without its code.")
    ] = False,
    with_code: Annotated[
        bool, typer.Option("--with-code", help="Also write the executed notebook as a page, with its code.")
    ] = False,
    recovery: Annotated[
        bool, typer.Option("--recovery", help="Recover everything: data nodes, target and metadata, on whole-incident.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a whole restore on a new simulated world, in this terminal; write its record and a report for people."""
    from ddmkit.cli.demo import run_demonstration  # noqa: PLC0415  # heavy
    from ddmkit.cli.demo_recovery import run_recovery_demonstration  # noqa: PLC0415

    place = folder or Path(tempfile.mkdtemp(prefix="ddmkit-demo-"))
    if recovery:
        told = run_recovery_demonstration(
            place, scenario=scenario, edition=edition, say=lambda text: say(text, error=as_json)
        )
        if as_json:
            say(json_text(told))
        return
    result = run_demonstration(
        place,
        scenario=scenario,
        edition=edition,
        page="with code" if with_code else "without code" if notebook_page else "",
        say=lambda text: say(text, error=as_json),
    )
    if as_json:
        say(json_text(result))


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Folder for the notebooks.")] = Path("ddmkit-notebooks"),
    *,
    voila: Annotated[bool, typer.Option("--voila", help="Show the guided notebook as an app, without code.")] = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Loopback port; 0 chooses a free one.")] = 0,
    world: Annotated[
        Path | None, typer.Option("--world", help="File of a simulated world to continue in; by default a new world.")
    ] = None,
    scenario: Scenario = None,
) -> None:
    """Copy the notebooks to DIR, never over a file, and open them in JupyterLab."""
    from ddmkit.cli.lab import app_server, find_port, lab_server, new_world, serve  # noqa: PLC0415  # heavy
    from ddmkit.cli.worlds import describe_world, find_worlds  # noqa: PLC0415
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415

    require_lab()
    make = app_server if voila else lab_server
    folder = expand(folder, field="DIR")
    now = datetime.now(UTC)
    path = (expand(world, field="--world") if world else _world_in_environment()) or new_world(folder, now)
    earlier = find_worlds(folder, Path(), *(one for one in Path().iterdir() if one.is_dir()))
    again = shlex.join(["ddmkit", "lab", str(folder), *(["--voila"] if voila else [])])
    used = describe_world(path, earlier, now, named_by="--world" if world else "DDMKIT_DEMO_WORLD", again=again)
    if scenario is not None or path.exists():
        _require_world(path, scenario)
    server = make(folder, port=find_port(port), world=path)
    _copy(folder)
    say(_describe_start(used))
    serve(server, browser=browser, say=lambda text: say(f"\n{text}\n"))
    say(f"{server.name} has ended. To continue in the same world, add: --world {path}")


def _require_world(path: Path, scenario: str | None) -> None:
    """Open a world, or create that of a scenario, before a notebook opens it; an existing world must hold that scenario."""
    from ddmkit.simulator import World  # noqa: PLC0415  # an extra

    try:
        World(path, scenario).close()
    except ValueError as error:
        fix = "`ddmkit scenarios` lists the scenarios; a world is a file that the simulator made."
        raise InputError(f"{error}", field="--world, --scenario", fix=fix) from error
    except OSError as error:
        raise InputError(
            f"no world can be opened at {path} ({error.strerror}).", field="--world", fix="Name a file of a world."
        ) from error


def _world_in_environment() -> Path | None:
    named = Variables(os.environ).get("DDMKIT_DEMO_WORLD")
    return expand(named, field="DDMKIT_DEMO_WORLD") if named else None


def _copy(folder: Path) -> None:
    from ddmkit.notebook_templates import copy_templates  # noqa: PLC0415

    copied, kept = copy_templates(folder)
    for path in copied:
        say(f"copied  {path}")
    for path in kept:
        say(f"kept    {path} (it was there)")


def _describe_start(world: str) -> str:
    return f"""
The notebooks start on the embedded simulator: it needs no account, and nothing leaves this machine. All notebooks share one
world.
{world}

For a cloud, set `service` in a notebook's first code cell to a region. Credentials come from the environment of this
command or from your profile, never from a notebook.
Press Ctrl-C to stop. Keep the address to yourself: whoever has it can use your credentials."""


@notebooks_app.command("copy")
def copy_notebooks(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the notebooks; created if missing.")],
) -> None:
    """Copy the notebooks to DIR, never over a file, for a Jupyter of your own."""
    _copy(folder)


@app.command()
def scenarios(*, as_json: AsJson = False) -> None:
    """List the scenarios and faults of the simulator."""
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415

    require_lab()
    from ddmkit.simulator import DEFAULT_SCENARIO, FAULTS, SCENARIOS  # noqa: PLC0415  # an extra

    if as_json:
        say(json_text({"scenarios": dict(SCENARIOS), "default": DEFAULT_SCENARIO, "faults": dict(FAULTS)}))
        return
    say("Scenarios, for --scenario and for `scenario` in a notebook:")
    for name, text in SCENARIOS.items():
        say(f"  {name:<18}{text}{' (the default)' if name == DEFAULT_SCENARIO else ''}")
    say("\nFaults, for --fault and for `faults` in a notebook; each as NAME[@Operation][*TIMES|%PERCENT]:")
    for name, text in FAULTS.items():
        say(f"  {name:<26}{text}")


@app.command()
def simulate(
    *,
    scenario: Scenario = None,
    edition: Edition = None,
    fault: Faults = None,
    world: Annotated[Path | None, typer.Option("--world", help="File of a simulated world, opened or created.")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Loopback port; 0 chooses a free one.")] = 0,
    latency_ms: Annotated[int, typer.Option("--latency-ms", min=0, help="Delay of every answer, in milliseconds.")] = 0,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Run the simulator on a loopback port until Ctrl-C, and print endpoint, project and credentials to paste."""
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415
    from ddmkit.simulator import Simulator, serve_forever  # noqa: PLC0415  # an extra

    require_lab()
    path = None if world is None else expand(world, field="--world")
    fixed_now = None if now is None else parse_point_in_time(now, field="now")
    try:
        simulator = Simulator(
            world=path,
            scenario=scenario,
            faults=fault or (),
            now=fixed_now,
            latency_s=latency_ms / 1000,
            port=port,
            edition=edition,
        )
    except ValueError as error:
        say(f"ddmkit: {error}", error=True)
        raise typer.Exit(2) from error
    try:
        simulator.start()
    except OSError as error:
        simulator.close()
        raise InputError(
            f"port {port} cannot be used ({error.strerror}).",
            field="--port",
            fix="Name another port, or leave it out: a free port is chosen.",
        ) from error
    say(json_text(_facts_of(simulator)) if as_json else _describe_facts(simulator))
    serve_forever(simulator)


def _facts_of(simulator: Any) -> dict[str, Any]:
    facts = simulator.facts
    names = ("endpoint", "iam_endpoint", *_BESIDE_DDM, "project_id", "region", "token", *_FOR_OTHER_CLIENTS, *_OF_A_RESTORE)
    return {
        **{name: getattr(facts, name) for name in names},
        "data_nodes": list(facts.data_nodes),
        "world": str(simulator.world_path),
        "world_id": simulator.world_id,
        "scenario": simulator.scenario_name,
        "edition": simulator.edition,
    }


def _describe_facts(simulator: Any) -> str:
    facts = _facts_of(simulator)
    pasted = {
        "DDMKIT_ENDPOINT": facts["endpoint"],
        "DDMKIT_IAM_ENDPOINT": facts["iam_endpoint"],
        **{f"DDMKIT_{name.upper()}": facts[name] for name in _BESIDE_DDM},
        "DDMKIT_PROJECT_ID": facts["project_id"],
        "DDMKIT_TOKEN": facts["token"],
    }
    about = f"scenario {facts['scenario']}, edition {facts['edition']}, world {facts['world']}"
    lines = [f"Simulator: {about}. Press Ctrl-C to stop it. Paste into a shell:", ""]
    lines += [f"export {name}={value}" for name, value in pasted.items()]
    lines += ["", "For other clients (worth nothing anywhere else):"]
    lines += [f"  {name}: {facts[name]}" for name in _FOR_OTHER_CLIENTS]
    lines += [f"  auth_url, for OpenStack clients: {facts['iam_endpoint']}/v3", "A restore to try:"]
    lines += [f"  {name}: {facts[name]}" for name in _OF_A_RESTORE]
    return "\n".join(lines)


@app.command()
def explain(
    code: Annotated[str, typer.Argument(metavar="[CODE]", help="An error code, such as DBS.280001; by default all.")] = "",
) -> None:
    """Explain an error code of the service: its meaning, what to do, and whether anything was started."""
    from ddmkit.service.error_codes.explain import CODES  # noqa: PLC0415  # heavy

    asked = code.strip().casefold()
    wanted = [entry for entry in CODES.values() if asked in {"", entry.code.casefold()}]
    if not wanted:
        raise InputError(f"{code!r} is not a known error code.", field="CODE", fix="List the known ones: ddmkit explain")
    for entry in wanted:
        started = "nothing was started" if entry.started is False else "whether anything was started is not documented"
        say(f"{entry.code}: {entry.meaning}; {started}. {entry.advice}")


def main() -> None:
    """Run the command line."""
    raise_on_sigterm()
    with steady_output():
        app()
