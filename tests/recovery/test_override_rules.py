"""One rule for each field that a person may choose: what fits is taken, what is absurd is refused by its place and rule."""

from __future__ import annotations

import pytest

from ddmkit.errors import InputError
from ddmkit.recovery.override_rules import NODE_FIELDS, TARGET_FIELDS, require_rule

LONG = "a" * 200
RIGHT = {
    "node": {
        "flavor_ref": ["rds.mysql.n1.large.2.ha"],
        "volume": [{"size": 40}, {"size": 4000}, {"type": "CLOUDSSD", "size": 100}, {"type": "ESSD"}, {}],
        "availability_zone": ["az1", "az1, az2", ["az1", "az1"], ("az1",)],
        "ha": [None, {"replication_mode": "async"}, {"mode": "Ha", "replication_mode": "semisync"}],
        "port": [1024, 65535, "3307"],
        "time_zone": ["UTC", "UTC+08:00", "UTC-03:30"],
        "configuration_id": ["463b4b58d0e84e2b95605dea4552fdb1pr01"],
        "backup_strategy": [
            {"start_time": "19:00-20:00"},
            {"keep_days": 0},
            {"start_time": "23:30-00:30", "keep_days": 732},
        ],
        "disk_encryption_id": ["2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5"],
        "vpc_id": ["490a4a08-ef4b-44c5-94be-3051ef9e4fce"],
        "subnet_id": ["0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f"],
        "security_group_id": ["2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5"],
        "enterprise_project_id": ["0", "2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5"],
    },
    "target": {
        "flavor_ref": ["ddm.xlarge.4"],
        "node_num": [1, 32],
        "engine_version": ["3.1.7.0", "3.0"],
        "available_zones": ["az1,az2,az3", ["az1"]],
        "param_group_id": ["463b4b58d0e84e2b95605dea4552fdb1"],
        "time_zone": ["UTC", "UTC+08:00"],
        "vpc_id": ["490a4a08-ef4b-44c5-94be-3051ef9e4fce"],
        "subnet_id": ["0e2eda62-1d42-4d64-a9d1-4e9aa9cd994f"],
        "security_group_id": ["2a1f7fc8-3307-42a7-aa6f-42c8b9b8f8c5"],
        "enterprise_project_id": ["0"],
    },
}
IDS = ("vpc_id", "subnet_id", "security_group_id", "enterprise_project_id")
WRONG_ID = [LONG, "", " ", "a b", "../x", "id?x=1", "id\n", None, 7, True, ["a"], {"id": "a"}, "\u0661\u0662"]
WRONG = {
    "node": {
        **dict.fromkeys((*IDS, "configuration_id", "disk_encryption_id"), WRONG_ID),
        "flavor_ref": [LONG, "", "a b", 5, None, "rds/../x", "\x1b[31mrds"],
        "volume": [100, None, "CLOUDSSD", ["CLOUDSSD", 100]],
        "availability_zone": ["", "az1,az2,az3", [], 7, None, [7], "az1,,az2", "a b", LONG, {"az1": 1}],
        "ha": ["Ha", True, []],
        "port": [
            0,
            1023,
            65536,
            -1,
            12017,
            33071,
            "12017",
            "many",
            "",
            "3307.5",
            3307.0,
            True,
            None,
            "\u0663\u0663\u0660\u0667",
        ],
        "time_zone": ["Berlin", "UTC+8", "UTC+99:00", "UTC+08:99", "", None, 8, "utc"],
        "backup_strategy": ["19:00-20:00", None, 7],
    },
    "target": {
        **dict.fromkeys((*IDS, "param_group_id"), WRONG_ID),
        "flavor_ref": [LONG, "", "a b", 5, None],
        "node_num": [0, 33, -1, "2", 2.0, True, None, 10**9],
        "engine_version": ["newest", "3", "3.1.7.0; drop", 3.1, None, "9" * 50],
        "available_zones": ["", [], 7, ["az1"] * 11, None],
        "time_zone": ["Berlin", "UTC+99:00", None],
    },
}
RULES = {"node": NODE_FIELDS, "target": TARGET_FIELDS}


def cases(values):
    return [(kind, name, one) for kind, fields in values.items() for name, listed in fields.items() for one in listed]


def test_every_field_is_tried_with_what_fits_and_with_what_does_not():
    for kind, rules in RULES.items():
        assert set(RIGHT[kind]) == set(WRONG[kind]) == set(rules)


@pytest.mark.parametrize(("kind", "name", "given"), cases(RIGHT))
def test_what_the_service_takes_is_taken(kind, name, given):
    require_rule(RULES[kind][name], given, "like[...]")


@pytest.mark.parametrize(("kind", "name", "given"), cases(WRONG))
def test_what_is_absurd_is_refused_with_its_place_rule_and_source(kind, name, given):
    rule = RULES[kind][name]
    with pytest.raises(InputError) as caught:
        require_rule(rule, given, f"like[{name!r}]")
    assert caught.value.field == f"like[{name!r}]"
    assert f"Give {rule.words}. Source: API page Create" in str(caught.value)
    assert LONG not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "given", "place", "told"),
    [
        *[
            ("volume", {"size": size}, "['size']", "from 40 to 4000 in steps of 10")
            for size in (30, 45, 4010, -40, 10**9, "100")
        ],
        *[("volume", {"size": size}, "['size']", "not smaller than the source's") for size in (None, True, 100.0)],
        ("volume", {"type": "cloud ssd"}, "['type']", "such as CLOUDSSD"),
        ("volume", {"sise": 100}, "['sise']", "Allowed: type, size"),
        ("volume", {LONG: 100}, f"[{LONG[:40]!r}]", "Allowed: type, size"),
        ("ha", {"mode": "Single"}, "['mode']", "Give Ha"),
        ("ha", {"replication_mode": "sync"}, "['replication_mode']", "async or semisync"),
        ("backup_strategy", {"keep_days": 733}, "['keep_days']", "from 1 to 732"),
        ("backup_strategy", {"keep_days": -1}, "['keep_days']", "from 1 to 732"),
        ("backup_strategy", {"start_time": "25:00-26:00"}, "['start_time']", "such as 19:00-20:00"),
    ],
)
def test_the_part_of_an_object_that_does_not_fit_is_named(name, given, place, told):
    with pytest.raises(InputError) as caught:
        require_rule(NODE_FIELDS[name], given, "like['nodes']")
    assert caught.value.field == f"like['nodes']{place}"
    assert told in str(caught.value)
