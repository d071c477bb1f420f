"""Requests into what the use cases take; every field is checked here, and all faults are named at once."""

from datetime import date
from typing import Final
from uuid import UUID

from chassis import business_day, paging
from chassis.wire import to_date, to_money, to_uuid, to_uuids
from kernel import free_text, identity
from kernel.errors import Violations, invalid_value
from kernel.money import SEK, check_amount
from kernel.sorting import sort_prefix
from rf.collection.v1 import cases_pb2, officers_pb2
from rf.type.v1 import date_pb2, money_pb2
from services.collection.domain.costs import CostKind
from services.collection.storage.officers import Officer
from services.collection.storage.search import Wanted

MAX_CLIENTS: Final = 1_000
MAX_NUMBER: Final = 40
MAX_NAME: Final = 120
MAX_PHONE: Final = 40
MAX_EMAIL: Final = 254

_ACTIVITY: Final = {
    cases_pb2.CASE_ACTIVITY_UNSPECIFIED: None,
    cases_pb2.CASE_ACTIVITY_ACTIVE: True,
    cases_pb2.CASE_ACTIVITY_CLOSED: False,
}
_COST_KINDS: Final = {
    cases_pb2.COST_KIND_REMINDER: CostKind.REMINDER,
    cases_pb2.COST_KIND_DEMAND: CostKind.DEMAND,
    cases_pb2.COST_KIND_INSTALMENT_PLAN: CostKind.INSTALMENT_PLAN,
    cases_pb2.COST_KIND_LATE_PAYMENT: CostKind.LATE_PAYMENT,
}


def search(request: cases_pb2.SearchCasesRequest) -> tuple[list[UUID], Wanted, int | None, int]:
    """Clients, terms, the number that the page is below, and its size. Raises InvalidInput."""
    clients: list[UUID] = []
    terms = Wanted(clients=None)
    number = before = None
    invoice_number = customer_number = name = id_number = ""
    registered_from = registered_to = None
    size = 0
    with Violations() as v:
        if v.require("client_ids", len(request.client_ids) <= MAX_CLIENTS, "TOO_MANY", max=MAX_CLIENTS):
            with v.field(""):
                clients = to_uuids(request.client_ids, "client_ids")
        with v.field("number"):
            number = _case_number(request.number)
        with v.field("invoice_number"):
            invoice_number = free_text.clean(request.invoice_number, MAX_NUMBER)
        with v.field("customer_number"):
            customer_number = free_text.clean(request.customer_number, MAX_NUMBER)
        with v.field("debtor_name"):
            name = free_text.clean(request.debtor_name, MAX_NAME)
        if request.id_number:
            with v.field("id_number"):
                id_number = identity.parse(request.id_number, business_day.today()).digits
        v.require("activity", request.activity in _ACTIVITY, "UNKNOWN")
        with v.field(""):
            registered_from = to_date(request.registered_from, "registered_from")
        with v.field(""):
            registered_to = to_date(request.registered_to, "registered_to")
        if registered_from and registered_to:
            v.require("registered_to", registered_from <= registered_to, "BEFORE_FROM")
        with v.field(""):
            size = paging.size(request.page_size)
        with v.field(""):
            before = _before(request.page_token)
    terms = Wanted(
        clients=None,
        number=number,
        invoice_number=invoice_number or None,
        customer_number=customer_number or None,
        name_prefix=sort_prefix(name) or None,
        id_number=id_number or None,
        active=_ACTIVITY[request.activity],
        registered_from=registered_from,
        registered_to=registered_to,
    )
    return clients, terms, before, size


def cost(request: cases_pb2.AddCostRequest) -> tuple[UUID, CostKind, int, date]:
    """Case, kind, öre and day. Raises InvalidInput."""
    case_id, amount, day = UUID(int=0), 0, date.min
    with Violations() as v:
        with v.field(""):
            case_id = to_uuid(request.case_id, "case_id")
        v.require("kind", request.kind in _COST_KINDS, "UNKNOWN")
        with v.field("amount"):
            amount = _kronor(request.amount)
        with v.field("day"):
            day = _day(request.day)
    return case_id, _COST_KINDS[request.kind], amount, day


def officer(request: officers_pb2.SetOfficerRequest) -> tuple[Officer, list[UUID]]:
    """The officer and their clients. Raises InvalidInput."""
    user_id, clients = UUID(int=0), list[UUID]()
    name = phone = email = ""
    with Violations() as v:
        with v.field(""):
            user_id = to_uuid(request.officer.user_id, "officer.user_id")
        with v.field("officer.name"):
            name = free_text.clean(request.officer.name, MAX_NAME)
            v.present("officer.name", name)
        with v.field("officer.phone"):
            phone = free_text.clean(request.officer.phone, MAX_PHONE)
        with v.field("officer.email"):
            email = free_text.clean(request.officer.email, MAX_EMAIL)
        if v.require("client_ids", len(request.client_ids) <= MAX_CLIENTS, "TOO_MANY", max=MAX_CLIENTS):
            with v.field(""):
                clients = list(dict.fromkeys(to_uuids(request.client_ids, "client_ids")))
    return Officer(user_id, name, phone, email), clients


def _case_number(written: str) -> int | None:
    """A case number as typed; None when nothing was."""
    digits = free_text.clean(written, MAX_NUMBER)
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit()):
        raise invalid_value("FORMAT")
    if len(digits) > 18:  # the database's whole numbers end there
        raise invalid_value("TOO_LONG", max=18)
    return int(digits)


def _before(page_token: str) -> int | None:
    key = paging.key(page_token, [int])
    return None if key is None else int(key[0])


def _kronor(message: money_pb2.Money) -> int:
    amount = to_money(message, "")
    if amount.currency != SEK:
        raise invalid_value("CURRENCY")
    return check_amount(amount.minor)


def _day(message: date_pb2.Date) -> date:
    day = to_date(message, "")
    if day is None:
        raise invalid_value("REQUIRED")
    return day
