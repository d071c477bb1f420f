"""The customer register between messages and the domain: what is asked, its order, and rows of its lists."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis import paging
from chassis.wire import from_date, from_time, to_uuid, to_uuids
from kernel.errors import Violations
from rf.ledger.v1 import customers_pb2, invoices_pb2
from services.ledger.api import criteria, enums
from services.ledger.domain.criteria import SearchTerms
from services.ledger.storage.customer_register import Order, Place, Sort

_MAX_CLIENTS = 1_000
_SORTS: "Mapping[Sort, customers_pb2.CustomerRegisterSort.ValueType]" = {
    sort: customers_pb2.CustomerRegisterSort.Value(f"CUSTOMER_REGISTER_SORT_{sort.name}") for sort in Sort
}


def asked(request: customers_pb2.ListCustomersRequest) -> tuple[SearchTerms, list[UUID]]:
    """The terms and clients of a request. Raises InvalidInput with every fault."""
    clients: list[UUID] = []
    terms = invoices_pb2.SearchTerms(
        customer_number=request.customer_number,
        name=request.name,
        id_number=request.id_number,
        street=request.street,
        town=request.town,
    )
    with Violations() as v:
        v.require("client_ids", len(request.client_ids) <= _MAX_CLIENTS, "TOO_MANY", max=_MAX_CLIENTS)
        with v.field(""):
            clients = to_uuids(request.client_ids, "client_ids")
        found = criteria.terms(v, terms, "")
    return found, clients


def order(request: customers_pb2.ListCustomersRequest) -> Order:
    """By which column, and which way."""
    sort = enums.chosen(_SORTS, request.sort, "sort") if request.sort else Sort.NUMBER
    return Order(sort, request.descending)


def place(page_token: str) -> Place | None:
    """Where a page ended."""
    key = paging.key(page_token, [str, str])
    return None if key is None else Place(str(key[0]), to_uuid(str(key[1]), "page_token"))


def address(row: Row[Any]) -> customers_pb2.CustomerAddress:
    return customers_pb2.CustomerAddress(
        from_date=from_date(row.valid_from),
        to_date=from_date(row.valid_to),
        care_of=row.care_of,
        street=row.street,
        postcode=row.postcode,
        town=row.town,
        country_code=row.country_code,
        changed_by=row.changed_by,
    )


def note(row: Row[Any]) -> customers_pb2.CustomerNote:
    return customers_pb2.CustomerNote(note_id=str(row.id), text=row.text, at=from_time(row.at), by=row.by)
