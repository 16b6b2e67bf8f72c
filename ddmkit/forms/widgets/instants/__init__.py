"""Parts by which a person enters an instant: a text with its readings, a picker, a time zone, suggestions."""
