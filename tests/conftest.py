"""What all tests share."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How fast a machine draws and judges says nothing of what is tested.
settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# pytest --hypothesis-profile=deep tests/battery/test_mutations.py: minutes instead of seconds.
settings.register_profile("deep", settings.get_profile("any-machine"), max_examples=3000)
settings.load_profile("any-machine")
