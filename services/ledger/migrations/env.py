"""Alembic's entry: everything is the chassis'."""

from chassis.migrations import run_environment

run_environment()
