"""Panels of a form that do one thing: resume a restore, decide an unknown outcome, renew a token, open a new world."""
