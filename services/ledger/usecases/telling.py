"""The kinds of the domain by their numbers in events."""

from collections.abc import Mapping

from rf.ledger.v1 import demand_stops_pb2, invoices_pb2, journals_pb2, terms_pb2
from services.ledger.domain.kinds import CollectionKind, InvoiceKind, JournalKind, Service, StopKind

INVOICE_KINDS: "Mapping[InvoiceKind, invoices_pb2.InvoiceKind.ValueType]" = {
    InvoiceKind.INVOICE: invoices_pb2.INVOICE_KIND_INVOICE,
    InvoiceKind.CREDIT: invoices_pb2.INVOICE_KIND_CREDIT,
    InvoiceKind.INTEREST: invoices_pb2.INVOICE_KIND_INTEREST,
    InvoiceKind.FINAL: invoices_pb2.INVOICE_KIND_FINAL,
}
SERVICES: "Mapping[Service, invoices_pb2.ServiceKind.ValueType]" = {
    Service.INVOICING: invoices_pb2.SERVICE_KIND_INVOICING,
    Service.LEDGER: invoices_pb2.SERVICE_KIND_LEDGER,
}
COLLECTION_KINDS: "Mapping[CollectionKind, terms_pb2.CollectionKind.ValueType]" = {
    CollectionKind.OWN: terms_pb2.COLLECTION_KIND_OWN,
    CollectionKind.AGENT: terms_pb2.COLLECTION_KIND_AGENT,
}
JOURNAL_KINDS: "Mapping[JournalKind, journals_pb2.JournalKind.ValueType]" = {
    JournalKind.INVOICES: journals_pb2.JOURNAL_KIND_INVOICES,
    JournalKind.TRANSACTIONS: journals_pb2.JOURNAL_KIND_TRANSACTIONS,
}
STOP_KINDS: "Mapping[StopKind, demand_stops_pb2.DemandStopKind.ValueType]" = {
    StopKind.NONE: demand_stops_pb2.DEMAND_STOP_KIND_NONE,
    StopKind.REMINDER: demand_stops_pb2.DEMAND_STOP_KIND_REMINDER,
    StopKind.COLLECTION: demand_stops_pb2.DEMAND_STOP_KIND_COLLECTION,
    StopKind.BOTH: demand_stops_pb2.DEMAND_STOP_KIND_BOTH,
}
