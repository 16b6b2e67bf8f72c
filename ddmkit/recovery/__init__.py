"""The whole recovery: new data nodes at one instant, a new target, the proofs, the metadata restore, and what follows.

A recovery is a small graph of steps. The modules ``instant``, ``names``, ``overrides``, ``requests``, ``steps``, ``checks``,
``plan`` and ``abandon`` are pure: they turn facts into a plan. ``facts`` reads them. The run sends the steps of a plan, each
by the one mechanism of ``ddmkit.sending``.
"""
