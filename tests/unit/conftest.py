"""Hypothesis without a stop-watch: on a shared machine a slow example says nothing about the code."""

from hypothesis import HealthCheck, settings

settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")
