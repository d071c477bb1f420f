"""Avancerad sökning (R-05): every term, several at once, with facts, in every order; sums (B11) and export of it."""

from collections.abc import Callable
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import invoices_pb2
from rf.type.v1 import date_pb2
from services.ledger.storage import invoice_search
from tests.component.ledger.world import TODAY, World, a_followed_up, a_printed, a_row, faults

KIND = invoices_pb2.InvoiceKind.Value
STATUS = invoices_pb2.InvoiceStatus.Value
FACT = invoices_pb2.InvoiceFact.Value
SORT = invoices_pb2.InvoiceSort.Value


def days_ago(days: int) -> date:
    return TODAY - timedelta(days)


def days(least: date | None = None, most: date | None = None) -> date_pb2.DateSpan:
    return date_pb2.DateSpan(from_date=from_date(least), to_date=from_date(most))


@pytest.fixture(scope="module")
def made(world: World, module_day: None) -> tuple[UUID, UUID]:
    """A client with an invoice of each sort, and another one whose words are nearly the same."""
    client_id, other = world.client(name="Aktiebolaget"), world.client(name="Bolaget")
    desk = world.user(client_id)
    for number, name, street, postcode, town, id_number in (
        ("501", "Åsa Öberg-Lindström", "Storgatan 1", "81290", "Storvik", "19121212-1212"),
        ("502", "Möller & Söner AB", "Hamnvägen 7", "11122", "Stockholm", "556036-0793"),
        ("777A", "Hélène Ek", "Storskiftesgatan 2", "81291", "Gysinge", ""),
    ):
        kind = "PARTY_KIND_COMPANY" if name.endswith("AB") else "PARTY_KIND_PERSON"
        desk.customer(
            client_id,
            number=number,
            name=name,
            street=street,
            postcode=postcode,
            town=town,
            id_number=id_number,
            kind=kind,
        )
    hidden = desk.customer(
        client_id, number="900", name="Skyddad Person", street="Storgatan 9", protected_identity=True
    )
    drafts = [
        a_followed_up(client_id, "501", "1001", 10_000, 2_500),
        a_followed_up(client_id, "501", "1002", 20_000, 5_000, invoice_date=from_date(days_ago(45))),
        a_followed_up(client_id, "502", "B-17", 7_000, 0, currency_code="EUR", exchange_rate="11.5"),
        a_followed_up(client_id, "502", "R10", 300, 0, kind=invoices_pb2.INVOICE_KIND_INTEREST),
        a_followed_up(client_id, "502", "K20", -1_000, 0, kind=invoices_pb2.INVOICE_KIND_CREDIT),
        a_printed(
            client_id,
            "777A",
            a_row("350", article_number="ART-9", description="Fönsterputs"),
            a_row("10", article_number="ART-91", description="100% rent_och\\klart"),
            your_reference="Maja Gräddnos",
            our_reference="Klas Ek",
            subject="Vårens städning",
        ),
        a_followed_up(client_id, hidden.number, "H30", 500, 0),
    ]
    desk.approve(desk.register(client_id, *drafts).journal)
    neighbour = world.user(other)
    neighbour.customer(other, number="501", name="Åsa Öberg-Lindström", street="Storgatan 1")
    draft = a_printed(other, "501", a_row(article_number="ART-9", description="Fönsterputs"), our_reference="Klas Ek")
    neighbour.approve(neighbour.register(other, draft).journal)
    return client_id, other


@pytest.fixture
def ledger(world: World, made: tuple[UUID, UUID]) -> SimpleNamespace:
    """The two, and a user of the first."""
    return SimpleNamespace(client_id=made[0], other=made[1], desk=world.user(made[0]))


ALL = {"1001", "1002", "B-17", "R10", "K20", "2001", "H30"}


