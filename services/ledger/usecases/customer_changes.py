"""Spara ändringar: a customer's details, its addresses through time, and the fact of its direct debit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.business_day import today
from chassis.database import Tx
from chassis.outbox import Event
from chassis.permissions import Permission
from kernel.errors import NotFound, Violations
from rf.ledger.v1.events_pb2 import CustomerChanged
from services.ledger.domain.customers import Customer, CustomerChangedMeanwhile, differing, unshielded
from services.ledger.storage import customer_changes as storage
from services.ledger.storage import customers


def update(tx: Tx, wanted: Customer, *, refuse_doublets: bool) -> Customer:
    """Save a customer's details, made from the version that they name.

    What belongs to a protected identity stays as it is for a caller who may not see it. Raises NotFound,
    CustomerChangedMeanwhile, InvalidInput: at ``number`` ``NOT_ALLOWED``, at ``id_number`` ``ID_NUMBER_TAKEN``, at
    ``protected_identity`` ``NOT_ALLOWED`` for who may not see what would be shown.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, wanted.client_id)
    stored = _lock(tx, wanted.client_id, wanted.id)
    if wanted.version != stored.version:
        raise CustomerChangedMeanwhile
    hidden = stored.protected_identity and not tx.caller.may(Permission.CUSTOMERS_PROTECTED, wanted.client_id)
    with Violations() as v:
        v.require("number", wanted.number in ("", stored.number), "NOT_ALLOWED")
        v.require("protected_identity", wanted.protected_identity or not hidden, "NOT_ALLOWED")
    merged = replace(wanted, number=stored.number, direct_debit_since=stored.direct_debit_since)
    if hidden:
        merged = unshielded(merged, stored)
    if refuse_doublets and merged.id_number and merged.id_number != stored.id_number:
        taken = customers.with_id_numbers(tx, stored.client_id, [merged.id_number], stored.id)
        with Violations() as v:
            number = taken.get(merged.id_number, "")
            v.require("id_number", not number, "ID_NUMBER_TAKEN", number=number)
    return _save(tx, stored, merged)


def set_direct_debit(tx: Tx, client_id: UUID, customer_id: UUID, since: date | None) -> Customer:
    """Note that a direct debit is active since a day, or is no more. Raises NotFound, InvalidInput (``TOO_LATE``)."""
    tx.caller.require(Permission.DIRECT_DEBIT, client_id)
    with Violations() as v:
        v.require("since_date", since is None or since <= today(), "TOO_LATE")
    stored = _lock(tx, client_id, customer_id)
    if stored.direct_debit_since == since:
        return stored
    storage.note_direct_debit(tx, client_id, customer_id, since, today())
    return _save(tx, stored, replace(stored, direct_debit_since=since))


def list_addresses(tx: Tx, client_id: UUID, customer_id: UUID, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """The addresses that a customer has had, latest first; none that the caller may not see. Raises NotFound."""
    tx.caller.require(Permission.LEDGER_READ, client_id)
    customer = customers.by_ids(tx, client_id, [customer_id]).get(customer_id)
    if customer is None:
        raise NotFound("customer")
    if customer.protected_identity and not tx.caller.may(Permission.CUSTOMERS_PROTECTED, client_id):
        return []
    tx.audit("customer.addresses", "customer", customer_id, client_id)
    return storage.addresses(tx, client_id, customer_id, before, limit)


def _lock(tx: Tx, client_id: UUID, customer_id: UUID) -> Customer:
    stored = storage.lock(tx, client_id, customer_id)
    if stored is None:
        raise NotFound("customer")
    return stored


def _save(tx: Tx, stored: Customer, wanted: Customer) -> Customer:
    changed = differing(stored, wanted)
    if not changed:
        return stored
    storage.update(tx, wanted)
    day = today()
    if wanted.address != stored.address:
        storage.move(tx, stored.client_id, stored.id, wanted.address, day)
    blocks = (wanted.reminder_block, wanted.collection_block)
    if blocks != (stored.reminder_block, stored.collection_block):
        customers.note_stops(tx, stored.client_id, [wanted], day)
    if wanted.sort_key != stored.sort_key:
        storage.rename_on_invoices(tx, wanted)
    tx.publish(Event(stored.client_id, "customer", stored.id, CustomerChanged(customer_id=str(stored.id))))
    tx.audit("customer.change", "customer", stored.id, stored.client_id, fields=",".join(changed))
    return replace(wanted, version=stored.version + 1)
