"""What to do next: the steps of a record, and the text for the application team where there is one."""

from pathlib import Path

from ddmkit.display.report.notice import write_notice
from ddmkit.forms.widgets.panels.what_next import WhatNext, describe_next
from ddmkit.handles.record import read_record

SAMPLES = Path(__file__).parents[3] / "samples"


def test_it_shows_the_steps_and_the_text_of_a_completed_run_and_nothing_before():
    run = read_record(SAMPLES / "recovery-v2.ddmrecord.json").run
    shown = WhatNext()
    assert shown.widget.layout.display == "none"
    shown.show(run)
    assert shown.widget.layout.display is None
    assert "Let applications connect to 172.16.84.39:5066" in shown.steps.value
    assert "the offers are at the end of this step" in shown.steps.value
    assert "kit.resume" not in shown.steps.value  # the form has buttons
    assert shown.letter.text == write_notice(run)
    assert write_notice(run) in describe_next(run).text
    shown.show(None)
    assert (shown.widget.layout.display, shown.letter.text) == ("none", "")


def test_a_run_that_goes_on_has_steps_and_no_text_for_others():
    run = read_record(SAMPLES / "recovery-v2.ddmrecord.json").run
    run = run.model_copy(update={"events": run.events[:-1]})
    shown = WhatNext()
    shown.show(run)
    assert "See what each of its steps needs" in shown.steps.value
    assert shown.letter.layout.display == "none"
    assert "A text for the team" not in describe_next(run).text
