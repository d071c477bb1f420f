"""An invoice that was sent to collection becomes a case, and the case learns from the ledger who owes."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chassis import jobs
from chassis.database import Tx
from chassis.outbox import Event
from chassis.wire import from_date, money
from rf.collection.v1 import cases_pb2, events_pb2
from services.collection.domain.debtors import Debtor
from services.collection.domain.statuses import CaseKind
from services.collection.storage import cases, debtors
from services.collection.storage.cases import NewCase

FETCH_DEBTOR = "fetch_debtor"
KINDS: "Mapping[CaseKind, cases_pb2.CaseKind.ValueType]" = {
    CaseKind.OWN: cases_pb2.CASE_KIND_OWN,
    CaseKind.AGENT: cases_pb2.CASE_KIND_AGENT,
}


def register(tx: Tx, case: NewCase, at: datetime) -> None:
    """Make the case and its claim, and ask for the debtor later; until then it has none, and that is valid.

    An IntegrityError of ``claim_open_once`` means that the invoice already has an open case.
    """
    payload = {"case_id": str(case.case_id), "invoice_id": str(case.invoice_id), "round": 1}
    jobs.enqueue(tx, FETCH_DEBTOR, str(case.case_id), payload, client_id=case.client_id)
    number = cases.insert(tx, case, at)
    message = events_pb2.CaseRegistered(
        case_id=str(case.case_id),
        number=str(number),
        invoice_ids=[str(case.invoice_id)],
        capital=money(case.capital_minor),
        registered_on=from_date(case.registered_on),
        kind=KINDS[case.kind],
        due_date=from_date(case.due_date),
    )
    tx.publish(Event(case.client_id, "case", case.case_id, message))


def add_debtor(tx: Tx, client_id: UUID, case_id: UUID, debtor: Debtor, subject: str) -> None:
    """Write who owes the case of one invoice, and what the invoice is for. May be repeated."""
    cases.lock(tx, client_id, case_id)
    debtors.put(tx, client_id, case_id, 1, debtor)
    cases.set_subject(tx, client_id, case_id, subject)
    tx.publish(Event(client_id, "case", case_id, _noted(case_id, debtor)))


def _noted(case_id: UUID, debtor: Debtor) -> events_pb2.CaseDebtorNoted:
    """What others may know of a debtor; of a protected identity not even that."""
    kind = "UNKNOWN" if debtor.protected_identity else "COMPANY" if debtor.is_company else "PERSON"
    born = debtor.birth_year if kind == "PERSON" else None
    return events_pb2.CaseDebtorNoted(case_id=str(case_id), debtor_kind=kind, birth_year=born or 0)
