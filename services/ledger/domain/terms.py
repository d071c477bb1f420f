"""What Resultat Finans has agreed with a client."""

from dataclasses import dataclass
from uuid import UUID

from kernel import ocr
from kernel.errors import DomainError, Kind
from services.ledger.domain.kinds import CollectionKind, OcrForm

MAX_TERMS_DAYS = 180
MAX_FEE_MINOR = 100_000
"""1,000 kronor: a fee for an invoice above that is a slip of the finger."""
MAX_FIRST_NUMBER = 9_999_999_999


class TermsMissing(DomainError):
    """Nothing has been agreed with the client yet, so that nothing can be registered for it."""

    reason = "TERMS_MISSING"
    kind = Kind.CONFLICT


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one client, and what its invoices say of it."""

    client_id: UUID
    name: str
    organisation_number: str
    street: str
    postcode: str
    town: str
    phone: str
    email: str
    bankgiro: str
    holds_bank_account: bool
    f_tax: bool
    payment_terms_days: int
    rounds_to_krona: bool
    ocr_kind: OcrForm
    first_invoice_number: int
    first_customer_number: int
    collection_kind: CollectionKind
    four_eyes: bool
    invoice_fee_minor: int

    @property
    def ocr_rule(self) -> ocr.OcrRule:
        """How the bank checks a reference to this client."""
        return ocr.HARD if self.ocr_kind is OcrForm.CHECK_DIGIT else ocr.HARD_LENGTH
