"""Labelled inputs and their messages."""

import pytest

from ddmkit.errors import DDMKitError
from ddmkit.forms.widgets.fields import Message, TextField, tick


def test_a_field_tells_what_a_person_types_and_not_what_python_sets():
    told = []
    field = TextField("Name", "What it is called", told.append, "x-name")
    field.value = "from python"
    field.input.value = "typed"
    assert told == ["typed"]
    assert field.value == "typed"


def test_a_message_has_symbol_word_and_escaped_text():
    message = Message()
    message.show_error("<b>no</b>")
    assert "✗ not possible" in message.widget.value
    assert "&lt;b&gt;no" in message.widget.value
    message.clear()
    assert (message.text, message.widget.value) == ("", "")


def test_a_tick_tells_that_it_changed():
    told = []
    box = tick("I have looked", "Say so", "x-tick", lambda: told.append(1))
    box.value = True
    assert told == [1]
    assert box.description == "I have looked"


def test_an_error_is_shown_where_it_happened_and_goes_with_the_next_success():
    message = Message()
    with message.showing_errors():
        raise DDMKitError("The service did not answer.")
    assert "did not answer" in message.text
    with message.showing_errors():
        pass
    assert message.text == ""
    with pytest.raises(ZeroDivisionError), message.showing_errors():
        1 / 0  # noqa: B018  # a mistake of ours is never shown as an error of the service
