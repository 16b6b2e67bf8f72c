from __future__ import annotations

import pytest

from ddmkit.recovery_models.rds import Quota
from ddmkit.restore.facts import Fact
from ddmkit.restore.proofs.facts import SubnetFacts
from tests.restore.proofs.builders import DAY, SUBNET, VPC, T, read, refused
from tests.restore.proofs.recovery_builders import (
    asked,
    backup,
    create,
    facts,
    flavour,
    instance,
    look,
    source_node,
    target_flavour,
)

GONE = Fact(problem="404", missing=True)
SOLD_OUT = {"az-a": "normal", "az-b": "sellout"}
SINGLE = {"flavor_ref": "rds.mysql.n1.large.2", "ha": None, "zones": ("az-a",)}


def one(**changes):
    return facts(source_node(**changes))


def sold_single(request, mode="single"):
    """Return the facts of one node, whose flavour the service lists with a mode."""
    return facts(source_node(request=request), flavours={"8.0": read((flavour(request.flavor_ref, instance_mode=mode),))})


def sells(*listed):
    return facts(flavours={"8.0": read(listed)})


@pytest.mark.parametrize(
    ("check", "found", "status", "shows"),
    [
        ("flavour-on-sale", facts(), "pass", "is for sale"),
        ("flavour-on-sale", sells(flavour(az_status=SOLD_OUT), flavour("big.ha"), flavour("huge.ha", ram=64)), "fail", "in az-b; for sale: big.ha"),
        ("flavour-on-sale", sells(), "fail", "in az-a, az-b; for sale: no flavour of this size"),
        ("flavour-on-sale", sells(flavour("other.ha")), "fail", "for sale: other.ha"),
        ("flavour-on-sale", sells(flavour(az_status={"az-a": "normal"})), "warn", "cannot be read for rds-old-a in az-b, rds-old-b in az-b"),
        ("flavour-on-sale", facts(flavours={"8.0": refused()}), "warn", "cannot be read for rds-old-a, rds-old-b"),
        ("same-version", facts(), "pass", "is offered"),
        ("same-version", sells(flavour(version_name=["5.7"])), "warn", "rds-old-a (8.0)"),
        ("volume", facts(), "pass", "at least as large"),
        ("volume", one(request=asked(volume={"type": "CLOUDSSD", "size": 40})), "fail", "rds-old-a: 40 GB, at least 100 GB"),
        ("volume", one(backups=read((backup(T - DAY, min_data_volume_capacity_for_restore=205),))), "fail", "at least 210 GB"),
        ("volume", one(backups=read((backup(T + 1, min_data_volume_capacity_for_restore=205),))), "pass", "at least as large"),
        ("ha-complete", facts(), "pass", "fit together"),
        ("ha-complete", one(request=asked(ha=None, zones=("az-a",))), "fail", "without standby or second zone"),
        ("ha-complete", one(instance=read(instance(type="Single", flavor_ref="rds.x")), request=asked(flavor_ref="rds.x")), "fail", "is no HA flavour"),
        ("ha-complete", one(instance=read(instance(type="Single")), request=asked(**SINGLE)), "pass", "fit together"),
        ("ha-complete", one(request=asked(**SINGLE)), "pass", "fit together"),  # an HA node as a single one
        ("ha-complete", one(request=asked(flavor_ref="rds.unknown")), "pass", "fit together"),  # nothing tells the mode
        ("ha-complete", sold_single(asked(flavor_ref="rds.mysql.n1.large.2")), "fail", "rds.mysql.n1.large.2 is no HA flavour"),
        ("ha-complete", sold_single(asked(**SINGLE), mode="Ha"), "fail", "without standby or second zone"),
        ("quota", facts(), "pass", "43 more RDS instances are allowed, 2 are needed"),
        ("quota", facts(quotas=read((Quota(type="instance", quota=8, used=7),))), "fail", "1 more RDS instances"),
        ("quota", facts(quotas=read(())), "warn", "does not show a quota"),
        ("quota", facts(quotas=refused()), "warn", "403"),
        ("addresses", facts(), "pass", "enough free"),
        ("addresses", facts(subnets={SUBNET: read(SubnetFacts(id=SUBNET, free_addresses=8))}), "warn", "8 free addresses, about 9"),
        ("addresses", facts(subnets={SUBNET: refused()}), "pass", "not shown"),
        ("network", facts(), "pass", "the security groups exist"),
        ("network", facts(target=create(subnet_id="subnet-2")), "fail", "Several networks"),
        ("network", facts(subnets={SUBNET: GONE}), "fail", "Subnet subnet-1 does not exist"),
        ("network", facts(subnets={SUBNET: read(SubnetFacts(id=SUBNET, vpc_id="vpc-9"))}), "fail", f"is in VPC vpc-9, not in {VPC}"),
        ("network", facts(security_groups={"sg-1": GONE}), "fail", "Security group does not exist: sg-1"),
        ("network", facts(security_groups={"sg-1": refused()}), "pass", "Not read, so not checked: sg-1"),
        ("names-free", facts(), "pass", "All names are free"),
        ("names-free", facts(names=read(("old-a-7f3a9c",))), "fail", "Taken: old-a-7f3a9c"),
        ("names-free", facts(source_node(), source_node()), "fail", "Given twice: old-a-7f3a9c"),
        ("names-free", facts(names=refused()), "warn", "403"),
        ("target-on-sale", facts(), "pass", "ddm.xlarge.4 is for sale in az-a"),
        ("target-on-sale", facts(target_flavours=read((target_flavour(status="sellout"), target_flavour("ddm.2xlarge")))), "fail", "For sale there: ddm.2xlarge"),
        ("target-on-sale", facts(target_flavours=read(())), "fail", "nothing"),
        ("target-on-sale", facts(target_flavours=refused()), "warn", "403"),
        ("target-on-sale", facts(target=create(available_zones=("az-a", "az-z"))), "warn", "is for sale in az-z cannot be read"),
        ("target-on-sale", facts(target=None), "skip", "exists already"),
        ("target-engine", facts(), "pass", "3.1.7.0"),
        ("target-engine", facts(target=create(engine_version="3.0.7.9")), "fail", "3.0.7.9"),
        ("target-engine", facts(target=None), "skip", "exists already"),
        ("balance", facts(), "skip", "billed on demand"),
    ],
)  # fmt: skip
def test_each_request_has_its_result(check, found, status, shows):
    result = look(check, found)
    told = " ".join((result.detail, *result.evidence))
    assert (result.status, shows in told) == (status, True), told
    assert bool(result.hint) is (status in {"warn", "fail"})
