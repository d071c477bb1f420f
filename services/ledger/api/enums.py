"""The numbers of enums in messages, and what they are in the domain."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from chassis.wire import refuse
from rf.ledger.v1 import customers_pb2, invoices_pb2, journals_pb2, terms_pb2
from services.ledger.domain.kinds import (
    Fact,
    JournalKind,
    OcrForm,
    PartyKind,
    Status,
)
from services.ledger.storage.invoice_search import Sort
from services.ledger.usecases import telling

E = TypeVar("E", bound=Enum)

INVOICE_KINDS = telling.INVOICE_KINDS
SERVICES = telling.SERVICES
COLLECTION_KINDS = telling.COLLECTION_KINDS
STOP_KINDS = telling.STOP_KINDS
OCR_FORMS: "Mapping[OcrForm, terms_pb2.OcrKind.ValueType]" = {
    OcrForm.CHECK_DIGIT: terms_pb2.OCR_KIND_CHECK_DIGIT,
    OcrForm.LENGTH_DIGIT: terms_pb2.OCR_KIND_LENGTH_DIGIT,
}
PARTY_KINDS: "Mapping[PartyKind, customers_pb2.PartyKind.ValueType]" = {
    PartyKind.PERSON: customers_pb2.PARTY_KIND_PERSON,
    PartyKind.COMPANY: customers_pb2.PARTY_KIND_COMPANY,
}
JOURNAL_KINDS: "Mapping[JournalKind, journals_pb2.JournalKind.ValueType]" = {
    JournalKind.INVOICES: journals_pb2.JOURNAL_KIND_INVOICES,
    JournalKind.TRANSACTIONS: journals_pb2.JOURNAL_KIND_TRANSACTIONS,
}
FACTS: "Mapping[Fact, invoices_pb2.InvoiceFact.ValueType]" = {
    fact: invoices_pb2.InvoiceFact.Value(f"INVOICE_FACT_{fact.name}") for fact in Fact
}
SORTS: "Mapping[Sort, invoices_pb2.InvoiceSort.ValueType]" = {
    sort: invoices_pb2.InvoiceSort.Value(f"INVOICE_SORT_{sort.name}") for sort in Sort
}
STATUSES: "Mapping[Status, invoices_pb2.InvoiceStatus.ValueType]" = {
    status: invoices_pb2.InvoiceStatus.Value(f"INVOICE_STATUS_{status.name}") for status in Status
}


def chosen(numbers: Mapping[E, int], value: int, field: str) -> E:
    """What the number means. Raises InvalidInput: ``REQUIRED`` for none, ``UNKNOWN`` for one that we do not know."""
    if value == 0:
        raise refuse(field, "REQUIRED")
    for member, number in numbers.items():
        if number == value:
            return member
    raise refuse(field, "UNKNOWN")
