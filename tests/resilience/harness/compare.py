"""The model against the books: every difference is a finding."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from deploy.local.reconcile import Databases
from kernel.interest import ReferenceRate, default_interest
from tests.resilience.harness.model import Expected, Fate, Invoice
from tests.resilience.harness.world import World

_REFERENCE = re.compile(r"K[0-9a-f]{20}")  # as World.key makes them; a file's carries its account too

_CUSTOMERS = "SELECT name, client_id::text FROM customer WHERE client_id = ANY(:clients)"
_INVOICES = """
SELECT i.client_id::text, i.id, i.your_reference, i.total_minor, i.open_minor, i.sent_to_collection_on, i.document_id,
       coalesce((SELECT sum(o.amount_minor) FROM overpayment o
                  WHERE o.client_id = i.client_id AND o.invoice_id = i.id), 0)::bigint AS overpaid
  FROM invoice i WHERE i.client_id = ANY(:clients)
"""
_PAYMENTS = "SELECT bank_reference, amount_minor, unplaced_minor FROM payment WHERE client_id = ANY(:clients)"
_WAITING = """
SELECT j.id::text AS journal_id, i.bank_reference, substring(i.payload::text FROM 'K[0-9a-f]{20}') AS key
  FROM journal j JOIN journal_item i ON i.client_id = j.client_id AND i.journal_id = j.id
 WHERE j.client_id = ANY(:clients) AND j.approved_at IS NULL
"""
_CASES = """
SELECT k.invoice_id, k.capital_minor, c.status,
       coalesce(sum(p.interest_minor), 0)::bigint AS interest, coalesce(sum(p.capital_minor), 0)::bigint AS capital,
       coalesce(sum(p.surplus_minor), 0)::bigint AS surplus
  FROM claim k JOIN collection_case c ON c.client_id = k.client_id AND c.id = k.case_id
  LEFT JOIN case_payment p ON p.client_id = k.client_id AND p.claim_id = k.id
 WHERE k.client_id = ANY(:clients) GROUP BY k.invoice_id, k.capital_minor, c.status
"""
_PRODUCED = "SELECT subject_id FROM produced_document WHERE client_id = ANY(:clients)"
_UPLOADS = "SELECT file_name, status FROM upload WHERE client_id = ANY(:clients) AND status <> 'receiving'"


def differences(world: World, databases: Databases) -> list[str]:
    """Where the services' books are not what the model says; empty when all agree."""
    return [
        *_customers(world, databases),
        *_invoices(world, databases),
        *_payments(world, databases),
        *_waiting(world, databases),
        *_uploads(world, databases),
    ]


def _rows(world: World, databases: Databases, service: str, sql: str) -> list[Any]:
    return list(databases[service].execute(text(sql), {"clients": world.clients}))


def _customers(world: World, databases: Databases) -> Iterator[str]:
    found = Counter((row.name, row.client_id) for row in _rows(world, databases, "ledger", _CUSTOMERS))
    yield from _counted("customer", found, Counter(world.model.customers.items()))


def _counted(what: str, found: Counter[Any], expected: Counter[Any]) -> Iterator[str]:
    for key in found.keys() | expected.keys():
        if found[key] != expected[key]:
            yield f"{what} {key} is there {found[key]} times instead of {expected[key]}"


def _invoices(world: World, databases: Databases) -> Iterator[str]:
    rows = _rows(world, databases, "ledger", _INVOICES)
    expected = world.model.expected(_interest(world, databases))
    yield from _counted("invoice", Counter(row.your_reference for row in rows), Counter(expected.keys()))
    cases = {row.invoice_id: row for row in _rows(world, databases, "collection", _CASES)}
    for row in rows:
        if row.your_reference not in expected:
            continue
        want, known = expected[row.your_reference], world.model.invoices[row.your_reference]
        if (row.total_minor, row.open_minor, row.overpaid) != (known.total, want.open, want.overpaid):
            yield (
                f"invoice {known.key} has total, open, overpaid {row.total_minor}, {row.open_minor}, {row.overpaid}"
                f" instead of {known.total}, {want.open}, {want.overpaid}"
            )
        if (row.sent_to_collection_on is not None) != (known.hand_over == "done"):
            yield f"invoice {known.key} is in collection: {row.sent_to_collection_on}, handed over: {known.hand_over!r}"
        yield from _case(known, want, cases.get(row.id))


