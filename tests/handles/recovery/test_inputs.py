"""The arguments of a plan: read in any clear form, refused by name before any request."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.handles.recovery.inputs import read_choice
from ddmkit.recovery.choice import RecoveryChoice
from ddmkit.recovery_models.rds import NodeInstance
from tests.restore.builders import NOW, source

A, B, C = ("a" * 32 + "in01", "b" * 32 + "in01", "c" * 32 + "in01")


def choice(**changes) -> RecoveryChoice:
    values = {
        "source": "source-1",
        "restore_time": "2026-05-20T06:30:00.750Z",
        "backup_id": None,
        "time_zone": None,
        "default_zone": "UTC",
        "names_zone": True,
        "incident": None,
        "nodes": None,
        "target": "new",
        "like": None,
        "throwaway": False,
        "now": NOW,
    }
    return read_choice(**{**values, **changes})


def test_a_point_in_time_is_cut_to_a_whole_second():
    assert choice().instant.ms == 1779258600000
    assert choice(restore_time="2026-05-20 08:30:00", time_zone="Europe/Berlin").instant.ms == 1779258600000
    assert choice(restore_time="2026-05-20 08:30:00", default_zone="Europe/Berlin").instant.ms == 1779258600000


def test_a_time_without_an_offset_is_refused_where_nobody_named_a_zone():
    with pytest.raises(InputError, match="restore_time"):
        choice(restore_time="2026-05-20 08:30:00", names_zone=False)


def test_models_are_as_good_as_ids():
    made = choice(source=source(), nodes={A: NodeInstance(id=B)}, target=source(id="target-1"))
    assert (made.source_id, made.existing, made.target_id) == ("source-1", {A: B}, "target-1")


def test_a_new_target_and_a_backup():
    made = choice(restore_time=None, backup_id="backup-1", throwaway=True)
    assert (made.target_id, made.backup_id, made.instant, made.throwaway) == ("", "backup-1", None, True)


def test_the_record_keeps_what_was_given():
    made = choice(nodes={A: B}, like={"nodes": {"port": 3307}}, incident="2026-05-20T07:00:00Z")
    assert made.inputs == {
        "source": "source-1",
        "restore_time": "2026-05-20T06:30:00.750Z",
        "incident": "2026-05-20T07:00:00Z",
        "nodes": {A: B},
        "target": "new",
        "like": {"nodes": {"port": 3307}},
        "throwaway": False,
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"restore_time": None}, "backup_id, restore_time"),
        ({"backup_id": "backup-1"}, "backup_id, restore_time"),
        ({"source": ""}, "source"),
        ({"throwaway": "no"}, "throwaway"),
        ({"throwaway": None}, "throwaway"),
        ({"target": "my target"}, "target"),
        ({"nodes": [A]}, "nodes"),
        ({"nodes": {A: ""}}, f"nodes[{A!r}]"),
        ({"nodes": {A: "orders-n1-new"}}, f"nodes[{A!r}]"),
        ({"nodes": {"orders-n1": A}}, "nodes"),
        ({"nodes": {A: C, B: C}}, "nodes"),
        ({"nodes": {A: A}}, "nodes"),
        ({"nodes": {A: B, f" {A}": C}}, "nodes"),
        ({"like": {"nodes": {"count": 2}}}, "like['nodes']['count']"),
        ({"incident": "2027-01-01T00:00:00Z"}, "incident"),
        ({"restore_time": "yesterday"}, "restore_time"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(changes, field):
    with pytest.raises(InputError) as caught:
        choice(**changes)
    assert caught.value.field == field