def numbers(ledger: SimpleNamespace, **criteria: Any) -> set[str]:
    """The numbers that a search finds; the printed invoice's own one as 2001."""
    answer = ledger.desk.search(**criteria)
    assert answer.total_count == len(answer.invoices)
    return {one.number if one.service == invoices_pb2.SERVICE_KIND_LEDGER else "2001" for one in answer.invoices}


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"customer_number": "501"}, {"1001", "1002"}),
        ({"customer_number": "50*"}, {"1001", "1002", "B-17", "R10", "K20"}),
        ({"name": "öberg"}, {"1001", "1002"}),
        ({"name": "LINDSTR åsa"}, {"1001", "1002"}),
        ({"name": "asa"}, set()),  # å is a letter of its own
        ({"name": "helene"}, {"2001"}),  # é is an e
        ({"name": "er"}, {"1001", "1002", "B-17", "R10", "K20", "H30"}),  # wherever it stands
        ({"name": "&"} | {"customer_number": "502"}, None),
        ({"id_number": "121212-1212"}, {"1001", "1002"}),
        ({"id_number": "191212121212"}, {"1001", "1002"}),
        ({"id_number": "5560"}, {"B-17", "R10", "K20"}),
        ({"street": "stor"}, {"1001", "1002", "2001"}),  # nothing of whom lives in secret
        ({"street": "Storgatan 1"}, {"1001", "1002"}),
        ({"street": "gatan"}, set()),  # beginnings only
        ({"postcode": "812 9"}, {"1001", "1002", "2001"}),
        ({"town": "STO"}, {"1001", "1002", "B-17", "R10", "K20"}),
        ({"town": "STO", "name": "asa"}, set()),
        ({"invoice_number": "1001"}, {"1001"}),
        ({"invoice_number": "1*"}, {"1001", "1002", "2001"}),
        ({"invoice_number": "B-*"}, {"B-17"}),
        ({"invoice_date": days(days_ago(45), days_ago(45))}, {"1002"}),
        ({"invoice_date": days(days_ago(44))}, ALL - {"1002"}),
        ({"due_date": days(None, days_ago(15))}, {"1002"}),
        ({"due_date": days(TODAY, TODAY + timedelta(30))}, ALL - {"1002"}),
        ({"original": {"from_minor": 7_000, "to_minor": 12_500}}, {"1001", "B-17"}),
        ({"original": {"to_minor": 0}}, {"K20"}),
        ({"remaining": {"from_minor": 25_000}}, {"1002", "2001"}),
        ({"days_since_due": {"from_days": 15, "to_days": 15}}, {"1002"}),
        ({"days_since_due": {"to_days": -30}}, ALL - {"1002"}),
        ({"currency_code": "EUR"}, {"B-17"}),
        ({"kinds": [KIND("INVOICE_KIND_CREDIT"), KIND("INVOICE_KIND_INTEREST")]}, {"K20", "R10"}),
        ({"kinds": [KIND("INVOICE_KIND_FINAL")]}, set()),
        ({"service": invoices_pb2.SERVICE_KIND_INVOICING}, {"2001"}),
        ({"statuses": [STATUS("INVOICE_STATUS_TO_BE_INVOICED")]}, {"2001"}),
        ({"statuses": [STATUS("INVOICE_STATUS_OVERDUE")]}, {"1002"}),
        ({"statuses": [STATUS("INVOICE_STATUS_NOT_DUE")]}, ALL - {"1002", "2001"}),
        ({"statuses": [STATUS("INVOICE_STATUS_OVERDUE"), STATUS("INVOICE_STATUS_PAID")]}, {"1002"}),
        ({"your_reference": "grädd maja"}, {"2001"}),
        ({"your_reference": "klas"}, set()),
        ({"our_reference": "klas"}, {"2001"}),
        ({"article_number": "ART-9"}, {"2001"}),
        ({"article_number": "ART"}, set()),
        ({"text": "fönster"}, {"2001"}),
        ({"text": "putsMaja"}, set()),  # a word lies within one field
        ({"text": "100% rent_och\\klart"}, {"2001"}),
        ({"text": "100_"}, set()),
        ({"text": "öberg 1001"}, {"1001"}),
        ({"text": "öberg 100"}, {"1001", "1002"}),
        ({"text": "777a städ"}, {"2001"}),
        ({"text": "städ", "name": "ek", "article_number": "ART-91", "currency_code": "SEK"}, {"2001"}),
        ({"name": "ö", "town": "stor", "original": {"from_minor": 20_000}}, None),
        ({"name": "åsa", "town": "stor", "original": {"from_minor": 20_000}}, {"1002"}),
    ],
)
def test_r05_every_term(ledger: SimpleNamespace, terms: dict[str, Any], expected: set[str] | None) -> None:
    if expected is None:  # a name of one character is refused
        with pytest.raises(RemoteError) as error:
            ledger.desk.search(terms=terms)
        assert faults(error.value) == {"terms.name": "TOO_SHORT"}
        return
    assert numbers(ledger, terms=terms) == expected


