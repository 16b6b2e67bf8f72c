"""The same verbs from a shell: ``demo``, ``lab``, ``notebooks``, ``simulate``, ``records``, ``explain``.

Exit codes: 0 done, 1 refused or failed (the reason on standard error), 2 wrong usage, 3 outcome unknown.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ddmkit.cleaning import json_text
from ddmkit.cli.exit_codes import Commands, raise_on_sigterm
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
notebooks_app = typer.Typer(help="Get the notebook templates.", no_args_is_help=True)
app.add_typer(notebooks_app, name="notebooks")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value on standard output.")]
Now = Annotated[str | None, typer.Option("--now", help="Let the world's clock stand at this time, with offset.")]
Scenario = Annotated[str | None, typer.Option("--scenario", help="The story of a new world; see `ddmkit scenarios`.")]
Edition = Annotated[
    str | None, typer.Option("--edition", help="The edition of the service to play: huawei (default), otc or early.")
]
Faults = Annotated[list[str] | None, typer.Option("--fault", help="A fault; may be given again; see `ddmkit scenarios`.")]


@app.command()
def demo(
    *,
    scenario: Scenario = None,
    edition: Edition = None,
    folder: Annotated[Path | None, typer.Option("--dir", help="Where to put world, notebook, report and record.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run the guided notebook from start to end on a new simulator world, in this terminal."""
    from ddmkit.cli.demo import run_demonstration  # noqa: PLC0415  # heavy, and only this command's

    place = folder or Path(tempfile.mkdtemp(prefix="ddmkit-demo-"))
    told = run_demonstration(place, scenario=scenario, edition=edition, say=lambda text: say(text, error=as_json))
    if as_json:
        say(json_text(told))


@app.command()
def lab(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the notebooks go.")] = Path("ddmkit-notebooks"),
    *,
    voila: Annotated[bool, typer.Option("--voila", help="Show the guided notebook as an app, without code.")] = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Loopback port; 0 takes a free one.")] = 0,
    world: Annotated[
        Path | None, typer.Option("--world", help="The simulator's world file, to go on in it; a new one if left out.")
    ] = None,
    scenario: Scenario = None,
) -> None:
    """Copy the notebook templates to DIR, never over a file, and open JupyterLab on them."""
    from ddmkit.cli.lab import app_server, find_port, lab_server, new_world, serve  # noqa: PLC0415  # only this command's
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415

    require_lab()
    make = app_server if voila else lab_server
    folder = expand(folder, field="DIR")
    chosen = (expand(world, field="--world") if world else _world_asked_for()) or new_world(folder, datetime.now(UTC))
    if scenario is not None:
        _make_world(chosen, scenario)
    server = make(folder, port=find_port(port), world=chosen)
    _copy(folder)
    say(_describe_start(chosen))
    serve(server, browser=browser, say=lambda text: say(f"\n{text}\n"))
    say(f"{server.name} has ended. To go on in the same world: add --world {chosen}")


def _make_world(place: Path, scenario: str) -> None:
    """Make the world of a scenario before a notebook opens it; one that is there already has to hold that scenario."""
    from ddmkit.simulator import World  # noqa: PLC0415  # an extra

    try:
        World(place, scenario).close()
    except ValueError as error:
        raise InputError(f"{error}", field="--scenario", fix="`ddmkit scenarios` lists them.") from error


def _world_asked_for() -> Path | None:
    named = Variables(os.environ).get("DDMKIT_DEMO_WORLD")
    return expand(named, field="DDMKIT_DEMO_WORLD") if named else None


def _copy(folder: Path) -> None:
    from ddmkit.notebook_templates import copy_templates  # noqa: PLC0415  # only for the commands about notebooks

    copied, kept = copy_templates(folder)
    for place in copied:
        say(f"copied  {place}")
    for place in kept:
        say(f"kept    {place} (it was there)")


def _describe_start(world: Path) -> str:
    return f"""
The notebooks start on the embedded simulator: it needs no account, and nothing leaves this machine. All of them see one
world, with its records: {world}
For a cloud, set `service` in a notebook's first cell of code to a region. Credentials come from the environment of this
command or from your profile, never from a notebook.
Ctrl-C ends this. The address is for you alone: whoever has it can use your credentials."""


@notebooks_app.command("copy")
def copy_notebooks(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the notebooks go; made when it is not there.")],
) -> None:
    """Copy the notebook templates to DIR, never over a file, for a Jupyter of your own."""
    _copy(folder)


