from __future__ import annotations

import pytest

from ddmkit.display.status import Tone, describe_status, status_html, tone_of, tone_of_run
from ddmkit.models import is_healthy


@pytest.mark.parametrize(
    ("word", "tone"),
    [
        ("normal", Tone.GOOD),
        ("RUNNING", Tone.GOOD),
        ("pass", Tone.GOOD),
        ("fail", Tone.BAD),
        ("createfail", Tone.BAD),
        ("CREATE_FAILED", Tone.BAD),
        ("Abnormal", Tone.BAD),
        ("FROZEN", Tone.BAD),
        ("warn", Tone.WARNING),
        ("unknown", Tone.WARNING),
        ("stopped", Tone.WARNING),
        ("waiting", Tone.WARNING),
        ("creating", Tone.BUSY),
        ("EXPANDING", Tone.BUSY),
        ("skip", Tone.QUIET),
        ("never heard of", Tone.QUIET),
        ("", Tone.QUIET),
    ],
)
def test_words_of_all_vocabularies_are_sorted(word: str, tone: Tone) -> None:
    assert tone_of(word) is tone


def test_a_state_is_said_by_symbol_and_word() -> None:
    assert describe_status("normal") == "✓ normal"
    assert describe_status("Running", Tone.BUSY) == "… Running"
    assert describe_status("") == "○ not given"


def test_tones_differ_without_their_colours() -> None:
    assert len({tone.symbol for tone in Tone}) == len(Tone)


def test_the_word_keeps_the_colour_of_the_page() -> None:
    made = status_html("<i>")
    assert "color:inherit" in made
    assert "○ &lt;i&gt;" in made


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("tone", list(Tone))
def test_frames_stand_out_on_white_and_on_the_dark_theme(tone: Tone) -> None:
    for background in ("#ffffff", "#111111"):
        lighter, darker = sorted((luminance(tone.colour), luminance(background)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3


def test_what_the_models_call_healthy_is_good():
    assert all(is_healthy(word) and tone_of(word) is Tone.GOOD for word in ("normal", "RUNNING", " Active "))


def test_a_run_that_is_running_has_not_succeeded_yet_while_an_instance_that_is_running_is_healthy() -> None:
    assert (tone_of("running"), tone_of_run("running"), tone_of_run("Running")) == (Tone.GOOD, Tone.BUSY, Tone.BUSY)
    assert all(tone_of_run(state) is tone_of(state) for state in ("completed", "failed", "waiting", "unknown", "sending"))
