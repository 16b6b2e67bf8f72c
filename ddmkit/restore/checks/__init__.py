"""The checks of the preflight, one small pure function each, sorted by subject.

``result`` defines the result of a check; ``source``, ``point``, ``target``, ``nodes`` and ``environment`` hold the checks.
Each check reads the inventory and the request, and nothing else. ``ddmkit.restore.preflight`` runs all checks, in order.
"""
