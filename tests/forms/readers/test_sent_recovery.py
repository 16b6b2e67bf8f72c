"""The steps of a recovery that was begun, from its record."""

from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.readers.sent_recovery import read_sent_recovery
from tests.forms.rescuer import PASSWORD


def test_every_step_up_to_confirm_can_be_read_again(incident):
    facts = incident.scenario
    plan = incident.plan_recovery(source=facts.source, restore_time=facts.restore_time)
    run = incident.recover(plan, confirm=plan.source_name, node_password=PASSWORD, ticket="INC-7")
    parts, lines = read_sent_recovery(run.record)
    assert set(parts) == set(Step) - {Step.WATCH, Step.RESULTS}
    assert "INC-7" in parts[Step.CONFIRM].text
    assert "POST /v3/" in parts[Step.REVIEW].text
    assert plan.target.name in lines[Step.TARGET]
    assert not [one for one in parts.values() if PASSWORD in one.html + one.text]
