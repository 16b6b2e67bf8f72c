"""The report: the verdict against the goals, what deviates, and that no part is blank."""

from datetime import timedelta

import pytest

from ddmkit.drills.build import build_report
from ddmkit.drills.faults import FAULTS
from ddmkit.drills.goals import Goals
from ddmkit.drills.report import CreatedInstance
from ddmkit.errors import RecordError
from tests.display.runs import make_run
from tests.drills.samples import course, recovery, restore, setup, without

GOALS = {"rto": timedelta(minutes=30), "rpo": timedelta(hours=24)}


def report(run=None, asked=None, came=None):
    run = run or recovery()
    return build_report(run, setup(run, **(asked or {})), course(run, **(came or {})))


def test_a_good_drill_passes_with_its_times_and_its_loss():
    made = report()
    assert made.verdict == "passed"
    assert made.deviations == ()
    assert made.rto.words == "7 min (people 4 min, service 2 min 30 s, verification 30 s); the goal of 30 min was met."
    assert made.rpo.loss_s == (made.rpo.incident - made.rpo.instant).total_seconds()
    assert made.rpo.words.endswith("of writes are lost; the goal of 1 d was met.")
    assert "PEOPLE AND PROCEDURE ARE PROVED, NOT BACKUPS" in made.statement
    assert made.next_due == made.made_at + timedelta(days=90)
    assert made.evidence.audit_names
    assert made.failure_words.startswith("An earlier negative drill")


def test_only_a_real_service_counts_as_the_cloud():
    simulated = report(None, {"where": "cloud"})
    assert simulated.where == "simulator"
    run = without(recovery(), "opened").model_copy(update={"service": "iam.cn-north-4.myhuaweicloud.com"})
    real = report(run, {"where": "cloud"})
    assert real.where == "cloud"
    assert real.statement.startswith("REAL BACKUPS WERE RESTORED")


def test_a_restore_of_the_metadata_alone_is_reported_too():
    made = report(restore(), {"scope": "metadata only"})
    assert (made.verdict, made.scope) == ("passed", "metadata only")
    assert made.rpo.backup_id


@pytest.mark.parametrize(
    ("asked", "came", "told"),
    [
        ({"goals": Goals(**{**GOALS, "rto": timedelta(minutes=5)})}, {}, "the goal of 5 min was NOT met"),
        ({"goals": Goals(**{**GOALS, "rpo": timedelta(seconds=1)})}, {}, "the goal of 1 s was NOT met"),
        ({"incident": recovery().created - timedelta(days=9)}, {}, "does NOT lie before the incident"),
        ({}, {"address": None}, "the new address was not confirmed"),
        ({}, {"problem": "the service is down"}, "the service is down"),
    ],
)
def test_what_misses_a_goal_fails_and_has_an_owner_and_a_date(asked, came, told):
    made = report(None, asked, came)
    assert made.verdict == "failed"
    (found,) = [one for one in made.deviations if told in one.what][:1]
    assert (found.owner, found.due) == ("ada", made.made_at + timedelta(days=30))
    assert made.headline.startswith("Failed: ")


def test_what_the_plan_warned_of_is_named_beside_the_failure_only():
    failed = report(None, {"warning": "A schema may be missing."}, {"problem": "the job failed"})
    assert failed.deviations[1].what == "What the plan warned of: A schema may be missing."
    assert "warned" not in "".join(one.what for one in report(None, {"warning": "A schema may be missing."}).deviations)


def test_a_target_that_differs_fails():
    run = recovery()
    data = next(event.data for event in run.events if event.kind == "verified")
    wrong = {"subject": "schema orders", "verdict": "differs", "expected": "8 shards", "found": "4 shards"}
    events = tuple(
        event.model_copy(update={"data": {**data, "passed": False, "findings": [wrong]}})
        if event.kind == "verified"
        else event
        for event in run.events
    )
    made = report(run.model_copy(update={"events": events}))
    assert made.verdict == "failed"
    assert made.deviations[0].what == "schema orders differs: expected 8 shards, found 4 shards."


