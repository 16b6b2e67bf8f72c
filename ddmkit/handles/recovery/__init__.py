"""A whole recovery as a person holds it: its plan, its run, and the list of what can be deleted again."""
