"""How long the state machine plays: a while in every run, a night's worth with HYPOTHESIS_PROFILE=nightly.

The profiles are registered for that test to take and are not loaded, so that they change no other test.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

PATIENT = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.generate, Phase.shrink),
    "print_blob": True,
}
settings.register_profile("every-run", max_examples=3, stateful_step_count=30, **PATIENT)
settings.register_profile("nightly", max_examples=6, stateful_step_count=40, **PATIENT)
