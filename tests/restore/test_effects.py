from ddmkit.restore.effects import COMES_BACK, STAYS_AWAY
from tests.restore.test_plan import plan_for


def test_a_plan_names_all_that_comes_back_and_all_that_stays_away():
    words = " ".join(plan_for().words())
    assert all(one in words for one in (*COMES_BACK, *STAYS_AWAY))
