"""Reskontra: search by facts and numbers, in every order, page by page; and Fakturainformation."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.files.v1.events_pb2 import DocumentArchived
from rf.ledger.v1 import events_pb2, invoices_pb2
from services.ledger.storage import invoice_lines
from tests.component.ledger.world import TODAY, Desk, World, a_customer, a_followed_up, a_printed, a_row, faults

FACT = invoices_pb2.InvoiceFact.Value
SORT = invoices_pb2.InvoiceSort.Value
SORTS = (
    *("CLIENT", "NUMBER", "CUSTOMER_NUMBER", "NAME", "INVOICE_DATE", "DUE_DATE", "PAID", "REMAINING"),
    *("CURRENCY", "KIND", "SERVICE", "STATUS", "DAYS"),
)
"""The columns of R-09."""


def days_ago(days: int) -> date:
    return TODAY - timedelta(days)


@pytest.fixture(scope="module")
def ledger(world: World, module_day: None) -> dict[str, UUID]:
    """Two clients with some invoices in every state; the amounts differ, the customers too."""
    clients = {"a": world.client(name="Aktiebolaget"), "b": world.client(name="Bolaget")}
    for count, client_id in enumerate(clients.values(), start=1):
        desk = world.user(client_id)
        customers = [desk.customer(client_id, name=name).number for name in ("Öberg", "Åberg", "Zäta")]
        drafts = [
            a_followed_up(
                client_id,
                customers[index % 3],
                f"{count}{index + 1}",
                10_000 + 100 * index,
                0,
                invoice_date=from_date(days_ago(5 * index)),
            )
            for index in range(12)
        ]
        receipt = desk.approve(desk.register(client_id, *drafts).journal)
        desk.hand_over(desk.look(receipt.invoice_ids[11]).line)
        credit = a_followed_up(client_id, customers[0], f"K{count}", -10_000, 0, kind=invoices_pb2.INVOICE_KIND_CREDIT)
        credit.credits_invoice_number = f"{count}1"
        desk.approve(desk.register(client_id, credit).journal)
    return clients


def numbers(answer: invoices_pb2.SearchInvoicesResponse) -> list[str]:
    return [line.number for line in answer.invoices]


def key_of(sort: str, names: dict[str, str]):
    keys = {
        "CLIENT": lambda line: (names[line.client_id], line.number[0] == "K", line.number.zfill(4)),
        "NUMBER": lambda line: (line.number[0] == "K", line.number.zfill(4)),
        "CUSTOMER_NUMBER": lambda line: line.customer_number,
        "NAME": lambda line: ["Zäta", "Åberg", "Öberg"].index(line.customer_name),
        "INVOICE_DATE": lambda line: (line.invoice_date.year, line.invoice_date.month, line.invoice_date.day),
        "DUE_DATE": lambda line: (line.due_date.year, line.due_date.month, line.due_date.day),
        "PAID": lambda line: line.paid.minor_units,
        "REMAINING": lambda line: line.remaining.minor_units,
        "CURRENCY": lambda line: line.original.currency_code,
        "KIND": lambda line: "?FKRS"[line.kind],
        "SERVICE": lambda line: line.service,
        "STATUS": lambda line: line.status,
        "DAYS": lambda line: line.days_since_due,
    }
    return keys[sort]


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", SORTS)
def test_r06_r09_every_order_page_by_page(world: World, ledger: dict[str, UUID], sort: str, descending: bool):
    desk = world.user(*ledger.values())
    found: list[invoices_pb2.InvoiceLine] = []
    token = ""
    while True:
        page = desk.search(sort=SORT(f"INVOICE_SORT_{sort}"), descending=descending, page_size=7, page_token=token)
        assert page.total_count == 26
        found += page.invoices
        token = page.next_page_token
        if not token:
            break
    assert len({line.invoice_id for line in found}) == 26
    names = {str(client_id): name for name, client_id in ledger.items()}
    keys = [key_of(sort, names)(line) for line in found]
    assert keys == sorted(keys, reverse=descending)
    streamed = desk.stream(SORT(f"INVOICE_SORT_{sort}"), descending)
    assert [line.invoice_id for line in streamed] == [line.invoice_id for line in found]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([], ["11", "12", "13", "14", "15", "16", "17", "18", "19", "110", "111", "112", "K1"]),
        (["OVERDUE"], ["18", "19", "110", "111", "112"]),
        (["NOT_DUE"], ["12", "13", "14", "15", "16", "17"]),
        (["PAID"], ["11", "K1"]),
        (["REMINDED"], []),
        (["COLLECTION"], ["112"]),
        (["PAID", "COLLECTION"], ["11", "112", "K1"]),
        (
            ["OVERDUE", "NOT_DUE", "PAID"],
            ["11", "12", "13", "14", "15", "16", "17", "18", "19", "110", "111", "112", "K1"],
        ),
    ],
)
def test_r01_facts_are_combined_freely(world: World, ledger: dict[str, UUID], facts: list[str], expected: list[str]):
    desk = world.user(ledger["a"])
    answer = desk.search(facts=[FACT(f"INVOICE_FACT_{fact}") for fact in facts])
    assert numbers(answer) == expected
    assert answer.total_count == len(expected)
    remaining = sum(line.remaining.minor_units for line in answer.invoices)
    assert answer.remaining_sums == ([money(remaining)] if expected else [])


def test_r02_exact_numbers(world: World, ledger: dict[str, UUID]):
    desk = world.user(*ledger.values())
    assert numbers(desk.search(invoice_number="15")) == ["15"]
    assert numbers(desk.search(invoice_number="1")) == []
    assert numbers(desk.search(invoice_number="15", facts=[FACT("INVOICE_FACT_PAID")])) == []
    assert len(desk.search(customer_number="501").invoices) == 10
    assert numbers(desk.search(customer_number="501", client_ids=[str(ledger["b"])])) == ["21", "24", "27", "210", "K2"]


def test_only_the_clients_asked_for(world: World, ledger: dict[str, UUID]):
    desk = world.user(*ledger.values())
    answer = desk.search(client_ids=[str(ledger["b"])])
    assert {line.client_id for line in answer.invoices} == {str(ledger["b"])}
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        desk.search(client_ids=[str(uuid4())])


def test_an_officer_searches_all_clients(world: World, ledger: dict[str, UUID]):
    assert world.officer().search(invoice_number="15").total_count >= 1


def test_sums_are_by_currency(world: World, desk: Desk, client_id: UUID, customer: str):
    euro = a_printed(client_id, customer, currency_code="EUR", exchange_rate="11.5")
    desk.approve(desk.register(client_id, euro, a_printed(client_id, customer)).journal)
    assert desk.search().remaining_sums == [money(12_500, "EUR"), money(12_500)]


@pytest.mark.parametrize(
    ("terms", "field", "reason"),
    [
        ({"facts": [99]}, "facts[0]", "UNKNOWN"),
        ({"facts": [0]}, "facts[0]", "REQUIRED"),
        ({"sort": 99}, "sort", "UNKNOWN"),
        ({"page_size": -1}, "page_size", "OUT_OF_RANGE"),
        ({"page_size": 201}, "page_size", "OUT_OF_RANGE"),
        ({"page_token": "rubbish"}, "page_token", "BAD_TOKEN"),
        ({"client_ids": ["x"]}, "client_ids[0]", "BAD_ID"),
        ({"invoice_number": "x" * 50}, "invoice_number", "TOO_LONG"),
        ({"customer_number": "'; --"}, "customer_number", "FORMAT"),
    ],
)
def test_a_search_that_makes_no_sense(desk: Desk, terms, field: str, reason: str):
    with pytest.raises(RemoteError) as error:
        desk.search(**terms)
    assert faults(error.value) == {field: reason}


def test_a_token_of_another_order_is_refused(world: World, ledger: dict[str, UUID]):
    desk = world.user(ledger["a"])
    token = desk.search(page_size=1).next_page_token
    for sort in ("DUE_DATE", "PAID"):
        with pytest.raises(RemoteError) as error:
            desk.search(page_token=token, sort=SORT(f"INVOICE_SORT_{sort}"))
        assert faults(error.value) == {"page_token": "BAD_TOKEN"}


def test_protected_identities_have_no_name_in_lists(world: World, desk: Desk, client_id: UUID):
    hidden = desk.customer(client_id, protected_identity=True).number
    desk.invoice(client_id, a_printed(client_id, hidden))
    [line] = desk.search().invoices
    assert (line.customer_name, line.customer_number) == ("", hidden)


def test_an_invoice_whole(desk: Desk, client_id: UUID, customer: str):
    draft = a_printed(
        client_id,
        customer,
        a_row("12.50", 12, "3", article_number="A1", unit="st", discount_percent="10"),
        invoices_pb2.InvoiceRow(text_only=True, description="Tack för köpet"),
        your_reference="Åsa",
        our_reference="Bo",
        subject="November",
    )
    invoice = desk.invoice(client_id, draft)
    assert [row.description for row in invoice.draft.rows] == ["Städning", "Tack för köpet"]
    first = invoice.draft.rows[0]
    assert (first.quantity, first.unit_price, first.discount_percent, first.net) == ("3", "12.5", "10", money(3_375))
    assert invoice.draft.rows[1].text_only
    assert (invoice.draft.your_reference, invoice.draft.our_reference, invoice.draft.subject) == (
        "Åsa",
        "Bo",
        "November",
    )
    assert invoice.customer.street == a_customer().street
    assert invoice.issuer.bankgiro == "50501055"
    assert invoice.issuer.organisation_number == "5560360793"
    assert invoice.awaiting_settlement == money(0)
    assert not invoice.can_hand_over


def test_no_such_invoice(desk: Desk, client_id: UUID):
    for asked in (client_id, ""):
        with pytest.raises(RemoteError, match="NOT_FOUND"):
            desk.look(str(uuid4()), asked)


def test_the_archived_copy_makes_it_printed(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    document_id, sha256 = uuid4(), "ab" * 32
    told = DocumentArchived(
        document_id=str(document_id), kind="INVOICE_COPY", subject_id=invoice.line.invoice_id, sha256=sha256
    )
    world.tell("files", client_id, "document", document_id, told)
    invoice = desk.look(invoice.line.invoice_id)
    assert invoice.line.status == invoices_pb2.INVOICE_STATUS_NOT_DUE
    assert (invoice.document_id, invoice.document_sha256) == (str(document_id), sha256)
    assert invoice.history[0].kind == "DOCUMENT_ARCHIVED"
    again = uuid4()
    told.document_id = str(again)
    world.tell("files", client_id, "document", again, told)
    assert desk.look(invoice.line.invoice_id).document_id == str(document_id)


def test_other_documents_are_not_the_ledgers(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer))
    told = DocumentArchived(
        document_id=str(uuid4()), kind="LETTER", subject_id=invoice.line.invoice_id, sha256="ab" * 32
    )
    world.tell("files", client_id, "document", UUID(told.document_id), told)
    assert desk.look(invoice.line.invoice_id).document_id == ""


# -- to collection ---------------------------------------------------------------------------------------------------


def test_an_overdue_invoice_is_handed_over(world: World, desk: Desk, client_id: UUID, customer: str):
    old = a_printed(client_id, customer, invoice_date=from_date(days_ago(31)))
    invoice = desk.invoice(client_id, old)
    assert invoice.line.status == invoices_pb2.INVOICE_STATUS_OVERDUE
    assert invoice.line.days_since_due == 1
    assert invoice.can_hand_over
    line = desk.hand_over(invoice.line)
    assert line.status == invoices_pb2.INVOICE_STATUS_COLLECTION
    [told] = world.told(client_id, events_pb2.InvoiceSentToCollection)
    assert (told.invoice_id, told.invoice_number) == (line.invoice_id, line.number)
    assert (told.original, told.capital, told.day) == (money(12_500), money(12_500), from_date(TODAY))
    seen = desk.look(line.invoice_id)
    assert seen.history[0].kind == "SENT_TO_COLLECTION"
    assert not seen.can_hand_over
    with pytest.raises(RemoteError) as error:
        desk.hand_over(line)
    assert (error.value.reason, error.value.details) == ("CANNOT_HAND_OVER", {"because": "IN_COLLECTION"})


@pytest.mark.parametrize("plan", ["enable_seqscan", "enable_nestloop", "enable_hashjoin"])
def test_an_invoice_opens_by_whatever_plan_a_grown_database_chooses(
    world: World, desk: Desk, client_id: UUID, customer: str, plan: str
):
    """Some of its history has no voucher, and so no number to look for."""
    line = desk.hand_over(
        desk.invoice(client_id, a_printed(client_id, customer, invoice_date=from_date(days_ago(31)))).line
    )
    with world.database.system([client_id]) as tx:
        tx.execute(text(f"SET LOCAL {plan} = off"))
        rows = tx.execute(invoice_lines._HISTORY, {"client_id": client_id, "id": line.invoice_id}).all()
    assert rows[0].kind == "SENT_TO_COLLECTION"


def test_what_is_not_due_is_not_handed_over(desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_printed(client_id, customer, invoice_date=from_date(days_ago(30))))
    with pytest.raises(RemoteError) as error:
        desk.hand_over(invoice.line)
    assert error.value.details == {"because": "NOT_OVERDUE"}
