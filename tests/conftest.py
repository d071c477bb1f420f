"""Fixtures for every test; the real servers among them are in `tests/stack.py`."""

pytest_plugins = ["tests.stack"]
