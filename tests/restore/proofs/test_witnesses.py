from __future__ import annotations

import inspect

import pytest

from ddmkit.restore.proofs.witnesses import AuditTrail, DataNodes, Networks, TargetDetails, Witnesses
from ddmkit.service.client import Client
from ddmkit.service.cts.client import CtsClient
from ddmkit.service.rds.client import RdsClient
from ddmkit.service.vpc.client import VpcClient


@pytest.mark.parametrize(
    ("needed", "client"), [(DataNodes, RdsClient), (Networks, VpcClient), (AuditTrail, CtsClient), (TargetDetails, Client)]
)
def test_the_clients_offer_every_read_with_its_parameters(needed, client):
    reads = [name for name in vars(needed) if not name.startswith("_")]
    assert reads
    for name in reads:
        wanted = set(inspect.signature(getattr(needed, name)).parameters)
        assert wanted <= set(inspect.signature(getattr(client, name)).parameters)


def test_without_services_there_are_no_witnesses():
    nobody = Witnesses()
    assert (nobody.rds, nobody.vpc, nobody.cts, nobody.ddm) == (None, None, None, None)
    assert tuple(nobody.own_restores(["n"])) == ()
