"""The timeline of a source, drawn in plain Python: its facts, the scale of its axis, and a static picture."""
