"""One case whole: who owes, what is owed and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from chassis import business_day
from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import NotFound
from kernel.interest import ReferenceRate
from services.collection.domain.balances import Balance, Paid, balance
from services.collection.domain.debtors import Debtor
from services.collection.domain.debts import Cost
from services.collection.domain.statuses import CaseStatus
from services.collection.storage import cases, costs, debtors, payments, rates, search
from services.collection.storage.cases import AnyRow, StoredClaim


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case with everything that its page shows. Rows are those of storage."""

    line: AnyRow
    balance: Balance
    debtors: Sequence[Debtor]
    claims: Sequence[StoredClaim]
    costs: Sequence[AnyRow]
    payments: Sequence[AnyRow]
    history: Sequence[AnyRow]


def open_case(tx: Tx, case_id: UUID) -> CaseView:
    """The case, and a trace of who opened it. Raises NotFound, PermissionDenied."""
    client_id = cases.client_of(tx, case_id)
    if client_id is None:
        raise NotFound("case")
    tx.caller.require(Permission.COLLECTION_READ, client_id)
    tx.audit("collection.case_opened", "case", case_id, client_id)
    return view(tx, client_id, case_id)


def view(tx: Tx, client_id: UUID, case_id: UUID) -> CaseView:
    """The case as it is in this transaction; the caller has been checked."""
    line = search.one(tx, client_id, case_id)
    if line is None:
        raise NotFound("case")
    claims = cases.claims(tx, [(client_id, case_id)])[case_id]
    of_case = costs.of_case(tx, client_id, case_id)
    owed = [Cost(row.day, row.amount_minor) for row in of_case if not row.waived]
    return CaseView(
        line=line,
        balance=_worth(line, claims, owed, rates.reference_rates(tx)),
        debtors=[debtor.shown() for debtor in debtors.of_case(tx, client_id, case_id)],
        claims=claims,
        costs=of_case,
        payments=payments.of_case(tx, client_id, case_id),
        history=cases.history(tx, client_id, case_id),
    )


def _worth(
    line: AnyRow, claims: Sequence[StoredClaim], owed: Sequence[Cost], known_rates: Sequence[ReferenceRate]
) -> Balance:
    """What a case amounts to today, or amounted to when it ended."""
    paid = Paid(
        capital=line.capital_minor - line.capital_remaining_minor,
        interest=line.interest_paid_minor,
        costs=line.costs_minor - line.costs_remaining_minor,
    )
    return balance([stored.claim for stored in claims], owed, paid, line.registered_on, as_of(line), known_rates)


def as_of(line: AnyRow) -> date:
    """The day until which interest runs."""
    day: date = business_day.today() if CaseStatus(line.status).active else line.closed_on
    return day
