"""The metrics that every process shows of itself; those of outbox, consumers and jobs stand beside their code."""

from prometheus_client import Histogram

RPC_SECONDS = Histogram(
    "rf_rpc_seconds",
    "Time to answer an RPC, by method and status code.",
    ["method", "code"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
