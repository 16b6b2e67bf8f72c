from __future__ import annotations

from ddmkit.restore.proofs.circumstances import describe_doubts, describe_refutations
from tests.restore.proofs.builders import DAY, HOUR, T, node


def test_circumstances_that_fit_say_nothing():
    source = node("old-a", created_ms=T - DAY)
    assert describe_refutations(node(), [source], T) == ()
    assert describe_doubts(node(), [source]) == ()
    assert describe_refutations(node(created_ms=None, version=""), [], None) == ()


def test_each_circumstance_that_refutes_is_told():
    odd = node(created_ms=T - HOUR, first_restorable_ms=T - DAY, version="5.7.40", of_ddm=True)
    found = describe_refutations(odd, [node("old-a")], T)
    assert len(found) == 4
    assert len(describe_refutations(odd, [node("old-a")], T, replaced=True)) == 2


def test_a_version_is_lower_only_if_it_is_lower_than_that_of_every_possible_source():
    sources = [node("old-a", version="8.0.28"), node("old-b", version="5.7.41")]
    assert describe_refutations(node(version="5.7.41.3"), sources, T) == ()
    assert describe_refutations(node(version="5.7.40"), sources, T) != ()


def test_a_smaller_disk_is_doubtful():
    assert describe_doubts(node(volume_gb=40), [node("old-a"), node("old-b", volume_gb=200)]) == (
        "its disk of 40 GB is smaller than the source's 100 GB",
    )
    assert describe_doubts(node(volume_gb=40), [node("old-a", volume_gb=None)]) == ()
