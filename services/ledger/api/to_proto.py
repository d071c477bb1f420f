"""Values of the domain as messages."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, time
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.business_day import now
from chassis.wire import from_date, from_time, money
from rf.ledger.v1 import customers_pb2, invoices_pb2, journals_pb2, terms_pb2
from rf.type.v1 import money_pb2
from services.ledger.api import enums, history
from services.ledger.api.drafts import to_draft, to_vat_sum
from services.ledger.api.invoice_changes import demand_stop, to_change
from services.ledger.domain.customers import Customer, shielded
from services.ledger.domain.drafts import VatSum, WorkedOut
from services.ledger.domain.journals import Journal
from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.receipts import Receipt
from services.ledger.domain.reversals import Reversal, revocable_until
from services.ledger.domain.statuses import is_stopped, may_be_handed_over, status
from services.ledger.domain.terms import Terms
from services.ledger.storage.invoice_lines import Line, registered
from services.ledger.usecases.invoice_changes import Outcome
from services.ledger.usecases.invoices import Whole

MAX_IDS_IN_RECEIPT = 1_000


def terms(value: Terms) -> terms_pb2.Terms:
    return terms_pb2.Terms(
        client_id=str(value.client_id),
        name=value.name,
        organisation_number=value.organisation_number,
        street=value.street,
        postcode=value.postcode,
        town=value.town,
        phone=value.phone,
        email=value.email,
        bankgiro=value.bankgiro,
        holds_bank_account=value.holds_bank_account,
        f_tax=value.f_tax,
        payment_terms_days=value.payment_terms_days,
        rounds_to_krona=value.rounds_to_krona,
        ocr_kind=enums.OCR_FORMS[value.ocr_kind],
        first_invoice_number=value.first_invoice_number,
        first_customer_number=value.first_customer_number,
        collection_kind=enums.COLLECTION_KINDS[value.collection_kind],
        four_eyes=value.four_eyes,
        invoice_fee_minor=value.invoice_fee_minor,
    )


def customer(value: Customer) -> customers_pb2.Customer:
    """A customer, as the use case lets it be seen."""
    return customers_pb2.Customer(
        customer_id=str(value.id),
        client_id=str(value.client_id),
        number=value.number,
        kind=enums.PARTY_KINDS[value.kind],
        name=value.name,
        protected_identity=value.protected_identity,
        country_code=value.address.country_code,
        id_number=value.id_number,
        care_of=value.address.care_of,
        street=value.address.street,
        postcode=value.address.postcode,
        town=value.address.town,
        email=value.email,
        phone=value.phone,
        first_name=value.first_name,
        last_name=value.last_name,
        language_code=value.language,
        payment_terms_days=value.payment_terms_days,
        delivery=enums.DELIVERIES[value.delivery],
        reminder_block=value.reminder_block,
        collection_block=value.collection_block,
        version=value.version,
        direct_debit_since_date=from_date(value.direct_debit_since),
    )


def journal(value: Journal, nightly_run: time) -> journals_pb2.Journal:
    return journals_pb2.Journal(
        journal_id=str(value.id),
        client_id=str(value.client_id),
        kind=enums.JOURNAL_KINDS[value.kind],
        number=value.number,
        approved=value.approved,
        item_count=value.item_count,
        sums=sums(value.sums or {}),
        version=value.version,
        source=value.source,
        revocable_until=None if value.approved else from_time(revocable_until(now(), nightly_run)),
    )


def sums(by_currency: Mapping[str, int]) -> list[money_pb2.Money]:
    """Sums, one per currency, in the order of their codes."""
    return [money(minor, currency) for currency, minor in sorted(by_currency.items())]


def preview(worked: WorkedOut, payer: Customer | None, client_id: UUID, ocr: str = "") -> invoices_pb2.InvoicePreview:
    currency = worked.draft.currency
    message = invoices_pb2.InvoicePreview(
        draft=to_draft(worked, client_id),
        customer=customer(shielded(payer)) if payer else None,
        vat_sums=[to_vat_sum(one, currency) for one in worked.vat_sums],
        net=money(worked.net_minor, currency),
        vat=money(worked.vat_minor, currency),
        rounding=money(worked.rounding_minor, currency),
        total=money(worked.total_minor, currency),
        invoice_fee=money(worked.fee_minor, currency) if worked.fee_minor else None,
    )
    if ocr:
        message.draft.ocr_number = ocr
    return message


def receipt(value: Receipt, nightly_run: time, links: Row[Any] | None = None) -> journals_pb2.Receipt:
    """A receipt; ``links`` are the journals that its own undoes and is undone by, none while that cannot be."""
    made = value.item_ids if value.journal_kind is JournalKind.INVOICES else ()
    message = journals_pb2.Receipt(
        journal_id=str(value.journal_id),
        journal_number=value.journal_number,
        receipt_number=value.number,
        approved_at=from_time(value.approved_at),
        approved_by=value.approved_by,
        item_count=value.item_count,
        sums=sums(value.sums),
        hash=value.hash.hex(),
        previous_hash=value.previous_hash.hex(),
        invoice_ids=[str(one) for one in made[:MAX_IDS_IN_RECEIPT]],
        kind=enums.JOURNAL_KINDS[value.journal_kind],
        client_id=str(value.client_id),
    )
    if links is not None and links.reversal:
        message.reversal = enums.REVERSALS[Reversal(links.reversal)]
        message.undoes_journal_id, message.undoes_journal_number = str(links.reverses_id), links.reverses_number
    elif links is not None and links.undone_how:
        message.undone = enums.REVERSALS[Reversal(links.undone_how)]
        message.undone_by_journal_id, message.undone_by_journal_number = str(links.undone_by), links.undone_number
    else:
        message.revocable_until.FromDatetime(revocable_until(value.approved_at, nightly_run).astimezone(UTC))
    return message


def line(value: Line, today: date) -> invoices_pb2.InvoiceLine:
    """A line of a list. Days and amounts are set in place: a third of the time of messages, of which a page has 250."""
    facts = value.facts
    message = invoices_pb2.InvoiceLine(
        invoice_id=str(value.id),
        client_id=str(value.client_id),
        number=value.number,
        customer_id=str(value.customer_id),
        customer_number=value.customer_number,
        customer_name=value.customer_name,
        days_since_due=(today - facts.due_date).days,
        kind=enums.INVOICE_KINDS[facts.kind],
        service=enums.SERVICES[facts.service],
        status=enums.STATUSES[status(facts, today)],
        case_number=value.case_number,
        stopped=is_stopped(facts, today),
    )
    for day, into in ((value.invoice_date, message.invoice_date), (facts.due_date, message.due_date)):
        into.year, into.month, into.day = day.year, day.month, day.day
    for minor, amount in (
        (value.total_minor, message.original),
        (facts.paid_minor, message.paid),
        (facts.open_minor, message.remaining),
    ):
        amount.currency_code, amount.minor_units = facts.currency, minor
    return message


def invoice(value: Whole, today: date) -> invoices_pb2.Invoice:
    row, currency = value.row, value.row.currency
    return invoices_pb2.Invoice(
        line=line(value.line, today),
        draft=to_draft(registered(row, value.rows), row.client_id),
        customer=customer(value.customer),
        issuer=terms(value.issuer),
        vat_sums=[to_vat_sum(VatSum(**one), currency) for one in row.vat_sums],
        rounding=money(row.rounding_minor, currency),
        ocr_number=row.ocr_number or "",
        case_id=str(row.case_id or ""),
        document_id=str(row.document_id or ""),
        document_sha256=bytes(row.document_sha256).hex() if row.document_sha256 else "",
        history=[history.item(one, row) for one in value.history],
        can_hand_over=may_be_handed_over(value.line.facts, today),
        original_sek=money(row.total_sek_minor),
        remaining_sek=money(row.open_sek_minor),
        awaiting_settlement=money(row.awaiting_minor, currency),
        invoice_fee=money(row.fee_minor, currency) if row.fee_minor else None,
        net=money(row.net_minor, currency),
        vat=money(row.vat_minor, currency),
        original_fee_sek=money(0),  # fees for reminders come with the action flow
        remaining_fee_sek=money(0),
        stop=demand_stop(row.stop, row.stop_until, row.stop_reason),
        final_invoice_id=str(row.final_invoiced_by or ""),
        final_invoice_number=row.final_number or "",
        reversed=row.reversed_by is not None,
    )


def changed(outcomes: Iterable[Outcome], today: date) -> list[invoices_pb2.ChangedInvoice]:
    """Invoices of a change: as they are after it, and what it was that changed."""
    found = []
    for one in outcomes:
        before, after, facts = one.found.terms, one.after, one.found.line.facts
        changed_facts = facts._replace(due_date=after.due_date, stop=after.stop, stop_until=after.stop_until)
        message = invoices_pb2.ChangedInvoice(
            invoice=line(one.found.line._replace(facts=changed_facts), today),
            status_before=enums.STATUSES[status(facts, today)],
        )
        if one.changes:
            message.change.CopyFrom(to_change(before, after))
        found.append(message)
    return found
