"""Kunder (R-03, R-07): a line per customer and currency of what a search finds, in every order, page by page."""

from uuid import UUID

import pytest

from chassis.rpc_errors import RemoteError
from chassis.wire import money
from rf.ledger.v1 import customer_search_pb2, invoices_pb2
from services.ledger.storage import customer_search
from tests.component.ledger.world import World, a_followed_up, faults

FACT = invoices_pb2.InvoiceFact.Value
SORTS = ("CLIENT", "NUMBER", "NAME", "CURRENCY", "ORIGINAL", "PAID", "REMAINING")
NAMES = ("Öberg", "Åberg", "Zäta", "Ek")


@pytest.fixture(scope="module")
def ledger(world: World, module_day: None) -> dict[str, UUID]:
    """Two clients with four customers each, the first of them in two currencies, one with nothing at all."""
    clients = {"a": world.client(name="Aktiebolaget"), "b": world.client(name="Bolaget")}
    for count, client_id in enumerate(clients.values(), start=1):
        desk = world.user(client_id)
        first, *others = (desk.customer(client_id, name=name, protected_identity=name == "Ek").number for name in NAMES)
        desk.customer(client_id, name="Utan faktura")
        drafts = [
            a_followed_up(client_id, first, f"{count}1", 1_000 * count, 0),
            a_followed_up(client_id, first, f"{count}2", 500, 0),
            a_followed_up(client_id, first, f"{count}3", 700, 0, currency_code="EUR", exchange_rate="11.5"),
            *(
                a_followed_up(client_id, customer, f"{count}4{place}", 2_000 + 100 * place, 0)
                for place, customer in enumerate(others)
            ),
        ]
        desk.approve(desk.register(client_id, *drafts).journal)
        credit = a_followed_up(client_id, first, f"K{count}9", -500, 0, kind=invoices_pb2.INVOICE_KIND_CREDIT)
        credit.credits_invoice_number = f"{count}2"
        desk.approve(desk.register(client_id, credit).journal)
    return clients


def test_r03_r07_a_line_per_customer_and_currency(world: World, ledger: dict[str, UUID]) -> None:
    answer = world.user(ledger["a"]).search_customers()
    assert answer.total_count == 5
    assert [(one.number, one.name, one.original.currency_code) for one in answer.customers] == [
        ("501", "Öberg", "EUR"),
        ("501", "Öberg", "SEK"),
        ("502", "Åberg", "SEK"),
        ("503", "Zäta", "SEK"),
        ("504", "", "SEK"),  # a protected identity has no name in a list
    ]
    kronor = answer.customers[1]
    assert (kronor.original, kronor.paid, kronor.remaining) == (money(1_000), money(0), money(1_000))
    assert kronor.invoice_count == 3
    assert kronor.client_id == str(ledger["a"])


def test_only_what_matches_is_summed(world: World, ledger: dict[str, UUID]) -> None:
    desk = world.user(ledger["a"])
    [paid] = desk.search_customers(facts=[FACT("INVOICE_FACT_PAID")]).customers
    assert (paid.invoice_count, paid.original, paid.remaining) == (2, money(0), money(0))
    [found] = desk.search_customers(terms={"name": "åberg"}).customers
    assert found.number == "502"
    assert desk.search_customers(terms={"name": "utan"}).total_count == 0
    both = desk.search_customers(terms={"customer_number": "50*", "currency_code": "EUR"}).customers
    assert [one.original for one in both] == [money(700, "EUR")]


def key_of(sort: str, names: dict[str, str]):
    return {
        "CLIENT": lambda line: names[line.client_id],
        "NUMBER": lambda line: line.number,
        "NAME": lambda line: ["Ek", "Zäta", "Åberg", "Öberg"].index(line.name or "Ek"),
        "CURRENCY": lambda line: line.original.currency_code,
        "ORIGINAL": lambda line: line.original.minor_units,
        "PAID": lambda line: line.paid.minor_units,
        "REMAINING": lambda line: line.remaining.minor_units,
    }[sort]


@pytest.mark.parametrize("most", [customer_search.MOST_COUNTED, 1], ids=["few", "many"])
@pytest.mark.parametrize("facts", [[], [FACT("INVOICE_FACT_NOT_DUE")]])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_r07_every_order_page_by_page(
    world: World,
    ledger: dict[str, UUID],
    sort: str,
    descending: bool,
    facts: "list[invoices_pb2.InvoiceFact.ValueType]",
    most: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All ways to a page lead to the same: what is summed at once, and what is walked to."""
    monkeypatch.setattr(customer_search, "MOST_COUNTED", most)
    desk = world.user(*ledger.values())
    found: list[customer_search_pb2.CustomerLine] = []
    token = ""
    while True:
        page = desk.search_customers(sort, 3, token, descending, facts=facts)
        assert page.total_count == (10 if most > 10 else -1)
        found += page.customers
        token = page.next_page_token
        if not token:
            break
    assert len({(one.customer_id, one.original.currency_code) for one in found}) == 10
    names = {str(client_id): name for name, client_id in ledger.items()}
    keys = [key_of(sort, names)(line) for line in found]
    assert keys == sorted(keys, reverse=descending)
    request = customer_search_pb2.StreamCustomersRequest(
        criteria=invoices_pb2.InvoiceCriteria(facts=facts),
        sort=f"CUSTOMER_SORT_{sort}",  # type: ignore[arg-type]
        descending=descending,
    )
    assert [one for answer in desk.by_customer.StreamCustomers(request) for one in answer.customers] == found


def test_customers_of_others_are_not_found(world: World, ledger: dict[str, UUID]) -> None:
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        world.user(ledger["a"]).search_customers(client_ids=[str(ledger["b"])])


def test_a_token_of_another_order_is_refused(world: World, ledger: dict[str, UUID]) -> None:
    desk = world.user(ledger["a"])
    token = desk.search_customers(page_size=1).next_page_token
    with pytest.raises(RemoteError) as error:
        desk.search_customers("PAID", page_token=token)
    assert faults(error.value) == {"page_token": "BAD_TOKEN"}