@app.command()
def scenarios(*, as_json: AsJson = False) -> None:
    """List the scenarios and the faults of the simulator."""
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415  # only for what needs the extra

    require_lab()
    from ddmkit.simulator import DEFAULT_SCENARIO, FAULTS, SCENARIOS  # noqa: PLC0415  # an extra

    if as_json:
        say(json_text({"scenarios": dict(SCENARIOS), "default": DEFAULT_SCENARIO, "faults": dict(FAULTS)}))
        return
    say("Scenarios, for --scenario, and for `scenario` in a notebook:")
    for name, text in SCENARIOS.items():
        say(f"  {name:<18}{text}{' (the default)' if name == DEFAULT_SCENARIO else ''}")
    say("\nFaults, for --fault, and for `faults` in a notebook; each as NAME[@Operation][*TIMES|%PERCENT]:")
    for name, text in FAULTS.items():
        say(f"  {name:<18}{text}")


@app.command()
def simulate(
    *,
    scenario: Scenario = None,
    edition: Edition = None,
    fault: Faults = None,
    world: Annotated[Path | None, typer.Option("--world", help="World file to open or create.")] = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Loopback port; 0 takes a free one.")] = 0,
    latency_ms: Annotated[int, typer.Option("--latency-ms", min=0, help="Added to every request.")] = 0,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Run the simulator on a loopback port until Ctrl-C; prints endpoint, project and credentials to paste."""
    from ddmkit.notebook_templates import require_lab  # noqa: PLC0415
    from ddmkit.simulator import Simulator, serve_forever  # noqa: PLC0415  # an extra, and only this command's

    require_lab()
    stands_at = None if now is None else parse_point_in_time(now, field="now")
    place = None if world is None else expand(world, field="--world")
    try:
        simulator = Simulator(
            world=place,
            scenario=scenario,
            faults=fault or (),
            now=stands_at,
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
            fix="Name another, or none: a free one is found.",
        ) from error
    say(json_text(_facts_of(simulator)) if as_json else _describe_facts(simulator))
    serve_forever(simulator)


def _facts_of(simulator: Any) -> dict[str, Any]:
    facts = simulator.facts
    names = (
        "endpoint",
        "iam_endpoint",
        "project_id",
        "region",
        "token",
        "access_key",
        "secret_key",
        "user",
        "password",
        "domain",
    )
    chosen = {
        "source": facts.source,
        "target": facts.target,
        "data_nodes": list(facts.data_nodes),
        "backup_id": facts.backup_id,
    }
    about = {
        "world": str(simulator.world_path),
        "world_id": simulator.world_id,
        "scenario": simulator.scenario_name,
        "edition": simulator.edition,
    }
    return {**{name: getattr(facts, name) for name in names}, **chosen, **about}


def _describe_facts(simulator: Any) -> str:
    facts = _facts_of(simulator)
    pasted = {
        "DDMKIT_ENDPOINT": facts["endpoint"],
        "DDMKIT_IAM_ENDPOINT": facts["iam_endpoint"],
        "DDMKIT_PROJECT_ID": facts["project_id"],
        "DDMKIT_TOKEN": facts["token"],
    }
    played = f"scenario {facts['scenario']}, edition {facts['edition']}; world {facts['world']}"
    lines = [f"Simulator of {played}. Ctrl-C ends it. Paste into a shell:", ""]
    lines += [f"export {name}={value}" for name, value in pasted.items()]
    lines += ["", "For other clients (worth nothing anywhere else):"]
    lines += [f"  {name}: {facts[name]}" for name in ("access_key", "secret_key", "user", "password", "domain")]
    lines += [f"  auth_url, for OpenStack clients: {facts['iam_endpoint']}/v3", "A restore to try:"]
    lines += [f"  {name}: {facts[name]}" for name in ("source", "target", "data_nodes", "backup_id")]
    return "\n".join(lines)


@app.command()
def explain(
    code: Annotated[
        str, typer.Argument(metavar="[CODE]", help="An error code, such as DBS.280001; all when left out.")
    ] = "",
) -> None:
    """Describe what an error code of the service means, what to do, and whether anything was started."""
    from ddmkit.service.codes import CODES  # noqa: PLC0415  # only this command's

    asked = code.strip().casefold()
    wanted = [entry for entry in CODES.values() if asked in {"", entry.code.casefold()}]
    if not wanted:
        raise InputError(
            f"{code!r} is in no table of the service.", field="CODE", fix="List all that are known: ddmkit explain"
        )
    for entry in wanted:
        started = "nothing was started" if entry.started is False else "whether anything was started is left open"
        say(f"{entry.code}: {entry.meaning}; {started}. {entry.advice}")


def main() -> None:
    """Run the command line."""
    raise_on_sigterm()
    with steady_output():
        app()
