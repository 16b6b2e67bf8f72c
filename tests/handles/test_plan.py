"""The plan as a person holds it: whole in text and page, with what is known of the backup."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.handles.plan import Plan, view_of
from tests.restore.builders import MADE, NOW, backup, inventory, inventory_at, read, request_at
from tests.restore.test_plan import plan_for

AT = MADE + timedelta(minutes=90)
OLDER = backup(id="backup-0", name="older", created=MADE - timedelta(hours=24))


@pytest.mark.parametrize(
    ("plan", "note"),
    [
        (plan_for(), "chosen"),
        (plan_for(facts=inventory(chosen_backup=None, point=None)), "chosen, but it could not be read"),
        (plan_for(request_at(AT), inventory_at(AT, backups=read(()))), "none made before that instant can be seen"),
        (plan_for(request_at(AT), inventory_at(AT)), "expected: the service picks it, the newest made before (1 h 30 min)"),
        (
            plan_for(request_at(AT), inventory_at(AT, backups=read((backup(), OLDER)))),
            "; the next older one, older, was made 1 d 1 h before",
        ),
    ],
)
def test_what_is_known_of_the_backup_is_told(plan, note):
    assert view_of(plan).backup_note.endswith(note)


def test_a_node_that_is_not_listed_is_shown_by_its_id_alone():
    nodes = view_of(plan_for(facts=inventory(candidates=()))).nodes
    assert [(one.id, one.name) for one in nodes] == [("new-a", ""), ("new-b", "")]


def test_a_plan_shows_its_checks_its_digest_and_the_exact_request():
    shown = Plan.model_construct(**dict(plan_for(now=NOW)))._repr_mimebundle_()
    for text in shown.values():
        for said in (plan_for().digest, "orders-new", "new-a", "backup-1"):
            assert said in text
    assert shown["text/plain"].startswith(("Ready", "Not ready"))
