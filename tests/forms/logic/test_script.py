"""The same restore or recovery as Python."""

import ddmkit
from ddmkit.forms.logic.script import write_recovery_script, write_script
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


def test_the_script_of_a_recovery_makes_the_very_plan_and_asks_for_the_password(incident):
    facts = incident.scenario
    like = {"nodes": {"flavor_ref": "rds.mysql.n1.xlarge.2"}}
    given = {"restore_time": facts.restore_time, "like": like, "throwaway": True, "incident": facts.incident}
    plan = incident.plan_recovery(source=facts.source, **given)
    script = write_recovery_script(plan, incident.settings, accept=plan.warnings, world=incident.simulator.world_path)
    names = {}
    exec(script.split("print(plan)")[0], names)  # noqa: S102  # what a person would paste
    assert names["plan"].digest == plan.digest
    assert names["plan"].incident == plan.incident
    names["kit"].close()
    assert 'node_password=getpass("Node password: ")' in script
    compile(script, "pasted", "exec")


def test_a_recovery_that_takes_every_node_asks_for_no_password(incident):
    facts = incident.scenario
    plan = incident.plan_recovery(source=facts.source, restore_time=facts.restore_time)
    taken = [node.model_copy(update={"action": "take", "existing_id": "rds-1"}) for node in plan.nodes]
    script = write_recovery_script(plan.model_copy(update={"nodes": tuple(taken)}), incident.settings)
    assert "getpass" not in script
    assert f"nodes={ {node.source_id: 'rds-1' for node in plan.nodes}!r}" in script
    assert f"ddmkit.connect(endpoint={incident.settings.endpoint!r}" in script
