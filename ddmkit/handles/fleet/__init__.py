"""A fleet as a person holds it: its plan, and its run that any colleague can go on with."""
