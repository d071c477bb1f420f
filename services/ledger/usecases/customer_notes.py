"""Noteringar: what a client's users write for each other about a customer. Nobody else sees them (SPEC K-10)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.database import Tx
from chassis.permissions import Permission
from chassis.tokens import CallerKind
from kernel.errors import NotFound, PermissionDenied
from services.ledger.storage import customer_notes as storage
from services.ledger.storage import customers


def may_see(tx: Tx) -> bool:
    """Whether the caller is a client's user."""
    return tx.caller.kind is CallerKind.CLIENT_USER


def listed(tx: Tx, client_id: UUID, customer_id: UUID, before: UUID | None, limit: int) -> Sequence[Row[Any]]:
    """Notes, latest first. Raises PermissionDenied for staff and services, NotFound."""
    _check(tx, Permission.LEDGER_READ, client_id, customer_id)
    return storage.listed(tx, client_id, customer_id, before, limit)


def add(tx: Tx, client_id: UUID, customer_id: UUID, written: str) -> Row[Any]:
    """Add a note. Raises PermissionDenied for staff and services, NotFound."""
    _check(tx, Permission.LEDGER_REGISTER, client_id, customer_id)
    tx.audit("customer.note", "customer", customer_id, client_id)
    return storage.add(tx, client_id, customer_id, written)


def _check(tx: Tx, permission: Permission, client_id: UUID, customer_id: UUID) -> None:
    tx.caller.require(permission, client_id)
    if not may_see(tx):
        raise PermissionDenied("customer_notes")
    if not customers.by_ids(tx, client_id, [customer_id]):
        raise NotFound("customer")
