"""What a form shows in the place of each step after a restore was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddmkit.errors import RecordError
from ddmkit.forms.logic.wizard_state import Step
from ddmkit.forms.readers.sent_steps import SentSteps, read_sent_restore

TO_CONFIRM = [Step.SOURCE, Step.POINT, Step.TARGET, Step.CHECK, Step.REVIEW, Step.CONFIRM]


@pytest.fixture
def record(kit, given):
    plan = kit.plan(**given, incident=kit.scenario.restore_time - timedelta(hours=2))
    return kit.submit(plan, confirm=plan.target_name, accept=plan.warnings, purpose="drill <1>", ticket="INC-7").record


def test_each_step_up_to_confirm_is_read_from_the_record(record, kit):
    parts, lines = read_sent_restore(record)
    facts = kit.scenario
    assert list(parts) == TO_CONFIRM
    assert facts.source in parts[Step.SOURCE].text
    assert facts.backup_id in parts[Step.POINT].text
    assert all(node in parts[Step.TARGET].text for node in (facts.target, *facts.data_nodes))
    assert f"Accepted: {', '.join(record.last('confirmed').data['accepted'])}" in parts[Step.CHECK].text
    assert record.header.digest in parts[Step.REVIEW].text
    for fact in ("typed exactly", "drill <1>", "INC-7", record.id, record.header.digest):
        assert fact in parts[Step.CONFIRM].text
    assert "<1>" not in parts[Step.CONFIRM].html
    assert lines[Step.TARGET] == f"{record.header.target_name} ({facts.target}), {len(facts.data_nodes)} data nodes"
    assert lines[Step.CHECK] == f"digest {record.header.digest}"


def test_a_page_shows_nothing_sent_before_a_restore_and_after_it_is_let_go(kit, record):
    sent = SentSteps(kit, read_sent_restore)
    assert sent.html() == {}
    sent.follow(record.id)
    assert list(sent.html()) == TO_CONFIRM
    assert all("can be read but not changed" in html for html in sent.html().values())
    assert sent.route == (
        (record.header.source_name, record.header.source_id),
        (record.header.target_name, record.header.target_id),
    )
    sent.follow("")
    assert (sent.html(), sent.lines, sent.route) == ({}, {}, None)


def test_a_record_is_read_once_and_again_only_where_it_could_not_be_read(kit, record):
    asked = []

    def read(one):
        asked.append(one.id)
        if len(asked) == 1:
            raise RecordError("The record store is busy.")
        return read_sent_restore(one)

    sent = SentSteps(kit, read)
    sent.follow(record.id)
    assert all("cannot be read at present" in html for html in sent.html().values())
    for _ in range(2):
        sent.follow(record.id)
    assert asked == [record.id] * 2
    assert "cannot be read at present" not in sent.html()[Step.SOURCE]
