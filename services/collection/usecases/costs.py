"""Costs added to a case."""

from datetime import date
from uuid import UUID

from chassis import business_day
from chassis.database import Tx
from chassis.ids import uuid7
from chassis.permissions import Permission
from kernel.errors import NotFound
from services.collection.domain.costs import CostKind, check_cost
from services.collection.domain.statuses import CaseNotActive, CaseStatus
from services.collection.storage import cases, costs, debtors, rates
from services.collection.usecases.opening import CaseView, view


def add(tx: Tx, case_id: UUID, kind: CostKind, amount_minor: int, day: date) -> CaseView:
    """Add a cost that the law allows. Officers and internal systems: whoever registers cases for every client.

    Raises PermissionDenied, NotFound, CaseNotActive and what ``check_cost`` raises.
    """
    tx.caller.require_everywhere(Permission.COLLECTION_REGISTER)
    client_id = cases.client_of(tx, case_id)
    case = None if client_id is None else cases.lock(tx, client_id, case_id)
    if client_id is None or case is None:
        raise NotFound("case")
    if not CaseStatus(case.status).active:
        raise CaseNotActive
    claims = cases.claims(tx, [(client_id, case_id)])[case_id]
    known = debtors.of_case(tx, client_id, case_id)
    check_cost(
        kind,
        amount_minor,
        day,
        cap_minor=rates.cap_minor(tx, kind, day),
        existing={CostKind(row.kind) for row in costs.of_case(tx, client_id, case_id)},
        due_date=min(stored.claim.due_date for stored in claims),
        today=business_day.today(),
        debtors_are_companies=all(debtor.is_company for debtor in known) if known else None,
    )
    costs.add(tx, client_id, case_id, uuid7(), kind, amount_minor, day)
    tx.audit("collection.cost_added", "case", case_id, client_id, kind=kind.value, amount_minor=amount_minor)
    return view(tx, client_id, case_id)
