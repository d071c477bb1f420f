"""Kunduppgifter of a customer with two thousand open invoices, beside its SQL: at most three times that and 10 ms."""

import random
import time
from collections.abc import Callable
from statistics import median

from benchmarks.approval import approve, customer_id, registered
from benchmarks.figures import ROUNDS, Figure, Goal, percentile
from benchmarks.stand import MAY, Stand
from benchmarks.statements import Floor
from chassis.rpc_client import Neighbour
from deploy.local.topology import Seat
from rf.ledger.v1 import customer_overview_pb2, customer_overview_pb2_grpc
from services.ledger.api.customer_overview import CustomerOverviewServicer

INVOICES = 2_000
IN_JOURNAL = 1_000
TIMES, OVER_MS = 3, 10


def dialog(stand: Stand, scale: float) -> list[Figure]:
    """GetCustomerOverview, in milliseconds."""
    stand.need(Seat("ledger", "serve"))
    client = stand.client()
    ledger = stand.ledger([client.id])
    for _ in range(max(round(INVOICES * min(scale, 1)) // IN_JOURNAL, 1)):
        approve(ledger, registered(ledger, client, IN_JOURNAL))
    request = customer_overview_pb2.GetCustomerOverviewRequest(customer_id=str(customer_id(stand, client)))
    token = stand.token({client.id: MAY})
    stub = Neighbour("ledger", stand.ledger_target, lambda: token).stub(
        customer_overview_pb2_grpc.CustomerOverviewServiceStub
    )
    floor = Floor.of(stand, "ledger")
    servicer = CustomerOverviewServicer(floor.database)
    sent = floor.statements([client.id], lambda: servicer.GetCustomerOverview(request, None))  # type: ignore[arg-type]
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("sql", lambda: floor.run(sent)),
        ("rpc", lambda: stub.GetCustomerOverview(request)),
    )
    taken: dict[str, list[float]] = {"sql": [], "rpc": []}
    for place in range(8 * ROUNDS + 6):
        for name, step in random.sample(steps, len(steps)):
            began = time.perf_counter()
            step()
            if place > 5:  # from the sixth time on PostgreSQL knows the statements
                taken[name].append((time.perf_counter() - began) * 1000)
    floor.close()
    name = f"Kunduppgifter of {INVOICES:,} invoices"
    note = f"the floor is {TIMES} times its SQL, {median(taken['sql']):.1f} ms"
    return [
        Figure(
            f"{name}, {'median' if percent == 50 else f'p{percent}'}",
            "ms",
            percentile(taken["rpc"], percent),
            TIMES * percentile(taken["sql"], percent),
            Goal.OVER_AT_MOST,
            OVER_MS,
            note,
        )
        for percent in (50, 95)
    ]
