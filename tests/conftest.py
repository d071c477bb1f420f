"""Fixtures for every test; the real servers among them are in `tests/stack.py`."""

import os

# before gRPC is loaded: tests start servers beside open channels, and its handlers of forks stall or break both
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")

pytest_plugins = ["tests.stack"]
