"""An outcome that is unknown, and the two ways out."""

from datetime import UTC, datetime

import pytest

from ddmkit.forms.widgets.panels.unknown_outcome import UnknownOutcomePanel
from ddmkit.models import Job

NOON = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def panel(calls):
    return UnknownOutcomePanel(calls.append, lambda *given: calls.append(given))


def test_a_possible_job_is_written_into_the_field_only_by_a_persons_choice(panel, calls):
    panel.offer([Job(id="j1", name="restoreMetaData", status="Running", instance_name="t")], NOON)
    assert panel.candidates.layout.display is None
    assert (panel.candidates.chosen, panel.job_field.value, calls) == ("", "", [])
    panel.candidates.press("j1")
    assert (panel.job_field.value, calls) == ("j1", [])
    panel.adopt.click()
    assert calls == ["j1"]


def test_without_possible_jobs_there_is_no_table(panel):
    panel.offer([], NOON)
    assert panel.candidates.layout.display == "none"


def test_a_release_takes_a_reason_and_the_name(panel, calls):
    panel.reason_field.input.value, panel.name_field.input.value = "nothing in the console", "t"
    panel.release.click()
    assert calls == [("nothing in the console", "t")]
