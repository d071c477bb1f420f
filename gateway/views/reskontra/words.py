"""The ledger's constants in Swedish, as the manual and SPEC part 2 spell them."""

from collections.abc import Mapping
from typing import Final

from gateway.presentation import day
from rf.ledger.v1 import demand_stops_pb2, invoices_pb2, payments_pb2
from rf.ledger.v1.demand_stops_pb2 import DemandStop, InvoiceChange

STATUS: Final[Mapping[int, str]] = {  # in full, for the dialog
    invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED: "För fakturering",
    invoices_pb2.INVOICE_STATUS_NOT_DUE: "Ej förfallen",
    invoices_pb2.INVOICE_STATUS_OVERDUE: "Förfallen",
    invoices_pb2.INVOICE_STATUS_REMINDED: "Påminnelse",
    invoices_pb2.INVOICE_STATUS_COLLECTION: "Inkasso",
    invoices_pb2.INVOICE_STATUS_FINAL_INVOICED: "Slutfakturerad",
    invoices_pb2.INVOICE_STATUS_CREDITED: "Krediterad",
    invoices_pb2.INVOICE_STATUS_PAID: "Betald",
}
STATUS_IN_SEARCH: Final[Mapping[int, str]] = {  # only these; what nothing remains of is paid
    **STATUS,
    invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED: "Fakturering",
    invoices_pb2.INVOICE_STATUS_FINAL_INVOICED: "Betald",
    invoices_pb2.INVOICE_STATUS_CREDITED: "Betald",
}
STEP: Final[Mapping[int, int]] = {  # how far it has gone: faktura, påminnelse, inkasso
    invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED: 1,
    invoices_pb2.INVOICE_STATUS_NOT_DUE: 1,
    invoices_pb2.INVOICE_STATUS_OVERDUE: 1,
    invoices_pb2.INVOICE_STATUS_REMINDED: 2,
    invoices_pb2.INVOICE_STATUS_COLLECTION: 3,
}
LETTER: Final[Mapping[int, str]] = {
    invoices_pb2.INVOICE_KIND_INVOICE: "F",
    invoices_pb2.INVOICE_KIND_CREDIT: "K",
    invoices_pb2.INVOICE_KIND_INTEREST: "R",
    invoices_pb2.INVOICE_KIND_FINAL: "S",
}
KIND: Final[Mapping[int, str]] = {
    invoices_pb2.INVOICE_KIND_INVOICE: "Faktura",
    invoices_pb2.INVOICE_KIND_CREDIT: "Kreditfaktura",
    invoices_pb2.INVOICE_KIND_INTEREST: "Räntefaktura",
    invoices_pb2.INVOICE_KIND_FINAL: "Slutfaktura kundkonto",
}
SERVICE: Final[Mapping[int, str]] = {
    invoices_pb2.SERVICE_KIND_INVOICING: "Faktura",
    invoices_pb2.SERVICE_KIND_LEDGER: "Reskontra",
}
HISTORY: Final[Mapping[str, tuple[str, str]]] = {  # what happened, and its icon
    "REGISTERED": ("Registrerad", "file-earmark-text"),
    "PAYMENT": ("Inbetalning", "cash-coin"),
    "DIRECT_PAYMENT": ("Direktbetalning", "cash-coin"),
    "RECEIVED_FOR_CASE": ("Inbetalning till ärendet", "cash-coin"),
    "CASE_SETTLEMENT": ("Avräkning från ärendet", "calculator"),
    "PLACED": ("Placerad betalning", "cash-coin"),
    "CREDIT": ("Kreditering", "arrow-counterclockwise"),
    "SENT_TO_COLLECTION": ("Lämnad till inkasso", "exclamation-diamond"),
    "CASE_REGISTERED": ("Inkassoärende registrerat", "file-earmark-check"),
    "DOCUMENT_ARCHIVED": ("Brev", "envelope"),
    "CHANGED": ("Ändrad", "pencil"),
    "FINAL_INVOICED": ("Slutfakturerad", "file-earmark-text"),
    "REVERSED": ("Vänd av en spegelvänd bunt", "arrow-counterclockwise"),
    "PAYMENT_REVERSED": ("Inbetalning återtagen", "arrow-counterclockwise"),
    "CREDIT_REVERSED": ("Kreditering återtagen", "arrow-counterclockwise"),
    "FINAL_REVERSED": ("Slutfakturering återtagen", "arrow-counterclockwise"),
}
STOP: Final[Mapping[int, str]] = {  # Kravstoppad
    demand_stops_pb2.DEMAND_STOP_KIND_NONE: "Nej",
    demand_stops_pb2.DEMAND_STOP_KIND_REMINDER: "Före påminnelse",
    demand_stops_pb2.DEMAND_STOP_KIND_COLLECTION: "Före inkasso",
    demand_stops_pb2.DEMAND_STOP_KIND_BOTH: "Före påminnelse och inkasso",
}
VERDICT: Final[Mapping[int, tuple[str, str]]] = {  # word and look of the chip
    payments_pb2.MATCH_VERDICT_OCR: ("OCR-nummer", "ok"),
    payments_pb2.MATCH_VERDICT_INVOICE_NUMBER: ("Fakturanummer", "ok"),
    payments_pb2.MATCH_VERDICT_UNPLACED: ("Oplacerad", "warn"),
    payments_pb2.MATCH_VERDICT_DUPLICATE: ("Dubblett", "info"),
}
CHANNEL: Final[Mapping[str, str]] = {
    "BGMAX": "BgMax",
    "CAMT054": "camt.054",
    "CAMT053": "camt.053",
    "MANUAL": "Registrerad för hand",
    "DIRECT": "Direkt till klienten",
}
LETTER_KIND: Final[Mapping[str, str]] = {"INVOICE_COPY": "Faktura"}
LETTER_CHANNEL: Final[Mapping[str, str]] = {"POST": "skickat med post"}
SYSTEM_USERS: Final = frozenset({"ledger", "collection", "reports", "files", "auth", "gateway"})


def by(name: str) -> str:
    """Who did it: a service of ours did it by itself."""
    return "Automatiskt" if name in SYSTEM_USERS else name


def stop_in_words(stop: DemandStop) -> str:
    """``före inkasso till 2026-12-15``; ``inget`` where there is none."""
    if stop.kind in {demand_stops_pb2.DEMAND_STOP_KIND_NONE, demand_stops_pb2.DEMAND_STOP_KIND_UNSPECIFIED}:
        return "inget"
    until = f" till {day(stop.until_date)}" if stop.HasField("until_date") else " tills vidare"
    return STOP[stop.kind].lower() + until


def change_in_words(change: InvoiceChange) -> str:
    """What was changed on an invoice, old and new: a sentence for each."""
    said = []
    if change.due_date_before != change.due_date:
        said.append(f"Förfallodatum {day(change.due_date)}, var {day(change.due_date_before)}.")
    if change.stop_before != change.stop:
        said.append(f"Kravstopp {stop_in_words(change.stop)}, var {stop_in_words(change.stop_before)}.")
    return " ".join(said)
