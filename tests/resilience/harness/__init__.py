"""The fault harness: seeded work, a model of what must come of it, faults, and the question whether all agree."""

import os

# gRPC would pause its threads around every fork, and break PostgreSQL's start: whoever kills and starts servers forks.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
