"""What this service does later: asks the ledger who owes, and settles payments that waited for a reference rate."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from chassis import business_day, jobs, logs
from chassis.database import Database
from chassis.jobs import Job
from kernel.errors import DomainError, Kind
from rf.ledger.v1 import customers_pb2, invoices_pb2
from services.collection.domain.debtors import Debtor, one_form
from services.collection.storage import payments
from services.collection.usecases.payments import settle_payment
from services.collection.usecases.registering import FETCH_DEBTOR, add_debtor

ASK_AGAIN: Final = timedelta(seconds=15)  # while the ledger does not answer

log = logs.get(__name__)


class Ledger(Protocol):
    """What is asked of the ledger: the generated stub of its InvoiceService fits."""

    @property
    def GetInvoice(self) -> Callable[..., invoices_pb2.GetInvoiceResponse]: ...  # noqa: N802 - the proto's name


def fetch_debtor(ledger: Ledger) -> Callable[[Database, Job], None]:
    """The job that writes the debtor of a new case, for as long as it takes the ledger to answer."""

    def work(database: Database, job: Job) -> None:
        client_id, case_id = job.client_id, UUID(job.payload["case_id"])
        assert client_id is not None  # noqa: S101 - queued with the case's client
        request = invoices_pb2.GetInvoiceRequest(client_id=str(client_id), invoice_id=job.payload["invoice_id"])
        try:
            invoice = ledger.GetInvoice(request).invoice
        except DomainError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            _ask_again(database, job)
            return
        with database.system([client_id]) as tx:
            add_debtor(tx, client_id, case_id, _debtor(invoice.customer), invoice.draft.subject)
            job.complete(tx)

    return work


def settle_waiting(database: Database, job: Job) -> None:
    """Settle every payment that waited for a rate, each in a transaction of its own client."""
    with database.everywhere() as tx:
        found = payments.waiting(tx)
    settled = 0
    for client_id, payment_id in found:
        with database.system([client_id]) as tx:
            settled += settle_payment(tx, client_id, payment_id, datetime.now(UTC))
    log.info("payments that waited for a rate", settled=settled, waiting=len(found) - settled)
    with database.unscoped() as tx:
        job.complete(tx)


def _ask_again(database: Database, job: Job) -> None:
    """A ledger that is down is no fault of the job: it does not use up its tries."""
    following = job.payload["round"] + 1
    with database.unscoped() as tx:
        job.complete(tx)
        jobs.enqueue(
            tx,
            FETCH_DEBTOR,
            f"{job.payload['case_id']}/{following}",
            job.payload | {"round": following},
            client_id=job.client_id,
            run_after=datetime.now(UTC) + ASK_AGAIN,
        )


def _debtor(customer: customers_pb2.Customer) -> Debtor:
    return Debtor(
        name=customer.name,
        id_number=one_form(customer.id_number, business_day.today()) if customer.id_number else "",
        customer_number=customer.number,
        care_of=customer.care_of,
        street=customer.street,
        postcode=customer.postcode,
        town=customer.town,
        country_code=customer.country_code or "SE",
        phone=customer.phone,
        email=customer.email,
        is_company=customer.kind == customers_pb2.PARTY_KIND_COMPANY,
        protected_identity=customer.protected_identity,
    )
