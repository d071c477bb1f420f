"""The kinds of things in the ledger, by the names that they have in the database."""

from enum import StrEnum


class InvoiceKind(StrEnum):
    """Fakturatyp."""

    INVOICE = "F"
    CREDIT = "K"
    INTEREST = "R"
    FINAL = "S"


class Service(StrEnum):
    """Tjänst: does Resultat Finans print and send the invoice, or only follow it up?"""

    INVOICING = "INVOICING"
    LEDGER = "LEDGER"


class JournalKind(StrEnum):
    """What a journal holds."""

    INVOICES = "INVOICES"
    TRANSACTIONS = "TRANSACTIONS"


class TransactionKind(StrEnum):
    """What a person registers about an invoice by hand."""

    DIRECT_PAYMENT = "DIRECT_PAYMENT"
    CREDIT = "CREDIT"


class PartyKind(StrEnum):
    """Person or company."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"


class Delivery(StrEnum):
    """Leveranssätt: how a customer gets its invoices."""

    POST = "POST"
    EMAIL = "EMAIL"
    E_INVOICE = "E_INVOICE"


class OcrForm(StrEnum):
    """How a client's OCR numbers are made."""

    CHECK_DIGIT = "CHECK_DIGIT"
    LENGTH_DIGIT = "LENGTH_DIGIT"


class CollectionKind(StrEnum):
    """In whose name debts are collected."""

    OWN = "OWN"
    AGENT = "AGENT"


class StopKind(StrEnum):
    """Kravstoppad: before which step of the action flow an invoice stands still."""

    NONE = "NONE"
    REMINDER = "REMINDER"
    COLLECTION = "COLLECTION"
    BOTH = "BOTH"


class Fact(StrEnum):
    """What a search may ask of an invoice; facts, not the one status that is shown."""

    OVERDUE = "OVERDUE"
    PAID = "PAID"
    NOT_DUE = "NOT_DUE"
    REMINDED = "REMINDED"
    COLLECTION = "COLLECTION"


class Status(StrEnum):
    """Status of an invoice, in the order in which it goes through them."""

    TO_BE_INVOICED = "TO_BE_INVOICED"
    NOT_DUE = "NOT_DUE"
    OVERDUE = "OVERDUE"
    REMINDED = "REMINDED"
    COLLECTION = "COLLECTION"
    FINAL_INVOICED = "FINAL_INVOICED"
    CREDITED = "CREDITED"
    PAID = "PAID"
