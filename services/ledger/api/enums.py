"""The numbers of enums in messages, and what they are in the domain."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

from chassis.wire import refuse
from rf.ledger.v1 import customer_search_pb2, customers_pb2, invoices_pb2, journals_pb2, terms_pb2
from services.ledger.domain.kinds import (
    Delivery,
    Fact,
    OcrForm,
    PartyKind,
    Status,
)
from services.ledger.domain.reversals import Reversal
from services.ledger.storage import customer_search, invoice_search
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
DELIVERIES: "Mapping[Delivery, customers_pb2.DeliveryKind.ValueType]" = {
    Delivery.POST: customers_pb2.DELIVERY_KIND_POST,
    Delivery.EMAIL: customers_pb2.DELIVERY_KIND_EMAIL,
    Delivery.E_INVOICE: customers_pb2.DELIVERY_KIND_E_INVOICE,
}
JOURNAL_KINDS = telling.JOURNAL_KINDS
REVERSALS: "Mapping[Reversal, journals_pb2.JournalReversal.ValueType]" = {
    Reversal.REVOCATION: journals_pb2.JOURNAL_REVERSAL_REVOCATION,
    Reversal.REVERSAL: journals_pb2.JOURNAL_REVERSAL_REVERSAL,
}
FACTS: "Mapping[Fact, invoices_pb2.InvoiceFact.ValueType]" = {
    fact: invoices_pb2.InvoiceFact.Value(f"INVOICE_FACT_{fact.name}") for fact in Fact
}
INVOICE_SORTS: "Mapping[invoice_search.Sort, invoices_pb2.InvoiceSort.ValueType]" = {
    sort: invoices_pb2.InvoiceSort.Value(f"INVOICE_SORT_{sort.name}") for sort in invoice_search.Sort
}
CUSTOMER_SORTS: "Mapping[customer_search.Sort, customer_search_pb2.CustomerSort.ValueType]" = {
    sort: customer_search_pb2.CustomerSort.Value(f"CUSTOMER_SORT_{sort.name}") for sort in customer_search.Sort
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
