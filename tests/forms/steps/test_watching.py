"""What watching a restore and a recovery have in common."""

import threading

import pytest

from ddmkit.forms.steps.recovery.watch import RecoveryProgress
from ddmkit.forms.steps.watch import JobProgress
from ddmkit.forms.widgets.background import FORM_LOCK, run_at_once


@pytest.fixture(params=[JobProgress, RecoveryProgress])
def watch(request, kit):
    made = request.param(kit, run=run_at_once)
    yield made
    made.close()


def test_drawing_ends_although_the_thread_that_ends_it_holds_the_lock(watch):
    drawn = threading.Event()
    with FORM_LOCK:
        end = watch._draw_often(drawn.set)
        end()
    assert not drawn.is_set()


def test_a_record_that_is_not_there_is_an_error_on_the_page(watch):
    watch.resume("r-none")
    assert "r-none" in watch.message.text
    assert watch.state == ""


def test_looking_again_enables_the_button_again(watch):
    watch.again.click()
    assert not watch.again.disabled
