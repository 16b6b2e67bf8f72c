"""The work of one restore: gather facts, check, plan, submit, send, reconcile, follow, and verify."""
