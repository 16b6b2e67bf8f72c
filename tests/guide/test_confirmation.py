"""When a page stops before submitting: every confirmation is for one plan."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError
from ddmkit.guide.confirmation import describe_not_ready, describe_stopped, may_submit, missing_confirmation

CHECKS = [
    SimpleNamespace(id="same-network", title="Same network", status="warn", detail="", hint=""),
    SimpleNamespace(id="nodes-recovered", title="Recovered", status="warn", detail="", hint=""),
    SimpleNamespace(id="target-empty", title="Content of the target", status="fail", detail="1 schema.", hint="Empty it."),
]
PLAN = SimpleNamespace(
    target_name="shop",
    digest="d87efd52c5a4",
    checks=CHECKS,
    warnings=("same-network", "nodes-recovered"),
    ready=True,
    failed=(),
)
COMPLETE = {"name": "shop", "confirm": "shop", "digest": "d87efd52c5a4", "accept": ("nodes-recovered", "same-network")}


def test_a_complete_confirmation_lacks_nothing():
    assert missing_confirmation(PLAN, **COMPLETE) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"confirm": ""}, "confirm = 'shop'"),
        ({"confirm": "Shop"}, "confirm = 'shop'  (it is 'Shop')"),
        ({"confirm": "shop "}, "confirm = 'shop'  (it is 'shop ')"),
        ({"digest": ""}, "digest = 'd87efd52c5a4'"),
        ({"digest": "000000000000"}, "digest = 'd87efd52c5a4'  (it is '000000000000')"),
        ({"accept": ("same-network",)}, 'accept = ["same-network", "nodes-recovered"]'),
        ({"accept": ()}, 'accept = ["same-network", "nodes-recovered"]'),
    ],
)
def test_each_confirmation_that_is_missing_or_of_another_plan_is_named(changed, said):
    (line,) = missing_confirmation(PLAN, **{**COMPLETE, **changed})
    assert line.startswith(said)


def test_accepting_an_unknown_check_is_refused_by_its_position():
    with pytest.raises(InputError, match=r"accept\[1\]: 'nodes-recoverd' is not a check. .*same-network, nodes-recovered"):
        missing_confirmation(PLAN, **{**COMPLETE, "accept": ("same-network", "nodes-recoverd")})


def test_a_page_that_stops_says_that_nothing_was_submitted_and_why():
    assert "Nothing was submitted. To restore" in describe_stopped(PLAN, ["confirm = 'shop'"], None).text
    unready = SimpleNamespace(**{**vars(PLAN), "ready": False, "failed": ("target-empty",)})
    assert "not ready (target-empty)" in describe_stopped(unready, [], None).text


def test_an_earlier_restore_of_the_same_plan_is_named():
    row = SimpleNamespace(
        id="r-1", kind="restore", state="completed", operator="ada", created=datetime(2026, 5, 20, tzinfo=UTC)
    )
    assert (
        'record r-1, completed, by ada. 03_job_results.ipynb shows it with record = "r-1".'
        in describe_stopped(PLAN, [], row).text
    )


@pytest.mark.parametrize(
    ("earlier", "when_ready", "when_not"),
    [
        (None, True, False),
        ("failed", True, False),
        ("completed", False, False),
        ("running", True, True),
        ("unknown", True, True),
        ("sending", True, True),
    ],
)
def test_an_open_restore_is_resumed_and_a_completed_one_is_not_repeated(earlier, when_ready, when_not):
    row = earlier and SimpleNamespace(state=earlier)
    assert may_submit(PLAN, row) is when_ready
    assert may_submit(SimpleNamespace(**{**vars(PLAN), "ready": False}), row) is when_not


def test_each_failed_check_is_named_with_its_fix():
    said = describe_not_ready(CHECKS).text
    assert said.splitlines()[0].startswith("Not ready: 1 check failed.")
    assert said.splitlines()[1] == "- Content of the target (target-empty): 1 schema. Empty it."
