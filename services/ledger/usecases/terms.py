"""What Resultat Finans has agreed with each client, and the reference rates."""

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Row

from chassis.database import Tx
from chassis.outbox import Event
from chassis.permissions import Permission
from kernel.errors import DomainError, Kind, Violations
from rf.ledger.v1.events_pb2 import ReferenceRateEntered
from services.ledger.domain.accounts import BANK_ACCOUNT, SETTLEMENT_ACCOUNT, Use, first_mapping
from services.ledger.domain.terms import Terms
from services.ledger.storage import terms as storage
from services.ledger.storage.tables import COUNTER_CUSTOMER, COUNTER_INVOICE


class ReferenceRateEnteredAlready(DomainError):
    """The half-year has a rate, and a rate that interest has been counted with never changes."""

    reason = "REFERENCE_RATE_ENTERED_ALREADY"
    kind = Kind.CONFLICT


def set_terms(tx: Tx, terms: Terms) -> Terms:
    """Store a client's terms; at the first time it gets its chart of accounts.

    Raises InvalidInput (``SERIES_BEGUN``) when numbers that are taken would get another beginning.
    """
    tx.caller.require(Permission.TERMS_MANAGE, terms.client_id)
    begun = storage.begun_series(tx, terms)
    with Violations() as v:
        v.require("terms.first_invoice_number", COUNTER_INVOICE not in begun, "SERIES_BEGUN")
        v.require("terms.first_customer_number", COUNTER_CUSTOMER not in begun, "SERIES_BEGUN")
    if storage.put(tx, terms):
        storage.seed_accounts(tx, terms.client_id, first_mapping(holds_bank_account=terms.holds_bank_account))
    else:
        bank = BANK_ACCOUNT if terms.holds_bank_account else SETTLEMENT_ACCOUNT
        storage.map_account(tx, terms.client_id, Use.BANK, bank)
    tx.audit("terms.set", "client", terms.client_id, terms.client_id)
    return terms


def get_terms(tx: Tx, client_id: UUID) -> Terms:
    """The terms of a client. Raises TermsMissing."""
    if not tx.caller.may(Permission.TERMS_MANAGE, client_id):
        tx.caller.require(Permission.LEDGER_READ, client_id)
    return storage.get(tx, client_id)


def set_reference_rate(tx: Tx, half_year: str, basis_points: int, source: str) -> None:
    """Enter the reference rate of a half-year, once. Raises ReferenceRateEnteredAlready."""
    tx.caller.require_everywhere(Permission.RATES_MANAGE)
    if not storage.add_rate(tx, half_year, basis_points, source):
        raise ReferenceRateEnteredAlready(half_year=half_year)
    told = ReferenceRateEntered(half_year=half_year, basis_points=basis_points)
    tx.publish(Event(None, "reference_rate", rate_id(half_year), told))
    tx.audit("reference_rate.set", "reference_rate", half_year, None, basis_points=basis_points)


def list_reference_rates(tx: Tx, before: str, limit: int) -> Sequence[Row[Any]]:
    """Reference rates, latest first. A public fact: whoever has a token may ask."""
    return storage.rates(tx, before, limit)


def rate_id(half_year: str) -> UUID:
    """The id under which a half-year's rate is told."""
    return uuid5(NAMESPACE_OID, f"reference_rate {half_year}")
