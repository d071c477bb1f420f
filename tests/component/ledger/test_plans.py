"""The plans of Reskontra's lists on a hundred thousand invoices: the cost of a page does not grow with the ledger.

PostgreSQL tells the plan of each statement that it has run (auto_explain), also of those inside of functions. No list
reads a table of clients from one end to the other, and none puts more in order than a page of each half of each client,
or what a search by terms may find at most.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import event

from benchmarks import million
from chassis import calls
from chassis.calls import Call
from chassis.database import Database
from chassis.permissions import Permission, bitmap
from chassis.tokens import Caller, CallerKind
from rf.ledger.v1 import customer_overview_pb2, customer_search_pb2, invoices_pb2
from rf.ledger.v1.invoices_pb2 import InvoiceFact, InvoiceSort, SearchInvoicesRequest, SearchTerms
from rf.type.v1 import date_pb2
from services.ledger.api.customer_overview import CustomerOverviewServicer
from services.ledger.api.customer_search import CustomerSearchServicer
from services.ledger.api.invoices import InvoiceServicer
from services.ledger.storage.invoice_search import MOST_COUNTED
from tests.component.ledger.world import World
from tests.stack import Databases

INVOICES = 100_000
PAGE = 50
SMALL = 1_000
"""A table with fewer rows may be read whole: the terms of the clients are."""
SORTS = [name for name in InvoiceSort.keys() if not name.endswith("UNSPECIFIED")]  # noqa: SIM118 - an enum of protobuf
FACTS = [name for name in InvoiceFact.keys() if not name.endswith("UNSPECIFIED")]  # noqa: SIM118
TERMS = {
    "a beginning of KundNr": SearchTerms(customer_number="17*"),
    "a beginning of FakturaNr": SearchTerms(invoice_number="17*"),
    "the beginning of a name": SearchTerms(name="karin l 4"),
    "the inside of a name": SearchTerms(name="ergströ"),
    "OCR": SearchTerms(ocr_number="1717"),
    "due days": SearchTerms(due_date=date_pb2.DateSpan(from_date=date_pb2.Date(year=2026, month=9, day=1))),
    "an amount": SearchTerms(original=invoices_pb2.AmountSpan(from_minor=500_000, to_minor=501_000)),
    "words of the text": SearchTerms(text="tjänst 4711"),
    "an article": SearchTerms(article_number="A17"),
    "a street": SearchTerms(street="storgatan 4711"),
}


class Plan(NamedTuple):
    """A statement as it was run."""

    statement: str
    root: dict[str, Any]

    def nodes(self) -> Iterator[dict[str, Any]]:
        waiting = [self.root]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += node.get("Plans", [])


class Ledger(NamedTuple):
    """A hundred thousand invoices of three clients, half of them the first one's."""

    database: Database
    clients: list[UUID]
    large: set[str]  # tables that may not be read whole
    told: list[Plan]

    @contextmanager
    def asked_by(self, clients: list[UUID]) -> Iterator[list[Plan]]:
        """The plans of what is asked inside."""
        self.told.clear()
        caller = Caller(str(uuid4()), "Ulla", CallerKind.CLIENT_USER, dict.fromkeys(clients, _MAY))
        with calls.during(Call("plans", caller)):
            yield self.told
        assert self.told, "PostgreSQL told no plan"


_MAY = bitmap([Permission.LEDGER_READ])
_TELLING = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "notice",
}


@pytest.fixture(scope="module")
def ledger(world: World, databases: Databases, module_day: None) -> Iterator[Ledger]:
    clients = [world.client() for _ in range(3)]
    name = str(world.database.engine.url.database)
    with databases.postgres.connect(name) as connection:
        million.fill(connection, clients, INVOICES, booked=False)
        large = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
            "  AND (relrowsecurity OR relname LIKE %s) AND reltuples >= %s",
            ["%\\_words", SMALL],
        ).fetchall()
        connection.execute(f"ALTER DATABASE {name} SET session_preload_libraries = 'auto_explain'")
        for setting, value in _TELLING.items():
            connection.execute(f"ALTER DATABASE {name} SET {setting} = '{value}'")
    database = Database("ledger", world.database.engine.url.render_as_string(hide_password=False), pool_size=1)
    told: list[Plan] = []

    @event.listens_for(database.engine, "connect")
    def _listen(connection: psycopg.Connection[Any], _: object) -> None:
        connection.add_notice_handler(lambda notice: _note(told, notice.message_primary or ""))

    try:
        yield Ledger(database, clients, {str(row[0]) for row in large}, told)
    finally:
        database.engine.dispose()


def _note(told: list[Plan], message: str) -> None:
    _, found, plan = message.partition("plan:\n")
    if found:
        read = json.loads(plan)
        told.append(Plan(read["Query Text"], read["Plan"]))


