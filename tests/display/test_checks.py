from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ddmkit.display.checks import checks_html, checks_table, checks_text, describe_verdict, show_checks


def check(status: str = "pass", **more: Any) -> Any:
    parts = {"id": "target-empty", "title": "The target is empty", "detail": "", "hint": "", "rule": "", "evidence": None}
    return SimpleNamespace(**{**parts, "status": status, **more})


def test_every_check_is_shown_in_the_order_given() -> None:
    checks = [check(status, id=f"check-{status}") for status in ("pass", "fail", "skip", "warn")]
    for shown in (checks_html(checks), checks_text(checks)):
        places = [shown.index(f"check-{status}") for status in ("pass", "fail", "skip", "warn")]
        assert places == sorted(places)


def test_a_check_says_state_detail_evidence_hint_and_rule() -> None:
    failed = check("fail", detail="two schemas", hint="empty it", rule="13.2 no. 2", evidence={"schemas": ["a", "b"]})
    assert checks_text([failed]).splitlines()[1:] == [
        "✗ fail  The target is empty [target-empty]",
        "        two schemas",
        "        Saw: schemas a, b",
        "        To do: empty it",
        "        Rule: 13.2 no. 2",
    ]
    for part in ("✗ fail", "two schemas", "Saw: schemas a, b", "To do: empty it", "Rule: 13.2 no. 2"):
        assert part in checks_html([failed])


def test_a_passed_check_has_nothing_to_do() -> None:
    assert "To do" not in checks_text([check("pass", hint="empty it")])


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([], "No check has run"),
        (["pass", "pass"], "Ready: 2 passed"),
        (["warn", "pass", "skip"], "Ready: 1 to accept, 1 passed, 1 skipped"),
        (["pass", "fail", "warn"], "Not ready: 1 failed, 1 to accept, 1 passed"),
        (["odd"], "Ready: 1 odd"),
    ],
)
def test_one_line_says_how_the_checks_went(statuses: list[str], said: str) -> None:
    checks = [check(status) for status in statuses]
    assert describe_verdict(checks) == said
    assert checks_text(checks).startswith(said)


def test_a_short_list_names_what_was_skipped_and_why_and_folds_the_rest() -> None:
    checks = [check("skip", title="Point and incident", detail="No incident was given."), check("pass", title="Idle")]
    shown = checks_html([check("warn"), *checks], is_short=True)
    before, folded = shown.split("<details>")
    assert "Skipped: Point and incident. No incident was given." in before
    assert "Idle" not in before
    assert "Idle" in folded
    assert "Skipped" not in checks_html([check("pass")], is_short=True)


def test_evidence_may_be_of_any_shape_or_missing() -> None:
    shapes = {"seen": "seen", ("a", "b"): "a, b", 7: "7"}
    for evidence, said in shapes.items():
        assert f"Saw: {said}" in checks_text([check(evidence=evidence)])
    assert "Saw: ids none, name (empty)" in checks_text([check(evidence={"ids": [], "name": ""})])
    bare = SimpleNamespace(id="i", title="t", status="pass", detail="", hint="", rule="")
    assert "Saw" not in checks_text([bare])


def test_long_evidence_is_cut_visibly() -> None:
    text = checks_text([check(evidence="x" * 5000)])
    assert "x…" in text
    assert len(text) < 500


def test_what_the_service_says_is_escaped() -> None:
    shown = show_checks([check("warn", detail="<script>", title="<b>", hint="\x1b[2J", evidence="<i>")])
    assert "<script" not in shown.html
    assert "<b><b>" not in shown.html
    assert "&lt;i&gt;" in shown.html
    assert "\x1b" not in shown.text


def test_a_table_puts_first_what_needs_a_hand_and_keeps_the_text_in_order() -> None:
    checks = [check(status, id=f"check-{status}", hint="mend it") for status in ("pass", "skip", "warn", "fail")]
    table = checks_table(checks)
    places = [table.html.index(f"check-{status}") for status in ("fail", "warn", "pass", "skip")]
    assert places == sorted(places)
    assert table.html.count("mend it") == 2
    assert table.text == checks_text(checks)
