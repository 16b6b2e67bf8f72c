"""Errors carry what a caller needs, and their text is safe to show."""

from __future__ import annotations

from types import SimpleNamespace

from ddmkit.errors import DDMKitError, InputError


def test_an_error_names_its_record_whether_it_has_the_record_or_only_the_id() -> None:
    error = DDMKitError("refused")
    assert error.record_id == ""
    error.record = "rec-1"
    assert error.record_id == "rec-1"
    error.record = SimpleNamespace(id="rec-2")
    assert error.record_id == "rec-2"


def test_the_text_of_an_error_spells_out_what_would_hide() -> None:
    assert str(InputError("a\u202eb", field="target", fix="Fix it.")) == "target: a<U+202E>b Fix it."
