"""The choices of a whole recovery become a plan."""

import pytest

from ddmkit.errors import InputError
from ddmkit.forms.logic.recovery_choices import NodesChoice
from ddmkit.forms.recovery_selection import RecoverySelection
from ddmkit.forms.widgets.background import run_at_once
from ddmkit.inputs import PlanInputs


def choose(kit, choice=None):
    facts = kit.scenario
    made = RecoverySelection(kit, PlanInputs(facts.source, "", (), "", facts.restore_time), choice, run=run_at_once)
    made.fill_in()
    return made


def test_what_is_given_is_in_the_plan(incident):
    choices = choose(incident, NodesChoice(like={"nodes": {"port": "3307"}}, throwaway=True))
    assert choices.has_target
    assert choices.route[1] == ("a new instance", "new")
    plan = choices.make_plan()
    assert plan.throwaway
    assert {node.request.port for node in plan.nodes} == {"3307"}
    assert "Drill: yes" in "; ".join(choices.describe().values())


def test_without_nodes_there_is_no_plan(incident):
    with pytest.raises(InputError, match="not all chosen"):
        choose(incident).make_plan()
