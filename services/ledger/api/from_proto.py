"""Messages of terms and customers as values of the domain, every field checked."""

from dataclasses import asdict
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
from services.ledger.domain.customers import (
    LANGUAGES,
    MAX_NAME,
    MAX_PART_OF_NAME,
    NOWHERE,
    SWEDISH,
    Address,
    Customer,
    parts_of,
)
from services.ledger.domain.kinds import Delivery, PartyKind
from services.ledger.domain.terms import MAX_FEE_MINOR, MAX_FIRST_NUMBER, MAX_TERMS_DAYS, Terms
from services.ledger.usecases.customers import NIL

_EMAIL = regex(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = regex(r"\+?[0-9][0-9 ()/-]*")
_COUNTRY = regex(r"[A-Z]{2}")
_HALF_YEAR = regex(r"(?:19|20|21)[0-9]{2}H[12]")
_ORGANISATIONS = frozenset({identity.IdKind.ORGANISATION, identity.IdKind.PERSON})  # a sole trader has its owner's
_PERSONS = frozenset({identity.IdKind.PERSON, identity.IdKind.COORDINATION})


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


def customer(message: customers_pb2.Customer, client_id: UUID, *, may_be_shielded: bool = False) -> Customer:
    """The customer in a message; without number or id where none is given. Raises InvalidInput with every fault.

    ``may_be_shielded``: a protected identity may come without its address, as those see it who may not see all.
    """
    values: dict[str, object] = {"client_id": client_id, "version": message.version}
    for name in ("protected_identity", "reminder_block", "collection_block"):
        values[name] = getattr(message, name)
    address = asdict(NOWHERE)
    with Violations() as v:
        with v.field("customer_id"):
            values["id"] = to_uuid(message.customer_id, "") if message.customer_id else NIL
        if message.client_id:
            with v.field("client_id"):
                v.require("client_id", to_uuid(message.client_id, "") == client_id, "OTHER_CLIENT")
        with v.field("number"):
            values["number"] = numbers.check(message.number) if message.number else ""
        kind = PartyKind.COMPANY
        with v.field("kind"):
            values["kind"] = kind = enums.chosen(enums.PARTY_KINDS, message.kind, "")
        values |= _names(v, message, kind)
        with v.field("id_number"):
            allowed = _ORGANISATIONS if kind is PartyKind.COMPANY else _PERSONS
            given = message.id_number
            values["id_number"] = identity.parse(given, today(), allowed).digits if given else ""
        with v.field("email"):
            values["email"] = _email(message.email)
        with v.field("phone"):
            values["phone"] = _phone(message.phone)
        values |= _ways(v, message)
        if not (may_be_shielded and message.protected_identity and not message.street and not message.town):
            address = _address(v, message)
    return Customer(**values, address=Address(**address))  # type: ignore[arg-type]  # as above


def _names(v: Violations, message: customers_pb2.Customer, kind: PartyKind) -> dict[str, object]:
    """The name, and of a person its parts: given by themselves, or taken from the name."""
    first = last = name = ""
    with v.field("name"):
        name = text(message.name, MAX_NAME)
    with v.field("first_name"):
        first = text(message.first_name, MAX_PART_OF_NAME)
    with v.field("last_name"):
        last = text(message.last_name, MAX_PART_OF_NAME)
    if kind is PartyKind.COMPANY:
        v.require("first_name", not first, "NOT_ALLOWED")
        v.require("last_name", not last, "NOT_ALLOWED")
        v.present("name", name or message.name)
        return {"name": name}
    if not first and not last and name:
        first, last = parts_of(name)
        return {"name": name, "first_name": first, "last_name": last}
    if message.first_name or message.last_name:
        v.present("first_name", first or message.first_name.strip())
        v.present("last_name", last or message.last_name.strip())
        return {"name": f"{first} {last}", "first_name": first, "last_name": last}
    v.present("name", message.name.strip())
    return {"name": name}


def _ways(v: Violations, message: customers_pb2.Customer) -> dict[str, object]:
    """Language, terms and delivery."""
    language = message.language_code or SWEDISH
    v.require("language_code", language in LANGUAGES, "UNKNOWN")
    days = message.payment_terms_days if message.HasField("payment_terms_days") else None
    within = days is None or 0 <= days <= MAX_TERMS_DAYS
    v.require("payment_terms_days", within, "OUT_OF_RANGE", min=0, max=MAX_TERMS_DAYS)
    delivery = Delivery.POST
    if message.delivery:
        with v.field("delivery"):
            delivery = enums.chosen(enums.DELIVERIES, message.delivery, "")
    hidden = message.protected_identity and not message.street
    v.require("email", delivery is not Delivery.EMAIL or bool(message.email) or hidden, "REQUIRED")
    return {"language": language, "payment_terms_days": days, "delivery": delivery}


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