def _case(known: Invoice, want: Expected, case: Any) -> Iterator[str]:
    if known.hand_over != "done":
        if case is not None:
            yield f"invoice {known.key} has a case and was never handed over"
    elif case is None:
        yield f"invoice {known.key} was handed over and has no case"
    else:
        got = (case.capital_minor, case.interest, case.capital, case.surplus, case.status == "paid")
        wanted = (want.capital, want.case_interest, want.case_capital, want.case_surplus, want.case_paid)
        if got != wanted:
            yield f"case of {known.key} has capital, interest, capital paid, surplus, paid {got} instead of {wanted}"


def _interest(world: World, databases: Databases) -> Any:
    """Interest until today by the rates that were entered."""
    rows = databases["collection"].execute(text("SELECT valid_from, basis_points FROM reference_rate"))
    rates = [ReferenceRate(row.valid_from, Decimal(row.basis_points) / 100) for row in rows]

    def owed(invoice: Invoice, capital: int) -> int:
        assert invoice.due is not None, "only claims are handed over"
        return default_interest(capital, invoice.due, world.today, rates).total_minor

    return owed


def _payments(world: World, databases: Databases) -> Iterator[str]:
    real = world.model.real()
    rows = [(_REFERENCE.search(row.bank_reference), row) for row in _rows(world, databases, "ledger", _PAYMENTS)]
    found = Counter((match.group() if match else row.bank_reference, row.amount_minor) for match, row in rows)
    booked = [one for one in world.model.payments.values() if one.reference in real]
    yield from _counted("payment", found, Counter((one.reference, one.amount) for one in booked))
    unplaced = sum(row.unplaced_minor for _, row in rows)
    wanted = sum(one.amount for one in booked if one.target is None)
    if unplaced != wanted:
        yield f"unplaced payments are {unplaced} instead of {wanted}"


def _waiting(world: World, databases: Databases) -> Iterator[str]:
    """What waits in journals is what was registered and not approved, each once."""
    found: Counter[Any] = Counter()
    for row in _rows(world, databases, "ledger", _WAITING):
        match = _REFERENCE.search(row.bank_reference or row.key or "")
        found[row.journal_id, match.group() if match else ""] += 1
    expected = Counter(
        (journal_id, item)
        for journal_id, items in world.model.journals.items()
        if journal_id not in world.model.approved
        for item in items
    )
    yield from _counted("item of a journal", found, expected)


def _uploads(world: World, databases: Databases) -> Iterator[str]:
    found = {row.file_name: row.status for row in _rows(world, databases, "files", _UPLOADS)}
    expected = world.model.uploads
    shown = {"received": "sent", "parsed": "sent"}
    for name in found.keys() | expected.keys():
        if shown.get(found.get(name, ""), found.get(name)) != expected.get(name):
            yield f"file {name} is {found.get(name)} instead of {expected.get(name)}"


def jobs_undone(world: World, databases: Databases) -> list[str]:
    """Printed invoices that have no copy, and files that are not read, when every job is said to be done."""
    produced = {row.subject_id for row in _rows(world, databases, "reports", _PRODUCED)}
    printed = {one.key for one in world.model.invoices.values() if one.fate is Fate.PRINTED}
    rows = _rows(world, databases, "ledger", _INVOICES)
    uploads = _rows(world, databases, "files", _UPLOADS)
    return [
        *(
            f"printed invoice {row.your_reference} has no copy"
            for row in rows
            if row.your_reference in printed and row.id not in produced
        ),
        *(f"file {row.file_name} has not been read" for row in uploads if row.status == "received"),
    ]
