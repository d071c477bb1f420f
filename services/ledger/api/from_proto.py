"""Messages of terms and customers as values of the domain, every field checked."""

from re import compile as regex
from uuid import UUID

from chassis.business_day import today
from chassis.wire import to_uuid
from kernel import giro, identity
from kernel.errors import Violations, invalid_value
from kernel.formats import parse_postcode
from kernel.free_text import clean
from rf.ledger.v1 import customers_pb2, terms_pb2
from services.ledger.api import enums
from services.ledger.domain import numbers
from services.ledger.domain.customers import Address, Customer
from services.ledger.domain.terms import MAX_FEE_MINOR, MAX_FIRST_NUMBER, MAX_TERMS_DAYS, Terms
from services.ledger.usecases.customers import NIL

_EMAIL = regex(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = regex(r"\+?[0-9][0-9 ()/-]*")
_COUNTRY = regex(r"[A-Z]{2}")
_HALF_YEAR = regex(r"(?:19|20|21)[0-9]{2}H[12]")
_ORGANISATIONS = frozenset({identity.IdKind.ORGANISATION, identity.IdKind.PERSON})  # a sole trader has its owner's


def text(value: str, most: int, *, required: bool = False) -> str:
    """A text field in one form. Raises InvalidInput: ``REQUIRED`` or what ``clean`` raises."""
    cleaned = clean(value, most)
    if required and not cleaned:
        raise invalid_value("REQUIRED")
    return cleaned


def terms(message: terms_pb2.Terms) -> Terms:
    """The terms in a message. Raises InvalidInput with every fault under ``terms``."""
    values: dict[str, object] = {}
    with Violations() as v:
        with v.field("terms.client_id"):
            values["client_id"] = to_uuid(message.client_id, "")
        for name, most in (("name", 120), ("street", 120), ("town", 60)):
            with v.field(f"terms.{name}"):
                values[name] = text(getattr(message, name), most, required=True)
        with v.field("terms.organisation_number"):
            values["organisation_number"] = _organisation_number(message.organisation_number)
        with v.field("terms.postcode"):
            values["postcode"] = parse_postcode(message.postcode)
        with v.field("terms.phone"):
            values["phone"] = _phone(message.phone)
        with v.field("terms.email"):
            values["email"] = _email(message.email)
        with v.field("terms.bankgiro"):
            values["bankgiro"] = giro.bankgiro(message.bankgiro).digits
        for name, least, most in (
            ("payment_terms_days", 0, MAX_TERMS_DAYS),
            ("first_invoice_number", 1, MAX_FIRST_NUMBER),
            ("first_customer_number", 1, MAX_FIRST_NUMBER),
            ("invoice_fee_minor", 0, MAX_FEE_MINOR),
        ):
            value = int(getattr(message, name))
            v.require(f"terms.{name}", least <= value <= most, "OUT_OF_RANGE", min=least, max=most)
            values[name] = value
        for name in ("holds_bank_account", "f_tax", "rounds_to_krona", "four_eyes"):
            values[name] = bool(getattr(message, name))
        with v.field("terms.ocr_kind"):
            values["ocr_kind"] = enums.chosen(enums.OCR_FORMS, message.ocr_kind, "")
        with v.field("terms.collection_kind"):
            values["collection_kind"] = enums.chosen(enums.COLLECTION_KINDS, message.collection_kind, "")
    return Terms(**values)  # type: ignore[arg-type]  # every field is there, or the block has raised


def rate(message: terms_pb2.ReferenceRate) -> tuple[str, int, str]:
    """Half-year, hundredths of a percent, and source. Raises InvalidInput."""
    source = ""
    with Violations() as v:
        v.require("rate.half_year", bool(_HALF_YEAR.fullmatch(message.half_year)), "FORMAT")
        v.require("rate.basis_points", -1000 <= message.basis_points <= 5000, "OUT_OF_RANGE", min=-1000, max=5000)
        with v.field("rate.source"):
            source = text(message.source, 200, required=True)
    return message.half_year, message.basis_points, source


def customer(message: customers_pb2.Customer, client_id: UUID) -> Customer:
    """The customer in a message; without number or id where none is given. Raises InvalidInput with every fault."""
    values: dict[str, object] = {"client_id": client_id, "protected_identity": message.protected_identity}
    address: dict[str, str] = {}
    with Violations() as v:
        with v.field("customer_id"):
            values["id"] = to_uuid(message.customer_id, "") if message.customer_id else NIL
        if message.client_id:
            with v.field("client_id"):
                v.require("client_id", to_uuid(message.client_id, "") == client_id, "OTHER_CLIENT")
        with v.field("number"):
            values["number"] = numbers.check(message.number) if message.number else ""
        with v.field("kind"):
            values["kind"] = enums.chosen(enums.PARTY_KINDS, message.kind, "")
        with v.field("name"):
            values["name"] = text(message.name, 120, required=True)
        with v.field("id_number"):
            values["id_number"] = identity.parse(message.id_number, today()).digits if message.id_number else ""
        with v.field("email"):
            values["email"] = _email(message.email)
        with v.field("phone"):
            values["phone"] = _phone(message.phone)
        address = _address(v, message)
    return Customer(**values, address=Address(**address))  # type: ignore[arg-type]  # as above


def _address(v: Violations, message: customers_pb2.Customer) -> dict[str, str]:
    found = {"country_code": message.country_code or "SE"}
    v.require("country_code", bool(_COUNTRY.fullmatch(found["country_code"])), "FORMAT")
    with v.field("care_of"):
        found["care_of"] = text(message.care_of, 120)
    with v.field("street"):
        found["street"] = text(message.street, 120, required=True)
    with v.field("town"):
        found["town"] = text(message.town, 60, required=True)
    with v.field("postcode"):
        swedish = found["country_code"] == "SE"
        found["postcode"] = parse_postcode(message.postcode) if swedish else text(message.postcode, 12, required=True)
    return found


def _organisation_number(value: str) -> str:
    """Ten digits, as Bolagsverket writes them."""
    return identity.parse(value, today(), _ORGANISATIONS).digits[2:]


def _email(value: str) -> str:
    cleaned = text(value, 254)
    if cleaned and not _EMAIL.fullmatch(cleaned):
        raise invalid_value("FORMAT")
    return cleaned


def _phone(value: str) -> str:
    cleaned = text(value, 30)
    if cleaned and not _PHONE.fullmatch(cleaned):
        raise invalid_value("FORMAT")
    return cleaned
