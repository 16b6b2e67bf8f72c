"""The plan of a whole recovery, to read."""

from ddmkit.forms.logic.recovery_facts import describe_recovery, list_new, list_steps
from ddmkit.forms.steps.recovery.review import RecoveryReview


def test_every_request_and_every_new_instance_is_there(incident):
    facts = incident.scenario
    plan = incident.plan_recovery(source=facts.source, restore_time=facts.restore_time)
    review = RecoveryReview(incident)
    assert "none yet" in review.summary().text
    review.set_plan(plan)
    assert review.value is plan
    assert review.requests.value.count("<details>") == 5  # the whole plan, and in it the four requests with a body
    before_the_fold = review.requests.value.split("<details>")[0]
    assert "are no snapshot" in before_the_fold
    assert "Not copied: parameter template" in before_the_fold
    assert "the source and its nodes stay as they are" in before_the_fold
    assert "Canary" not in review.requests.value
    assert len(list_new(plan)) == plan.new_instances == 3
    for name in plan.new_names:
        assert name in review.summary().text
    for cost in plan.costs():
        assert cost in describe_recovery(plan).text
        assert cost not in describe_recovery(plan, has_costs=False).text
    assert list_steps([], plan.created) == []
