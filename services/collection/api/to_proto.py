"""Cases into messages."""

from collections.abc import Iterator
from typing import Final

from chassis.wire import from_date, from_time, money
from kernel.interest import InterestPeriod
from rf.collection.v1 import cases_pb2
from services.collection.domain import half_years
from services.collection.domain.balances import Part
from services.collection.domain.costs import CostKind
from services.collection.domain.debtors import Debtor
from services.collection.domain.statuses import CaseKind, CaseStatus
from services.collection.storage.cases import AnyRow, StoredClaim
from services.collection.storage.officers import Officer
from services.collection.usecases.opening import CaseView

_KINDS: Final = {CaseKind.OWN: cases_pb2.CASE_KIND_OWN, CaseKind.AGENT: cases_pb2.CASE_KIND_AGENT}
_STATUSES: Final = {
    CaseStatus.REGISTERED: cases_pb2.CASE_STATUS_REGISTERED,
    CaseStatus.PAID: cases_pb2.CASE_STATUS_PAID,
    CaseStatus.WITHDRAWN: cases_pb2.CASE_STATUS_WITHDRAWN,
}
_COST_KINDS: Final = {
    CostKind.REMINDER: cases_pb2.COST_KIND_REMINDER,
    CostKind.DEMAND: cases_pb2.COST_KIND_DEMAND,
    CostKind.INSTALMENT_PLAN: cases_pb2.COST_KIND_INSTALMENT_PLAN,
    CostKind.LATE_PAYMENT: cases_pb2.COST_KIND_LATE_PAYMENT,
}


def line(row: AnyRow, remaining_minor: int) -> cases_pb2.CaseLine:
    """A line of the list. A protected identity has no name in it."""
    return cases_pb2.CaseLine(
        case_id=str(row.id),
        client_id=str(row.client_id),
        number=str(row.number),
        debtor_name="" if row.protected_identity else row.debtor_name or "",
        kind=_KINDS[CaseKind(row.kind)],
        status=_STATUSES[CaseStatus(row.status)],
        registered_on=from_date(row.registered_on),
        capital=money(row.capital_minor),
        remaining=money(remaining_minor),
        officer_name=row.officer_name or "",
    )


def case(view: CaseView) -> cases_pb2.Case:
    """A case whole."""
    worth = view.balance
    row = view.line
    return cases_pb2.Case(
        line=line(row, worth.remaining),
        debtors=[_debtor(one) for one in view.debtors],
        claims=[_claim(one) for one in view.claims],
        capital=_part(worth.capital),
        interest=_part(worth.interest),
        costs=_part(worth.costs),
        interest_periods=[_period(one) for one in worth.periods],
        events=sorted(_events(view), key=lambda event: event.at.ToNanoseconds(), reverse=True),
        officer=officer(Officer(row.officer_id, row.officer_name, row.officer_phone, row.officer_email))
        if row.officer_id
        else None,
        missing_reference_rate=half_years.name(worth.missing_rate) if worth.missing_rate else "",
        cost_items=[_cost(one) for one in view.costs],
    )


def officer(one: Officer) -> cases_pb2.Officer:
    return cases_pb2.Officer(user_id=str(one.user_id), name=one.name, phone=one.phone, email=one.email)


def _debtor(one: Debtor) -> cases_pb2.Debtor:
    return cases_pb2.Debtor(
        name=one.name,
        id_number=one.id_number,
        care_of=one.care_of,
        street=one.street,
        postcode=one.postcode,
        town=one.town,
        country_code=one.country_code,
        phone=one.phone,
        email=one.email,
        is_company=one.is_company,
        protected_identity=one.protected_identity,
        customer_number=one.customer_number,
    )


def _claim(stored: StoredClaim) -> cases_pb2.Claim:
    return cases_pb2.Claim(
        invoice_id=str(stored.invoice_id),
        invoice_number=stored.invoice_number,
        invoice_date=from_date(stored.invoice_date),
        due_date=from_date(stored.claim.due_date),
        subject=stored.subject,
        capital=money(stored.claim.capital_minor),
        remaining=money(stored.claim.remaining_minor),
    )


def _part(part: Part) -> cases_pb2.DebtPart:
    return cases_pb2.DebtPart(
        original=money(part.original),
        added=money(part.added),
        paid=money(part.paid),
        remaining=money(part.remaining),
    )


def _period(period: InterestPeriod) -> cases_pb2.InterestPeriod:
    return cases_pb2.InterestPeriod(
        first_day=from_date(period.first),
        last_day=from_date(period.last),
        days=period.days,
        basis_points=int(period.percent * 100),
        base=money(period.base_minor),
        interest=money(period.amount_minor),
    )


def _cost(row: AnyRow) -> cases_pb2.Cost:
    return cases_pb2.Cost(
        kind=_COST_KINDS[CostKind(row.kind)],
        amount=money(row.amount_minor),
        day=from_date(row.day),
        waived=row.waived,
    )


def _events(view: CaseView) -> Iterator[cases_pb2.CaseEvent]:
    """What happened. A payment has the time of the closing that it caused, so the closing stands first."""
    for step in view.history:
        registered = CaseStatus(step.status) is CaseStatus.REGISTERED
        yield cases_pb2.CaseEvent(
            at=from_time(step.at),
            kind="REGISTERED" if registered else "CLOSED",
            amount=money(view.line.capital_minor) if registered else None,
        )
    for cost in view.costs:
        yield cases_pb2.CaseEvent(at=from_time(cost.added_at), kind="COST_ADDED", amount=money(cost.amount_minor))
    for payment in view.payments:
        if payment.settled_at is None:
            yield cases_pb2.CaseEvent(
                at=from_time(payment.received_at), kind="INTEREST_RATE_MISSING", amount=money(payment.amount_minor)
            )
            continue
        shares = (payment.costs_minor, payment.interest_minor, payment.capital_minor, payment.surplus_minor)
        yield cases_pb2.CaseEvent(
            at=from_time(payment.received_at),
            kind="PAYMENT",
            amount=money(payment.amount_minor),
            settlement=[money(share) for share in shares],
        )
