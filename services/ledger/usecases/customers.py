"""The clients' customers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.permissions import Permission
from kernel.errors import NotFound, Violations
from services.ledger.domain.customers import Customer, shielded
from services.ledger.domain.numbers import next_free
from services.ledger.storage import counters
from services.ledger.storage import customers as storage
from services.ledger.storage import terms as terms_storage
from services.ledger.storage.tables import COUNTER_CUSTOMER

NIL = UUID(int=0)
"""The id of a customer that has none yet."""


def create(tx: Tx, client_id: UUID, customers: Sequence[Customer], *, refuse_doublets: bool = False) -> list[Customer]:
    """Add customers, all or none. Those without a number get the next of the client's series.

    Raises InvalidInput: ``TAKEN`` for a number or id that somebody has, ``TWICE`` for one that comes twice, and, if
    doublets are refused, ``ID_NUMBER_TAKEN`` with the number of a customer that has the ID number.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    terms = terms_storage.get(tx, client_id)
    given = Counter(one.number for one in customers if one.number)
    ids = Counter(one.id for one in customers if one.id != NIL)
    without = sum(not one.number for one in customers)
    first = counters.lock(tx, client_id, COUNTER_CUSTOMER, terms.first_customer_number)  # also keeps others out
    taken = storage.taken_numbers(tx, client_id, list(given))
    taken_ids = storage.taken_ids(tx, client_id, list(ids))
    id_numbers = [one.id_number for one in customers if one.id_number] if refuse_doublets else []
    doublets = storage.with_id_numbers(tx, client_id, id_numbers) if id_numbers else {}
    with Violations() as v:
        for index, one in enumerate(customers):
            v.require(f"customers[{index}].number", one.number not in taken, "TAKEN")
            v.require(f"customers[{index}].number", given[one.number] <= 1, "TWICE")
            v.require(f"customers[{index}].customer_id", one.id not in taken_ids, "TAKEN")
            v.require(f"customers[{index}].customer_id", ids[one.id] <= 1, "TWICE")
            if one.id_number in doublets:
                v.add(f"customers[{index}].id_number", "ID_NUMBER_TAKEN", number=doublets[one.id_number])
    series = iter(_numbers(tx, client_id, first, without, set(given)))
    complete = [
        replace(one, number=one.number or str(next(series)), id=uuid7() if one.id == NIL else one.id, version=1)
        for one in customers
    ]
    storage.insert(tx, client_id, complete, today())
    tx.audit("customers.create", "client", client_id, client_id, count=len(complete))
    return complete


def get(tx: Tx, client_id: UUID, customer_id: UUID) -> Customer:
    """One customer. Raises NotFound."""
    tx.caller.require(Permission.LEDGER_READ, client_id)
    found = storage.by_ids(tx, client_id, [customer_id]).get(customer_id)
    if found is None:
        raise NotFound("customer")
    tx.audit("customer.read", "customer", customer_id, client_id)
    return as_seen(tx, found)


def as_seen(tx: Tx, customer: Customer) -> Customer:
    """The customer as the caller may see it."""
    return customer if tx.caller.may(Permission.CUSTOMERS_PROTECTED, customer.client_id) else shielded(customer)


def look_up(tx: Tx, client_id: UUID, query: str, limit: int, after: tuple[bool, str, UUID] | None) -> list[Customer]:
    """Customers whose number, name or ID number begins so."""
    if not tx.caller.may(Permission.LEDGER_REGISTER, client_id):
        tx.caller.require(Permission.LEDGER_READ, client_id)
    return storage.look_up(tx, client_id, query, limit, after)


def _numbers(tx: Tx, client_id: UUID, first: int, count: int, given: set[str]) -> list[int]:
    if not count:
        return []
    span = count
    while True:
        candidates = [str(number) for number in range(first, first + span)]
        taken = storage.taken_numbers(tx, client_id, candidates) | given
        if sum(candidate not in taken for candidate in candidates) >= count:
            break
        span *= 2
    found = next_free(first, count, taken)
    counters.set_next(tx, client_id, COUNTER_CUSTOMER, found[-1] + 1)
    return found
