"""The same restore as Python."""

import ddmkit
from ddmkit.forms.logic.script import write_script
from ddmkit.models import RestoreRequest


def test_the_script_makes_the_very_plan(kit, given):
    plan = kit.plan(**given)
    script = write_script(plan, kit.settings, accept=plan.warnings, world=kit.simulator.world_path)
    names = {}
    exec(script.split("print(plan)")[0], names)  # noqa: S102  # what a person would paste
    assert names["plan"].digest == plan.digest
    names["kit"].close()
    compile(script, "pasted", "exec")


def test_on_a_cloud_it_connects_and_holds_no_secret(kit, given):
    plan = kit.plan(**{**given, "backup_id": None, "restore_time": kit.scenario.restore_time})
    script = write_script(plan, kit.settings)
    assert f"ddmkit.connect(endpoint={kit.settings.endpoint!r}" in script
    assert f"restore_time={plan.request.restore_time_ms}" in script
    assert not [secret for secret in kit.known_secrets() if secret in script]
    assert isinstance(plan.request, RestoreRequest)
    assert ddmkit.__version__