def test_r05_ocr_number_whole_or_as_text(ledger: SimpleNamespace) -> None:
    [line] = ledger.desk.search(invoice_number="1001").invoices
    ocr_number = ledger.desk.look(line.invoice_id).ocr_number
    assert numbers(ledger, terms={"ocr_number": f"{ocr_number[:3]} {ocr_number[3:]}"}) == {"1001"}
    assert numbers(ledger, terms={"ocr_number": ocr_number[:-1]}) == set()
    assert numbers(ledger, terms={"text": ocr_number}) == {"1001"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [(["OVERDUE"], {"1002"}), (["NOT_DUE"], {"1001"}), (["PAID"], set()), (["PAID", "NOT_DUE"], {"1001"})],
)
def test_r05_terms_and_facts_together(ledger: SimpleNamespace, facts: list[str], expected: set[str]) -> None:
    asked = [FACT(f"INVOICE_FACT_{fact}") for fact in facts]
    assert numbers(ledger, terms={"name": "öberg"}, facts=asked) == expected
    assert numbers(ledger, terms={"name": "öberg"}, facts=asked, customer_number="502") == set()


def test_r05_demand_stops_of_invoices_and_customers(world: World) -> None:
    client_id = world.client()
    desk = world.user(client_id)
    free, blocked = (desk.customer(client_id).number for _ in range(2))
    drafts = [
        *(a_followed_up(client_id, free, number) for number in ("11", "12", "13", "14")),
        a_followed_up(client_id, blocked, "15"),
    ]
    ids = desk.approve(desk.register(client_id, *drafts).journal).invoice_ids
    for place, until in ((0, None), (1, TODAY), (2, days_ago(1))):
        with world.database.system([client_id]) as tx:  # a stop may have been set long ago
            tx.execute(
                text("UPDATE invoice SET stop = 'BOTH', stop_until = :until WHERE client_id = :client AND id = :id"),
                {"client": client_id, "id": ids[place], "until": until},
            )
    with world.database.system([client_id]) as tx:
        tx.execute(
            text("UPDATE customer SET reminder_block = true WHERE client_id = :client AND number = :number"),
            {"client": client_id, "number": blocked},
        )
    stopped = {"11", "12", "15"}
    for as_of in (None, {"day": from_date(TODAY)}):
        dated = {"11", "12"} if as_of else stopped  # nothing tells when the customer's was set
        for holds, expected in ((True, dated), (False, {"11", "12", "13", "14", "15"} - dated)):
            found = desk.search(terms={"stopped": holds}, as_of=as_of).invoices
            assert {one.number for one in found} == expected
            assert {one.stopped for one in found} == {holds}
            [sums] = desk.sums(terms={"stopped": holds}, as_of=as_of)
            assert sums.count == len(expected)


