"""What a run without a page is reported, and what a saved notebook keeps."""

from types import SimpleNamespace

import pytest

from ddmkit.forms.logic.summary import describe_missing

PLAN = SimpleNamespace(ready=True, failed=(), warnings=("same-network",), target_name="to-there", digest="0123")


@pytest.mark.parametrize(
    ("plan", "confirm", "digest", "said"),
    [
        (None, "to-there", "0123", "the form is not complete"),
        (SimpleNamespace(ready=False, failed=("target-empty",)), "", "", "not ready (target-empty)"),
        (PLAN, "", "0123", "confirm = 'to-there'"),
        (PLAN, "to-there", "9999", "digest = '0123'  (it is '9999')"),
        (PLAN, "", "", "accept = ['same-network']"),
    ],
)
def test_what_is_missing_is_named(plan, confirm, digest, said):
    reported = describe_missing(plan, confirm, digest).text
    assert reported.startswith("Nothing was submitted")
    assert said in reported


def test_nothing_is_missing_when_name_and_digest_are_right():
    assert describe_missing(PLAN, "to-there", "0123") is None


def test_long_parts_are_folded_in_html_and_whole_in_text(walk, given):
    shown = walk(**given).form.summary()
    assert "<details><summary>Checks</summary>" in shown.html
    assert "target-empty" in shown.text
