"""Choices that both guided forms have in common."""

import pytest

from ddmkit.forms.choices import Choices
from ddmkit.forms.recovery_selection import RecoverySelection
from ddmkit.forms.selection import Selection
from ddmkit.forms.widgets.background import run_at_once
from ddmkit.inputs import PlanInputs


def test_the_common_part_makes_no_plan_by_itself(kit):
    choices = Choices(kit, PlanInputs("", "", ()), run=run_at_once)
    assert choices.made == (None, None)
    with pytest.raises(NotImplementedError):
        _ = choices.route


@pytest.mark.parametrize("make", [Selection, lambda *given, **how: RecoverySelection(*given, None, **how)])
def test_source_and_point_are_filled_in_and_described_alike(kit, make):
    facts = kit.scenario
    choices = make(kit, PlanInputs(facts.source, "", (), facts.backup_id), run=run_at_once)
    choices.fill_in()
    assert choices.has_point
    assert not choices.has_target
    assert choices.blocked == frozenset()
    assert choices.route == (("ddm-orders-prod", facts.source), ("", ""))
    assert [bool(line) for line in choices.describe().values()] == [True, True, False]
