"""The checks of the preflight, one small pure function each, sorted by what they look at.

``result`` says what a check gives; ``source``, ``point``, ``target``, ``nodes`` and ``surroundings`` hold the checks. Each
takes the inventory and the request and looks at nothing else. ``ddmkit.restore.preflight`` runs them all, in order.
"""
