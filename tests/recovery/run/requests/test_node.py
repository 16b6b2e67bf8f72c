"""The recovery of a node as a step: what it claims, what it shows, and that nothing leaves without a password."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.run.requests.node import recover_node
from tests.recovery.builders import NOW, plan


class Rds:
    """A service that lists one instance and knows one task."""

    def list_instances(self, **asked):
        tags = {"ddmkit-source": "old-a"} if "tags" in asked else {}
        return (SimpleNamespace(id="new-1", name="n", status="BUILD", created=NOW, tag_values=tags), SimpleNamespace(id="", name="n", status="", created=None, tag_values={}))  # fmt: skip

    def list_tasks(self, start, end):
        return (SimpleNamespace(name="Create", id="t-1", instance_name=plan().nodes[0].new_name),)

    def service_now(self):
        return NOW


@pytest.fixture
def step():
    made = plan()
    return recover_node(made, made.nodes[0], Rds(), None)


def test_it_claims_the_source_node_and_shows_what_the_plan_shows(step):
    shown = plan().step("node:old-a").call
    assert (step.name, step.claim_key) == ("node:old-a", "node:old-a")
    assert (step.call.method, step.call.path, dict(step.call.headers)) == (shown["method"], shown["path"], shown["headers"])
    assert json.loads(step.call.shown_body) == shown["body"]
    assert shown["body"]["restore_point"]["restore_time"] == plan().instant.ms


def test_nothing_is_sent_without_a_password(step):
    with pytest.raises(InputError, match="node_password"):
        step.send(last_check=lambda: None, attempt=None)


def test_it_is_found_again_by_its_name_its_tag_and_its_task(step):
    assert [one.id for one in step.calls.list_named("n")] == ["new-1"]
    assert step.calls.traces(NOW) == [
        "instance n (new-1) has its tag",
        "task Create (t-1) names it",
    ]


def test_a_node_that_is_taken_is_not_requested():
    made = plan()
    taken = made.nodes[0].model_copy(update={"request": None, "action": "take"})
    with pytest.raises(InputError, match="is not recovered by this plan"):
        recover_node(made, taken, Rds(), None)
