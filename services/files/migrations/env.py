"""Runs the migrations of this service (see chassis.migrations)."""

from chassis.migrations import run_environment

run_environment()
