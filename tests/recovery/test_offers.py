"""Offers: nothing before the restore, each once, and read-only is lifted only where this recovery set it."""

from __future__ import annotations

import pytest

from ddmkit.recovery.offers import make_offers
from ddmkit.recovery.steps import StepState

S = StepState


def ids(states=None, *, restored=True, target_id="t-1"):
    made = make_offers("p", ("s-1", "orders"), (target_id, "orders-7f"), states or {}, is_restored=restored)
    return [offer.id for offer in made]


@pytest.mark.parametrize(
    ("states", "restored", "offered"),
    [
        ({}, False, []),
        ({}, True, ["administrator", "source-read-only"]),
        ({"administrator": S.COMPLETED}, True, ["source-read-only"]),
        ({"administrator": S.FAILED}, True, ["administrator", "source-read-only"]),
        ({"administrator": S.UNKNOWN}, True, ["source-read-only"]),
        ({"source-read-only": S.RUNNING}, True, ["administrator"]),
        ({"source-read-only": S.COMPLETED}, True, ["administrator", "lift-read-only"]),
        ({"source-read-only": S.COMPLETED}, False, ["lift-read-only"]),
        ({"source-read-only": S.FREED}, True, ["administrator", "source-read-only"]),
        ({"source-read-only": S.COMPLETED, "lift-read-only": S.SENDING}, True, ["administrator"]),
        ({"source-read-only": S.COMPLETED, "lift-read-only": S.COMPLETED}, True, ["administrator"]),
    ],
)
def test_what_is_offered(states, restored, offered):
    assert ids(states, restored=restored) == offered


def test_an_offer_shows_its_request_without_a_secret():
    offers = make_offers("p", ("s-1", "orders"), ("t-1", "orders-7f"), {}, is_restored=True)
    assert offers[0].request["body"] == {"name": "<name>", "password": "********"}
    assert offers[1].request == {
        "service": "DDM",
        "method": "PUT",
        "path": "/v3/p/instances/s-1/readonly-status",
        "body": {"readonly": True},
    }
    assert "cannot be deleted again" in offers[0].note