def test_backups_that_are_far_apart_or_unread_are_a_deviation_and_no_failure():
    far = report(None, None, {"backups": ()})
    assert (far.verdict, far.rpo.gap_met) == ("passed", False)
    assert "NOT within the goal" in far.deviations[0].what
    unread = report(None, None, {"backups": None})
    assert (unread.verdict, unread.rpo.gap_met) == ("passed", None)
    assert "cannot be known" in unread.deviations[0].what


def created(**changes):
    values = {"name": "orders-drill", "id": "i-1", "what": "DDM instance", "billing": "billed on demand"}
    more = {"created": recovery().created, "deleted": None, "hours": None, "fate": "stays: it is in use"}
    return CreatedInstance(**{**values, **more, **changes})


def test_what_remains_fails_the_drill_and_what_was_deleted_does_not():
    made = report(None, None, {"created": (created(),), "clean_problem": "It is in use."})
    assert (made.verdict, made.clean_up.remains) == ("failed", 1)
    assert "1 of 1 instances REMAIN and may be billed. It is in use." in made.deviations[-1].what
    gone = report(None, None, {"created": (created(fate="deleted", deleted=recovery().created, hours=0.5),)})
    assert (gone.verdict, gone.clean_up.words) == ("passed", "1 instance created, all deleted.")
    blocked = report(None, None, {"clean_problem": "a step is unknown."})
    assert blocked.deviations[-1].what == "Clean-up: Nothing was listed: a step is unknown."


def test_a_drill_that_never_failed_is_marked_so():
    made = report(None, None, {"saw_failure": False})
    assert made.never_failed
    assert made.failure_words.startswith("This drill never failed")
    assert "No negative drill has been seen to fail" in made.deviations[-1].what
    assert made.verdict == "passed"


def test_a_negative_drill_passes_only_when_its_failure_was_seen():
    failed = make_run(("step-failed", {"step": "restore", "reason": "no databases"}), kind="drill")
    seen = report(failed, {"fault": FAULTS["job-fails"]}, {"problem": "step restore failed.", "address": None})
    assert (seen.verdict, seen.deviations, seen.never_failed) == ("failure seen", (), False)
    assert "The failure was expected and seen." in seen.headline
    missed = report(None, {"fault": FAULTS["job-fails"]}, {"saw_failure": False})
    assert (missed.verdict, missed.negative.seen, missed.never_failed) == ("failure not seen", False, True)
    assert missed.deviations[0].what == "The fault job-fails was not noticed."


def test_nothing_is_blank_when_nothing_happened():
    made = report(
        make_run(("refused", {"reason": "not ready"}), kind="drill"), None, {"problem": "not ready.", "address": None}
    )
    assert made.checks_words == "No check was made: not ready."
    assert made.findings_words == made.cannot_words == "Nothing was compared: not ready."
    assert made.evidence.audit_words.startswith("Nothing was sent")
    assert all(one.at or one.why for one in made.moments)
    assert made.rpo.words == "Not known: the record names no restored instant."
    assert (made.purpose, made.planner) == ("no purpose was given", "ada")
    nobody = report(None, {"planner": "", "approver": "", "owner": ""}, {"problem": "x", "confirmation": ""})
    assert (nobody.planner, nobody.approver) == ("not named", "nobody was named as approver")
    assert nobody.deviations[0].owner == "nobody"


def test_a_run_that_did_not_end_is_told_by_its_state():
    made = report(without(recovery(), "run-completed", "verified"), None, {"address": None})
    assert made.rto.words.startswith("Not reached: the run is running.")


def test_a_record_without_events_cannot_be_reported():
    run = recovery()
    with pytest.raises(RecordError, match="no events"):
        build_report(run.model_copy(update={"events": ()}), setup(run), course(run))