@pytest.fixture(params=["few", "many"])
def whichever(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to a page must lead to the same: what is found at once, and what is walked to."""
    if request.param == "many":
        monkeypatch.setattr(invoice_search, "MOST_COUNTED", 1)
    return str(request.param)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", [one.name for one in invoice_search.Sort])
@pytest.mark.parametrize("terms", [{"name": "er"}, {"text": "0"}])
def test_r06_every_order_of_what_terms_find(
    ledger: SimpleNamespace, whichever: str, terms: dict[str, Any], sort: str, descending: bool
) -> None:
    order = {"sort": SORT(f"INVOICE_SORT_{sort}"), "descending": descending}
    whole = ledger.desk.search(terms=terms, page_size=200, **order)
    found, token = [], ""
    while True:
        page = ledger.desk.search(terms=terms, page_size=2, page_token=token, **order)
        found += page.invoices
        token = page.next_page_token
        if not token:
            break
    assert [one.invoice_id for one in found] == [one.invoice_id for one in whole.invoices]
    assert {one.number for one in found} == {one.number for one in ledger.desk.search(terms=terms).invoices}
    if sort == "STATUS":
        statuses = [one.status for one in found]
        assert statuses == sorted(statuses, reverse=descending)
    assert (whole.total_count == -1) is (whichever == "many" and len(found) > 1)


def test_b11_exact_sums_by_currency(ledger: SimpleNamespace) -> None:
    kronor, euro = ledger.desk.sums()
    assert (kronor.count, kronor.original, kronor.paid) == (
        6,
        money(12_500 + 25_000 + 300 - 1_000 + 45_000 + 500),
        money(0),
    )
    assert kronor.remaining == kronor.original
    assert (euro.count, euro.original) == (1, money(7_000, "EUR"))
    [only] = ledger.desk.sums(terms={"text": "öberg"}, facts=[FACT("INVOICE_FACT_OVERDUE")])
    assert (only.count, only.remaining) == (1, money(25_000))
    assert ledger.desk.sums(terms={"name": "ingen alls"}) == []


def test_words_of_other_clients_find_nothing(world: World, ledger: SimpleNamespace) -> None:
    for terms in ({"text": "fönster"}, {"name": "öberg"}, {"article_number": "ART-9"}, {"street": "storgatan"}):
        [line] = world.user(ledger.other).search(terms=terms).invoices
        assert line.client_id == str(ledger.other)
        assert {one.client_id for one in ledger.desk.search(terms=terms).invoices} == {str(ledger.client_id)}
        both = world.user(ledger.other, ledger.client_id).search(terms=terms)
        assert {one.client_id for one in both.invoices} == {str(ledger.other), str(ledger.client_id)}
        everywhere = world.officer().search(terms=terms)
        assert everywhere.total_count == both.total_count


def test_the_words_are_out_of_reach(world: World, ledger: SimpleNamespace) -> None:
    """Nobody but the functions reads them, and those answer for the clients of the transaction."""
    with world.database.system([ledger.other]) as tx:
        for reader in (
            "invoices_with(ARRAY['fönster'], ARRAY[:ours, :theirs]::uuid[], NULL)",
            "customers_with(ARRAY['öberg'], '', '', '', ARRAY[:ours, :theirs]::uuid[])",
        ):
            statement = text(f"SELECT client_id FROM {reader}")
            rows = tx.execute(statement, {"ours": ledger.other, "theirs": ledger.client_id}).scalars().all()
            assert rows == [ledger.other]
        granted = tx.execute(
            text(
                "SELECT t FROM unnest(ARRAY['invoice_words', 'customer_words']) AS t CROSS JOIN"
                " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS r WHERE has_table_privilege(t, r)"
            )
        ).all()
        assert granted == []


@pytest.mark.parametrize(
    ("terms", "field", "reason"),
    [
        ({"name": "x" * 121}, "name", "TOO_LONG"),
        ({"name": "x"}, "name", "TOO_SHORT"),
        ({"name": "a\x00b"}, "name", "CONTROL_CHARACTER"),
        ({"text": " ".join("abcdefghijk")}, "text", "TOO_MANY"),
        ({"text": " "}, "text", "REQUIRED"),
        ({"customer_number": "*"}, "customer_number", "FORMAT"),
        ({"invoice_number": "1" * 30 + "*"}, "invoice_number", "TOO_LONG"),
        ({"id_number": "12a4"}, "id_number", "FORMAT"),
        ({"ocr_number": "x"}, "ocr_number", "FORMAT"),
        ({"invoice_date": {"from_date": {"year": 2026, "month": 2, "day": 30}}}, "invoice_date.from_date", "BAD_DATE"),
        ({"due_date": days(TODAY, days_ago(1))}, "due_date", "REVERSED"),
        ({"original": {"from_minor": 10**15}}, "original.from_minor", "OUT_OF_RANGE"),
        ({"remaining": {"from_minor": 2, "to_minor": 1}}, "remaining", "REVERSED"),
        ({"days_since_due": {"to_days": -(2**31)}}, "days_since_due.to_days", "OUT_OF_RANGE"),
        ({"currency_code": "XXX"}, "currency_code", "CURRENCY"),
        ({"kinds": [0]}, "kinds[0]", "REQUIRED"),
        ({"service": 99}, "service", "UNKNOWN"),
        ({"statuses": [99]}, "statuses[0]", "UNKNOWN"),
    ],
)
def test_a_term_that_makes_no_sense(ledger: SimpleNamespace, terms: dict[str, Any], field: str, reason: str) -> None:
    asks: list[tuple[str, Callable[[], object]]] = [
        (f"terms.{field}", lambda: ledger.desk.search(terms=terms)),
        (f"criteria.terms.{field}", lambda: ledger.desk.sums(terms=terms)),
        (f"criteria.terms.{field}", lambda: ledger.desk.stream(terms=terms)),
        (f"criteria.terms.{field}", lambda: ledger.desk.search_customers(terms=terms)),
    ]
    for named, ask in asks:
        with pytest.raises(RemoteError) as error:
            ask()
        assert faults(error.value) == {named: reason}


def test_words_follow_a_customer_that_is_renamed(world: World, ledger: SimpleNamespace) -> None:
    client_id: UUID = world.client()
    desk = world.user(client_id)
    customer = desk.customer(client_id, name="Gamla Namnet")
    desk.invoice(client_id, a_printed(client_id, customer.number))
    with world.database.system([client_id]) as tx:
        tx.execute(text("UPDATE customer SET name = 'Nya Namnet' WHERE client_id = :id"), {"id": client_id})
        tx.execute(
            text("UPDATE customer_address SET street = 'Nygatan' WHERE client_id = :id"),
            {"id": client_id},
        )
    for terms in ({"name": "nya"}, {"text": "nya"}, {"street": "nyg"}):
        assert desk.search(terms=terms).total_count == 1
    for terms in ({"name": "gamla"}, {"text": "gamla"}, {"street": "lill"}):
        assert desk.search(terms=terms).total_count == 0