def _check(ledger: Ledger, plans: list[Plan], most_sorted: int) -> None:
    assert {"customer", "invoice", "invoice_words"} <= ledger.large
    for plan in plans:
        for node in plan.nodes():
            whole = node["Node Type"].endswith("Seq Scan") and node["Relation Name"] in ledger.large
            assert not whole, f"{node['Relation Name']} is read whole by\n{plan.statement}"
            if "Sort" in node["Node Type"]:
                into = node["Plans"][0]["Actual Rows"] / _parts(node)
                assert into <= most_sorted, f"{into} rows are put in order by\n{plan.statement}"


def _parts(sort: dict[str, Any]) -> int:
    """In how many parts the rows are put in order: more than one where an index has done most of it."""
    return sum(sort.get(name, {}).get("Group Count", 0) for name in ("Full-sort Groups", "Pre-sorted Groups")) or 1


def _search(ledger: Ledger, clients: list[UUID], most_sorted: int, **request: Any) -> None:
    servicer = InvoiceServicer(ledger.database)
    asked = SearchInvoicesRequest(page_size=PAGE, **request)
    with ledger.asked_by(clients) as plans:
        first = servicer.SearchInvoices(asked, None)  # type: ignore[arg-type]
        asked.page_token = first.next_page_token
        servicer.SearchInvoices(asked, None)  # type: ignore[arg-type]
    assert first.invoices
    _check(ledger, plans, most_sorted)


def _halves(clients: list[UUID]) -> int:
    """A page and the row after it, of each half of each client."""
    return len(clients) * 2 * (PAGE + 1)


@pytest.mark.parametrize("few", [1, 3])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_in_any_order_walks_an_index(ledger: Ledger, sort: str, few: int) -> None:
    """R-09, R-10."""
    clients = ledger.clients[:few]
    for descending in (False, True):
        _search(ledger, clients, _halves(clients), sort=sort, descending=descending)


@pytest.mark.parametrize("fact", FACTS)
def test_a_page_of_any_filter_reads_no_table_whole(ledger: Ledger, fact: str) -> None:
    """R-01. The latest due days are found by their index, and are then put in the order of the list."""
    for clients in (ledger.clients[:1], ledger.clients):
        most = MOST_COUNTED + 1 if fact.endswith("NOT_DUE") else _halves(clients)
        _search(ledger, clients, most, facts=[fact])


@pytest.mark.parametrize("terms", TERMS.values(), ids=TERMS.keys())
def test_a_page_of_any_term_reads_no_table_whole(ledger: Ledger, terms: SearchTerms) -> None:
    """R-05. What terms find is counted, summed and put in order at once, up to ten thousand."""
    for clients in (ledger.clients[:1], ledger.clients):
        _search(ledger, clients, MOST_COUNTED + 1, terms=terms)


@pytest.mark.parametrize("sort", ["CLIENT", "NUMBER", "NAME"])
@pytest.mark.parametrize("facts", [[], ["INVOICE_FACT_OVERDUE"], ["INVOICE_FACT_COLLECTION"]])
def test_a_page_of_customers_walks_them_in_their_order(ledger: Ledger, sort: str, facts: list[str]) -> None:
    """R-03, R-07."""
    servicer = CustomerSearchServicer(ledger.database)
    for clients in (ledger.clients[:1], ledger.clients):
        asked = customer_search_pb2.SearchCustomersRequest(page_size=PAGE, sort=f"CUSTOMER_SORT_{sort}")  # type: ignore[arg-type]
        asked.criteria.facts.extend(InvoiceFact.Value(fact) for fact in facts)
        with ledger.asked_by(clients) as plans:
            first = servicer.SearchCustomers(asked, None)  # type: ignore[arg-type]
            asked.page_token = first.next_page_token
            servicer.SearchCustomers(asked, None)  # type: ignore[arg-type]
        assert len(first.customers) == PAGE
        _check(ledger, plans, MOST_COUNTED + 1)


def test_a_customer_whole_is_read_by_its_key(ledger: Ledger, world: World) -> None:
    """K-01 to K-14."""
    client_id = ledger.clients[0]
    [(customer_id,)] = world.rows("SELECT id FROM customer WHERE client_id = :c AND number = '17'", c=client_id)
    request = customer_overview_pb2.GetCustomerOverviewRequest(customer_id=str(customer_id))
    with ledger.asked_by([client_id]) as plans:
        CustomerOverviewServicer(ledger.database).GetCustomerOverview(request, None)  # type: ignore[arg-type]
    _check(ledger, plans, PAGE + 1)


def test_the_plans_of_a_bad_statement_are_told(ledger: Ledger) -> None:
    """The test above can fail: a whole table, and all of it in order."""
    with ledger.asked_by(ledger.clients) as plans, ledger.database.read() as tx:
        tx.connection.exec_driver_sql("SELECT * FROM invoice ORDER BY subject").fetchmany(1)
    with pytest.raises(AssertionError, match=r"read whole|put in order"):
        _check(ledger, plans, MOST_COUNTED)
