"""One invoice registered and approved, by eight callers for several clients; journals of a thousand and of ten
thousand.

Floors: the very same rows written by psycopg in the same two commits, and by COPY. They go to a database with the same
tables, constraints and indexes, with no policy, no check of ours and no lock of ours around them.
"""

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any
from uuid import UUID, uuid4

import psycopg

from benchmarks import bare, rows
from benchmarks.figures import ROUNDS, Figure, Goal, in_turns
from benchmarks.load import Load, load
from benchmarks.rows import Copies, Table
from benchmarks.stand import FLOOR, MAY, Client, Ledger, Stand
from chassis.business_day import today
from chassis.wire import from_date
from deploy.local.topology import Seat
from rf.ledger.v1 import invoices_pb2, journals_pb2

CALLERS = 8
CLIENTS = 4
IN_JOURNAL = 1_000
TIMES = 10
LINEAR = 1.1
IN_REQUEST = 1_000  # as many as one call registers


def one_invoice(stand: Stand, scale: float) -> list[Figure]:
    """Register and approve of one invoice, per second."""
    stand.need(Seat("ledger", "serve"))
    clients = [stand.client() for _ in range(CLIENTS)]
    ledgers = {client.id: stand.ledger([client.id]) for client in clients}
    receipts = [_register_and_approve(ledgers[client.id], client) for client in clients]
    places = {client.id: customer_id(stand, client) for client in clients}
    tables = rows.of_journal(stand.conninfo("ledger"), receipts[0].journal_id)
    database = stand.conninfo(FLOOR)
    rows.copy_clients(stand.conninfo("ledger"), database, list(places))
    first = clients[0].id
    own = [{first: client_id, places[first]: customer_id} for client_id, customer_id in places.items()]
    seats = [place % CLIENTS for place in range(CALLERS)]
    desks = [(clients[place], stand.token({clients[place].id: MAY})) for place in seats]
    copies = [own[place] for place in seats]
    seconds = max(3 * scale, 0.5)
    with (
        bare.served(database, tables) as target,
        load(partial(_callers, stand.ledger_target, desks)) as ours,
        load(partial(bare.psycopg_callers, database, tables, copies)) as floor,
        load(partial(bare.rpc_callers, target, copies)) as reference,
    ):
        runs: list[Load] = [ours, floor, reference]
        speeds = in_turns(*(partial(_speed, run, seconds) for run in runs))
    name = f"register + approve of one invoice, {CALLERS} callers"
    return [
        Figure(name, "per s", speeds[0], speeds[1], Goal.RATIO_AT_LEAST, 0.10, "same rows by psycopg"),
        Figure("  bare gRPC + SQLAlchemy, same rows", "per s", speeds[2], speeds[1], Goal.NONE),
        Figure("  ours beside bare gRPC + SQLAlchemy", "per s", speeds[0], speeds[2], Goal.NONE),
    ]


def journals(stand: Stand, scale: float) -> list[Figure]:
    """Approval of a journal of a thousand invoices, and of ten thousand, in milliseconds."""
    stand.need(Seat("ledger", "serve"))
    size = max(round(IN_JOURNAL * min(scale, 1)), 50)
    ours, copy = _approvals(stand, size, ROUNDS)
    ten, copy_of_ten = _approvals(stand, TIMES * size, 2)
    name = "approval of a journal of {:,} invoices"
    return [
        Figure(name.format(size), "ms", ours, copy, Goal.RATIO_AT_MOST, 8, "COPY of its rows"),
        Figure(name.format(TIMES * size), "ms", ten, copy_of_ten, Goal.RATIO_AT_MOST, 8, "COPY of its rows"),
        Figure(f"  beside {TIMES} of {size:,}", "ms", ten, TIMES * ours, Goal.RATIO_AT_MOST, LINEAR),
    ]


def _approvals(stand: Stand, size: int, rounds: int) -> tuple[float, float]:
    """Milliseconds of an approval and of COPY of its rows, medians."""
    client = stand.client()
    ledger = stand.ledger([client.id])
    written: dict[str, Table] = {}
    ids: dict[UUID, UUID] = {}
    ours: list[float] = []
    floors: list[float] = []
    with psycopg.connect(stand.conninfo(FLOOR)) as connection:
        for place in range(rounds + 1):
            for _ in range((size - 1) // IN_REQUEST):
                registered(ledger, client, IN_REQUEST)
            journal = registered(ledger, client, (size - 1) % IN_REQUEST + 1)
            began = time.perf_counter()
            approve(ledger, journal)
            took = time.perf_counter() - began
            if not written:
                tables = rows.of_journal(stand.conninfo("ledger"), journal.journal_id)
                written = {name: tables[name] for name in ("journal", *rows.BY_APPROVAL)}
                rows.copy_clients(stand.conninfo("ledger"), stand.conninfo(FLOOR), [client.id])
                ids = {one: one for one in (client.id, customer_id(stand, client))}
            copied = _copied(connection, written, ids)
            if place:
                ours.append(took * 1000)
                floors.append(copied * 1000)
    return median(ours), median(floors)


def _speed(run: Load, seconds: float) -> float:
    return run.go(seconds).per_s


def _callers(target: str, desks: Sequence[tuple[Client, str]]) -> list[Callable[[], object]]:
    return [partial(_register_and_approve, Ledger(target, token), client) for client, token in desks]


def _register_and_approve(ledger: Ledger, client: Client) -> journals_pb2.Receipt:
    return approve(ledger, registered(ledger, client, 1))


def registered(ledger: Ledger, client: Client, count: int) -> journals_pb2.Journal:
    """Register so many invoices in the open journal."""
    request = journals_pb2.RegisterInvoicesRequest(
        request_id=str(uuid4()), client_id=str(client.id), invoices=[draft(client)] * count
    )
    journal: journals_pb2.Journal = ledger.journals.RegisterInvoices(request).journal
    return journal


def approve(ledger: Ledger, journal: journals_pb2.Journal) -> journals_pb2.Receipt:
    """Approve a journal."""
    request = journals_pb2.ApproveJournalRequest(
        request_id=str(uuid4()), client_id=journal.client_id, journal_id=journal.journal_id
    )
    receipt: journals_pb2.Receipt = ledger.journals.ApproveJournal(request).receipt
    return receipt


def draft(client: Client) -> invoices_pb2.InvoiceDraft:
    """An invoice of two rows."""
    return invoices_pb2.InvoiceDraft(
        client_id=str(client.id),
        service=invoices_pb2.SERVICE_KIND_INVOICING,
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        customer_number=client.customer,
        invoice_date=from_date(today()),
        payment_terms_days=30,
        currency_code="SEK",
        our_reference="Frida Ahlgård",
        rows=[
            invoices_pb2.InvoiceRow(description="Städning", quantity="3", unit="tim", unit_price="400", vat_percent=25),
            invoices_pb2.InvoiceRow(description="Material", quantity="1", unit="st", unit_price="80", vat_percent=25),
        ],
    )


def customer_id(stand: Stand, client: Client) -> UUID:
    """The one customer of the client."""
    with stand.connect("ledger") as connection:
        row = connection.execute("SELECT id FROM customer WHERE client_id = %s", [client.id]).fetchone()
    assert row is not None
    return UUID(str(row[0]))


def _copied(connection: psycopg.Connection[Any], tables: dict[str, Table], ids: dict[UUID, UUID]) -> float:
    """Seconds that COPY takes for the rows under new keys, commit included."""
    fresh = Copies(tables, ids).fresh()
    began = time.perf_counter()
    rows.write(connection, tables, fresh)
    connection.commit()
    return time.perf_counter() - began
