"""The reports that a store holds: read tolerantly, told newest first."""

from __future__ import annotations

from ddmkit.drills.build import build_report
from ddmkit.drills.history import REPORTED, HeldDrill, earlier_drills, read_report, saw_failure
from ddmkit.records.event_kinds import KINDS
from tests.display.runs import make_run
from tests.drills.samples import course, recovery, setup


def report(**changes):
    run = recovery()
    return build_report(run, setup(run), course(run)).model_copy(update=changes)


def test_a_report_is_read_from_its_record():
    made = report()
    assert read_report(make_run((REPORTED, made.model_dump(mode="json")))) == made
    assert REPORTED in KINDS


def test_no_report_and_one_of_another_version_read_as_none():
    assert read_report(make_run()) is None
    assert read_report(make_run((REPORTED, {"schema_version": 99}))) is None


def test_the_last_ten_become_lines_of_a_report():
    known = [HeldDrill(f"r-{number}", report()) for number in range(12)]
    lines = earlier_drills(known)
    assert [one.record for one in lines] == [f"r-{number}" for number in range(10)]
    assert (lines[0].verdict, lines[0].where, lines[0].fault, lines[0].rto_s) == ("passed", "simulator", "", 420)


def test_a_failure_counts_only_when_it_was_seen():
    assert not saw_failure([HeldDrill("r-1", report()), HeldDrill("r-2", report(verdict="failure not seen"))])
    assert saw_failure([HeldDrill("r-1", report(verdict="failure seen"))])
