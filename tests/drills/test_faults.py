"""Each fault of a negative drill: by which sign on the record its failure is told, and what is no sign."""

import pytest

from ddmkit.drills.faults import FAULTS, find_fault
from ddmkit.errors import InputError
from ddmkit.simulator import FAULTS as SIMULATED
from tests.display.runs import make_run
from tests.drills.samples import recovery, restore


def of_restore(kind, **data):
    return f"step-{kind}", {"step": "restore", **data}


def drill(*events):
    return make_run(*events, kind="drill")


SIGNS = [
    ("job-fails", drill(of_restore("intent"), of_restore("failed", reason="no databases")), "no databases"),
    ("job-fails", drill(of_restore("failed")), "no reason was given"),
    ("job-fails", make_run("intent", ("failed", {"job": {"fail_reason": "disk full"}})), "disk full"),
    ("job-fails", drill(of_restore("intent"), of_restore("completed")), ""),
    ("job-fails", drill(of_restore("failed"), "verified"), ""),  # a failed job was called working
    ("lost-answer", drill(of_restore("intent"), of_restore("unknown")), "nobody knows"),
    ("lost-answer", drill(of_restore("intent"), of_restore("unknown"), of_restore("adopted")), "found by looking"),
    ("lost-answer", drill(of_restore("intent"), of_restore("unknown"), of_restore("intent")), ""),  # sent twice
    ("lost-answer", drill(of_restore("intent"), of_restore("answered")), ""),
    ("expired-backup", drill(("refused", {"reason": "no such backup"})), "no such backup"),
    ("expired-backup", drill(("step-intent", {"step": "node:1"}), "refused"), ""),
    ("expired-backup", drill(), ""),
    ("wrong-zone", drill(("refused", {"reason": "outside the ranges"})), "outside the ranges"),
]


@pytest.mark.parametrize(("fault", "run", "sign"), SIGNS)
def test_a_failure_is_told_by_its_sign(fault, run, sign):
    found = FAULTS[fault].find_sign(run)
    assert sign in found
    assert bool(found) is bool(sign)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("run", [recovery(), restore()], ids=["recovery", "restore"])
def test_a_run_that_went_well_shows_no_failure(fault, run):
    assert FAULTS[fault].find_sign(run) == ""


def test_faults_are_found_by_name_and_known_to_the_simulator():
    assert find_fault(None) is None
    assert find_fault("job-fails").expected.startswith("The run stops")
    assert {one.simulated for one in FAULTS.values()} - {""} <= set(SIMULATED)
    with pytest.raises(InputError, match="wrong-zone"):
        find_fault("earthquake")
