"""Ändra markerade and Kravstoppad: due day and demand stop of approved invoices, all of them or none."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.business_day import today
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.outbox import Event
from chassis.permissions import Permission
from chassis.wire import from_date
from kernel.errors import DomainError, Kind, Violations
from rf.ledger.v1.events_pb2 import InvoiceChanged
from services.ledger.domain import invoice_changes as domain
from services.ledger.domain.invoice_changes import Change
from services.ledger.storage import invoice_changes as storage
from services.ledger.storage import invoices
from services.ledger.storage.invoice_changes import Changeable, Changed
from services.ledger.storage.invoices import Note
from services.ledger.usecases.telling import STOP_KINDS


class InvoicesChangedMeanwhile(DomainError):
    """Somebody else has changed one of the invoices since the preview."""

    reason = "INVOICES_CHANGED_MEANWHILE"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Outcome:
    """An invoice before a change, and what it is after it."""

    found: Changeable
    after: domain.Terms

    @property
    def changes(self) -> bool:
        """Whether anything about it changes."""
        return self.after != self.found.terms


def preview(tx: Tx, client_id: UUID, ids: Sequence[UUID], change: Change) -> tuple[list[Outcome], str]:
    """What a change would do, and the mark of what was looked at. Raises InvalidInput with every fault."""
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    outcomes = _outcomes(storage.find(tx, client_id, ids, lock=False), ids, change)
    return outcomes, _etag(outcomes)


def change_invoices(tx: Tx, client_id: UUID, ids: Sequence[UUID], change: Change, etag: str) -> list[Outcome]:
    """Change invoices, all or none; ``etag`` is the preview's, or empty.

    Raises InvalidInput with every fault by field of the message (``UNKNOWN_INVOICE``, and those of the domain at
    ``invoice_ids[3]`` and ``due_date``), InvoicesChangedMeanwhile.
    """
    tx.caller.require(Permission.LEDGER_REGISTER, client_id)
    outcomes = _outcomes(storage.find(tx, client_id, ids, lock=True), ids, change)
    if etag and etag != _etag(outcomes):
        raise InvoicesChangedMeanwhile
    day = today()
    written = [Changed(uuid7(), one.found.line.id, one.found.terms, one.after) for one in outcomes if one.changes]
    if written:
        storage.write(tx, client_id, day, written)
        invoices.note(tx, client_id, [Note(one.invoice_id, "CHANGED", note=_note(one), id=one.id) for one in written])
    for one in written:
        tx.publish(Event(client_id, "invoice", one.invoice_id, _told(one)))
    tx.audit("invoices.change", "client", client_id, client_id, count=len(written))
    return outcomes


def _outcomes(found: dict[UUID, Changeable], ids: Sequence[UUID], change: Change) -> list[Outcome]:
    day = today()
    outcomes = []
    with Violations() as v:
        for index, invoice_id in enumerate(ids):
            one = found.get(invoice_id)
            if one is None:
                v.add(f"invoice_ids[{index}]", "UNKNOWN_INVOICE")
                continue
            with v.field(f"invoice_ids[{index}]"):
                after = domain.changed(one.terms, one.line.facts, one.line.invoice_date, change, day)
                outcomes.append(Outcome(one, after))
    return outcomes


def _etag(outcomes: Sequence[Outcome]) -> str:
    """A mark of what of the invoices a change and its consequence depend on."""
    seen = sorted((str(one.found.line.id), one.found.line.facts, one.found.terms) for one in outcomes)
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def _note(one: Changed) -> str:
    """The reason of a stop that is set or moved; that of one that is left or lifted is no news."""
    return one.after.stop_reason if one.after[1:] != one.before[1:] else ""


def _told(one: Changed) -> InvoiceChanged:
    return InvoiceChanged(
        invoice_id=str(one.invoice_id),
        due_date_before=from_date(one.before.due_date),
        due_date=from_date(one.after.due_date),
        stop=STOP_KINDS[one.after.stop],
        stop_until_date=from_date(one.after.stop_until),
        day=from_date(today()),
    )
