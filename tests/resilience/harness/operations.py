"""The mix of work: what an internal system does with the house, in steps of the registry.

So that the model needs no order: plain invoices are paid by anybody at any time, and only sums are compared; a claim is
handed over only while none of its payments is on its way, and paid by way of its case only after that is known.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from chassis.wire import from_date, money
from kernel import ocr
from rf.files.v1 import uploads_pb2
from rf.ledger.v1 import customers_pb2, invoices_pb2, journals_pb2, payments_pb2
from rf.reports.v1 import documents_pb2
from services.files.domain import writers
from services.files.domain.payments import Account, AccountKind, Deposit, PaymentRow, Reference, ReferenceKind
from tests.resilience.harness.model import Fate, Invoice, Payment
from tests.resilience.harness.steps import Step, operation
from tests.resilience.harness.world import World

CHUNK = 64 * 1024
CROWDED = 0.3  # of the payments name the same invoice as others at the same moment
ACCOUNT = Account(AccountKind.BANKGIRO, "9912346")
FATES = (Fate.PLAIN, Fate.PLAIN, Fate.PLAIN, Fate.CLAIM, Fate.CLAIM, Fate.PRINTED)


@operation(weight=2)
def create_customers(world: World, chance: Random) -> Step:
    return _customers_of(world, chance, chance.choice(world.clients))


def _customers_of(world: World, chance: Random, client_id: str) -> Step:
    names = [f"Kund {world.key()}" for _ in range(chance.randint(1, 3))]
    request = customers_pb2.CreateCustomersRequest(
        request_id=world.request_id(),
        client_id=client_id,
        customers=[
            customers_pb2.Customer(
                name=name, kind=customers_pb2.PARTY_KIND_PERSON, street="Gatan 1", postcode="81290", town="Lidsjö"
            )
            for name in names
        ],
    )

    def learn(answer: customers_pb2.CreateCustomersResponse) -> None:
        world.model.customers.update(dict.fromkeys(names, client_id))
        world.customers[client_id] += [customer.number for customer in answer.customers]

    return Step(lambda: world.ledger_customers.CreateCustomers(request), learn)


@operation(weight=5)
def register_invoices(world: World, chance: Random) -> Step:
    client_id = chance.choice(world.clients)
    if not world.customers[client_id]:
        return _customers_of(world, chance, client_id)
    invoices = [_invoice(world, chance, client_id) for _ in range(chance.randint(1, 4))]
    request = journals_pb2.RegisterInvoicesRequest(
        request_id=world.request_id(),
        client_id=client_id,
        invoices=[_draft(world, one, chance.choice(world.customers[client_id])) for one in invoices],
    )

    def learn(answer: journals_pb2.RegisterInvoicesResponse) -> None:
        for one in invoices:
            one.journal_id = answer.journal.journal_id
            world.model.invoices[one.key] = one
        world.model.put_in_journal(answer.journal.journal_id, [one.key for one in invoices])

    return Step(lambda: world.journals.RegisterInvoices(request), learn)


def _invoice(world: World, chance: Random, client_id: str) -> Invoice:
    fate = chance.choice(FATES)
    number = "" if fate is Fate.PRINTED else world.number()
    due = world.today - world.overdue if fate is Fate.CLAIM else None
    return Invoice(world.key(), client_id, number, chance.randint(2, 40) * 12_500, fate, due)


def _draft(world: World, one: Invoice, customer_number: str) -> invoices_pb2.InvoiceDraft:
    overdue = one.fate is Fate.CLAIM
    day = world.today - world.overdue - timedelta(days=30) if overdue else world.today
    draft = invoices_pb2.InvoiceDraft(
        client_id=one.client_id,
        service=invoices_pb2.SERVICE_KIND_LEDGER,
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        customer_number=customer_number,
        invoice_number=one.number,
        invoice_date=from_date(day),
        payment_terms_days=30,
        due_date=from_date(day + timedelta(days=30)),
        currency_code="SEK",
        your_reference=one.key,
    )
    net = one.total * 4 // 5
    if one.fate is Fate.PRINTED:
        draft.service = invoices_pb2.SERVICE_KIND_INVOICING
        draft.rows.add(description="Arbete", quantity="1", unit="st", unit_price=f"{net // 100}", vat_percent=25)
    else:
        draft.net.CopyFrom(money(net))
        draft.vat.CopyFrom(money(one.total - net))
        draft.total.CopyFrom(money(one.total))
    return draft


@operation(weight=6)
def approve_journal(world: World, chance: Random) -> Step | None:
    """Two threads may well approve the same journal: one wins, the other is told."""
    model = world.model
    waiting = [one for one in model.journals if one not in model.approved]
    if not waiting:
        return None
    journal_id = chance.choice(waiting)
    client_id = _client_of(world, journal_id)
    request = journals_pb2.ApproveJournalRequest(
        request_id=world.request_id(), client_id=client_id, journal_id=journal_id
    )

    def learn(_: Any) -> None:
        model.approved.add(journal_id)
        for item in model.journals[journal_id]:
            for invoice in model.invoices.values():
                invoice.pending.discard(item)

    return Step(lambda: world.journals.ApproveJournal(request), learn, learn, frozenset({"JOURNAL_ALREADY_APPROVED"}))


def _client_of(world: World, journal_id: str) -> str:
    item = next(iter(world.model.journals[journal_id]))
    known: dict[str, Any] = {**world.model.invoices, **world.model.payments}
    client_id: str = known[item].client_id
    return client_id


def _payments(world: World, chance: Random, client_id: str, count: int, *, by_file: bool = False) -> list[Payment]:
    """Payments of invoices that are known to be in the ledger, and some that name nothing."""
    real = world.model.real()
    payable = [
        one
        for one in world.model.invoices.values()
        if one.client_id == client_id
        and one.key in real
        and (one.fate is Fate.PLAIN or (one.fate is Fate.CLAIM and one.hand_over == "done") or _may_part_pay(one))
    ]
    made = []
    for _ in range(count):
        reference = world.key()
        if not payable or chance.random() < 0.15:
            made.append(
                Payment(reference, client_id, chance.randint(1, 500) * 100, None, for_case=False, by_file=by_file)
            )
            continue
        crowded = chance.random() < CROWDED
        target = payable.pop(0 if crowded else chance.randrange(len(payable)))
        amount = chance.choice((target.total, target.total, target.total // 2, target.total + 5_000))
        if _may_part_pay(target):
            amount, target.paid_before = target.total // 5, True
            target.pending.add(reference)
        by_case = target.hand_over == "done"
        made.append(Payment(reference, client_id, amount, target.key, for_case=by_case, by_file=by_file))
    return made


def _may_part_pay(one: Invoice) -> bool:
    return one.fate is Fate.CLAIM and one.hand_over == "" and not one.paid_before


def _forget(world: World, payments: Sequence[Payment]) -> None:
    for payment in payments:
        if payment.target is not None:
            world.model.invoices[payment.target].pending.discard(payment.reference)


@operation(weight=6)
def register_payments(world: World, chance: Random) -> Step | None:
    client_id = chance.choice(world.clients)
    payments = _payments(world, chance, client_id, chance.randint(1, 4))
    request = payments_pb2.RegisterPaymentsRequest(
        request_id=world.request_id(),
        client_id=client_id,
        source=f"prov {world.key()}",
        payments=[
            payments_pb2.Payment(
                bank_reference=one.reference,
                amount=money(one.amount),
                booking_date=from_date(world.today),
                payer_name="Betalare",
                references=_named(world, chance, one),
                channel="MANUAL",
            )
            for one in payments
        ],
    )

    def learn(answer: payments_pb2.RegisterPaymentsResponse) -> None:
        assert answer.added_count == len(payments), "new payments were taken for duplicates"
        world.model.payments.update({one.reference: one for one in payments})
        world.model.put_in_journal(answer.journal_id, [one.reference for one in payments])

    return Step(lambda: world.payments.RegisterPayments(request), learn, lambda _: _forget(world, payments))


@operation(weight=1)
def register_payments_again(world: World, chance: Random) -> Step | None:
    """The bank tells a payment a second time, in another delivery."""
    known = [one for one in world.model.payments.values() if not one.by_file]
    if not known:
        return None
    one = chance.choice(known)
    request = payments_pb2.RegisterPaymentsRequest(
        request_id=world.request_id(),
        client_id=one.client_id,
        source=f"prov {world.key()}",
        payments=[
            payments_pb2.Payment(
                bank_reference=one.reference,
                amount=money(one.amount),
                booking_date=from_date(world.today),
                channel="MANUAL",
            )
        ],
    )

    def learn(answer: payments_pb2.RegisterPaymentsResponse) -> None:
        assert (answer.added_count, answer.duplicate_count) == (0, 1), "a known payment was taken for a new one"

    return Step(lambda: world.payments.RegisterPayments(request), learn)


def _named(world: World, chance: Random, one: Payment) -> list[payments_pb2.PaymentReference]:
    if one.target is None:
        return [payments_pb2.PaymentReference(value="tack för hjälpen")]
    number = world.model.invoices[one.target].number
    by_ocr = chance.random() < 0.7
    return [payments_pb2.PaymentReference(value=ocr.create(number) if by_ocr else number, is_ocr=by_ocr)]


@operation(weight=2)
def hand_over(world: World, chance: Random) -> Step | None:
    real = world.model.real()
    ready = [
        one
        for one in world.model.invoices.values()
        if one.fate is Fate.CLAIM and one.hand_over == "" and one.key in real and not one.pending
    ]
    if not ready:
        return None
    claim = chance.choice(ready)
    claim.hand_over = "asked"
    request_id = world.request_id()

    def send() -> invoices_pb2.HandOverToCollectionResponse:
        return world.invoices.HandOverToCollection(
            invoices_pb2.HandOverToCollectionRequest(
                request_id=request_id,
                client_id=claim.client_id,
                invoice_id=_invoice_id(world, claim.client_id, claim.number),
            )
        )

    def learn(_: Any) -> None:
        claim.hand_over = "done"

    return Step(send, learn)


def _invoice_id(world: World, client_id: str, number: str) -> str:
    found = world.invoices.SearchInvoices(
        invoices_pb2.SearchInvoicesRequest(client_ids=[client_id], invoice_number=number)
    )
    invoice_id: str = found.invoices[0].invoice_id
    return invoice_id


@operation(weight=2)
def send_file(world: World, chance: Random) -> Step | None:
    client_id = chance.choice(world.clients)
    payments = _payments(world, chance, client_id, chance.randint(1, 5), by_file=True)
    name = f"{world.key()}.xml"
    content = _file(world, payments, name)
    head = uploads_pb2.SendFileHead(request_id=world.request_id(), client_id=client_id, file_name=name)

    def send() -> uploads_pb2.SendFileResponse:
        parts = [uploads_pb2.SendFileRequest(head=head)]
        parts += [uploads_pb2.SendFileRequest(chunk=content[at : at + CHUNK]) for at in range(0, len(content), CHUNK)]
        return world.files.SendFile(iter(parts))

    def learn(answer: uploads_pb2.SendFileResponse) -> None:
        assert answer.upload.status != uploads_pb2.UPLOAD_STATUS_REFUSED, answer.upload.faults
        world.model.uploads[name] = "sent"
        world.uploads[answer.upload.upload_id] = (client_id, [one.reference for one in payments])
        world.model.payments.update({one.reference: one for one in payments})

    return Step(send, learn, lambda _: _forget(world, payments), same_answer=False)


def _file(world: World, payments: Sequence[Payment], name: str) -> bytes:
    rows = tuple(
        PaymentRow(
            row_no=place,
            position="",
            bank_reference=one.reference,
            amount_minor=one.amount,
            currency="SEK",
            booking_date=world.today,
            payer_name="Betalare",
            references=(
                (Reference(ReferenceKind.OCR, ocr.create(world.model.invoices[one.target].number)),)
                if one.target is not None
                else ()
            ),
        )
        for place, one in enumerate(payments, start=1)
    )
    deposit = Deposit(ACCOUNT, "SEK", world.today, sum(one.amount for one in payments), "00001", rows)
    return writers.camt054([deposit], message_id=name[:30], created_at=datetime.now(UTC))


@operation(weight=2)
def accept_file(world: World, chance: Random) -> Step | None:
    if not world.uploads:
        return None
    upload_id = chance.choice(list(world.uploads))
    client_id, references = world.uploads.pop(upload_id)
    request = uploads_pb2.AcceptUploadRequest(request_id=world.request_id(), client_id=client_id, upload_id=upload_id)

    def learn(answer: uploads_pb2.AcceptUploadResponse) -> None:
        world.model.uploads[answer.upload.file_name] = "accepted"
        world.model.put_in_journal(answer.upload.journal_id, references)

    def refused(_: str) -> None:
        world.uploads[upload_id] = (client_id, references)  # it is still being read

    return Step(
        lambda: world.files.AcceptUpload(request), learn, refused, frozenset({"UPLOAD_NOT_READ"}), same_answer=False
    )


@operation(weight=1)
def open_copy(world: World, chance: Random) -> Step | None:
    real = world.model.real()
    printed = [one for one in world.model.invoices.values() if one.fate is Fate.PRINTED and one.key in real]
    if not printed:
        return None
    client_id = chance.choice(printed).client_id

    def send() -> tuple[str, bytes]:
        found = world.invoices.SearchInvoices(
            invoices_pb2.SearchInvoicesRequest(
                client_ids=[client_id], sort=invoices_pb2.INVOICE_SORT_NUMBER, page_size=200
            )
        )
        ours = [line for line in found.invoices if line.service == invoices_pb2.SERVICE_KIND_INVOICING]
        sha256, content = "", b""
        request = documents_pb2.GetInvoiceCopyRequest(client_id=client_id, invoice_id=chance.choice(ours).invoice_id)
        for piece in world.documents.GetInvoiceCopy(request):
            sha256 = sha256 or piece.sha256
            content += piece.chunk
        return sha256, content

    def learn(answer: tuple[str, bytes]) -> None:
        sha256, content = answer
        assert content.startswith(b"%PDF"), "a copy is no PDF"
        assert hashlib.sha256(content).hexdigest() == sha256, "a copy is not what its hash says"

    return Step(send, learn, reads=True)
