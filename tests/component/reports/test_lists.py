"""Whole lists as files: every row of the stream, Swedish headings, amounts as numbers, no formula (SPEC part 3)."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from lxml import etree

from chassis.permissions import Permission
from chassis.wire import from_date, money
from kernel.errors import DomainError
from rf.ledger.v1 import customer_search_pb2, invoices_pb2
from rf.reports.v1 import exports_pb2
from rf.reports.v1.exports_pb2 import LIST_FORMAT_CSV, LIST_FORMAT_XLSX
from tests.component.reports.world import World

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
CLIENT = uuid4()


@pytest.fixture
def ledger(world: World) -> Iterator[World]:
    world.terms.names[str(CLIENT)] = "Kvarnåsens Energi AB"
    world.ledger.lines = [a_line(n) for n in range(1, 1_203)]
    world.ledger.lines[1].customer_name = '=HYPERLINK("http://x";"y")'
    world.ledger.lines[2].customer_name = ""
    yield world
    world.ledger.lines, world.ledger.counted, world.ledger.fails_after = [], None, None
    world.terms.asked.clear()


def a_line(n: int) -> invoices_pb2.InvoiceLine:
    return invoices_pb2.InvoiceLine(
        client_id=str(CLIENT),
        number=f"0{n}",
        customer_number="100445",
        customer_name="Åsa Öberg; född Ek",
        invoice_date=from_date(date(2026, 10, 24)),
        due_date=from_date(date(2026, 11, 23)),
        days_since_due=1,
        original=money(123456),
        paid=money(-5),
        remaining=money(123461),
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        service=invoices_pb2.SERVICE_KIND_INVOICING,
        status=invoices_pb2.INVOICE_STATUS_REMINDED,
    )


def invoices(world: World, kind: "exports_pb2.ListFormat.ValueType", *, of: UUID = CLIENT, **more: Any) -> Any:
    criteria = invoices_pb2.InvoiceCriteria(client_ids=[str(CLIENT)])
    search = invoices_pb2.StreamInvoicesRequest(criteria=criteria)
    return world.listed("GetInvoiceList", exports_pb2.GetInvoiceListRequest(search=search, format=kind), of=of, **more)


def cells(content: bytes) -> list[list[str | float]]:
    """The rows of the first sheet, as a spreadsheet reads them."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        assert file.testzip() is None
        page = etree.fromstring(file.read("xl/worksheets/sheet1.xml"))
    assert not list(page.iter(f"{SHEET}f")), "no formulas"
    return [
        [
            "".join(map(str, cell.itertext()))
            if cell.get("t") == "inlineStr"
            else float(cell.findtext(f"{SHEET}v") or "nan")
            for cell in row.iter(f"{SHEET}c")
        ]
        for row in page.iter(f"{SHEET}row")
    ]


def test_excel_holds_every_row_with_its_amounts_and_days_as_numbers(ledger: World) -> None:
    content, names = invoices(ledger, LIST_FORMAT_XLSX)
    rows = cells(content)
    assert rows[0] == [
        "Klient", "Fakturanummer", "Kundnummer", "Namn", "Fakturadatum", "Förfallodatum", "Antal dagar", "Valuta",
        "Inbetalt", "Kvarstående", "Fakturatyp", "Tjänst", "Status",
    ]  # fmt: skip
    assert len(rows) == 1 + 1_202
    days = [(date(2026, 10, 24) - date(1899, 12, 30)).days, (date(2026, 11, 23) - date(1899, 12, 30)).days]
    assert rows[1] == [
        "Kvarnåsens Energi AB", "01", "100445", "Åsa Öberg; född Ek", *days, 1, "SEK", -0.05, 1234.61, "F",
        "Fakturaservice", "Påminnelse",
    ]  # fmt: skip
    assert rows[2][3] == '=HYPERLINK("http://x";"y")', "text, as the sheet says itself"
    assert rows[3][3] == "Skyddad identitet"
    assert names[0].startswith("fakturor-20")
    assert names[0].endswith(".xlsx")
    assert set(names[1:]) <= {""}
    assert ledger.terms.asked == [str(CLIENT)], "each client's name is asked once"


def test_csv_opens_as_it_is_in_a_swedish_excel(ledger: World) -> None:
    content, names = invoices(ledger, LIST_FORMAT_CSV)
    assert content.startswith(b"\xef\xbb\xbfKlient;Fakturanummer;")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(rows) == 1 + 1_202
    assert rows[1][1:10] == [
        "01", "100445", "Åsa Öberg; född Ek", "2026-10-24", "2026-11-23", "1", "SEK", "-0,05", "1234,61"
    ]  # fmt: skip
    assert rows[2][3] == '\'=HYPERLINK("http://x";"y")'
    assert names[0].endswith(".csv")


def test_customers_are_a_list_of_their_own(ledger: World) -> None:
    ledger.customers.lines = [
        customer_search_pb2.CustomerLine(
            client_id=str(CLIENT),
            number="7",
            name="@anna",
            original=money(1500, "JPY"),
            paid=money(0, "JPY"),
            remaining=money(1500, "JPY"),
        )
    ]
    request = exports_pb2.GetCustomerListRequest(format=LIST_FORMAT_CSV)
    content, _ = ledger.listed("GetCustomerList", request, of=CLIENT)
    assert content.decode("utf-8-sig").splitlines() == [
        "Klient;Kundnummer;Namn;Valuta;Ursprungligt belopp;Betalt belopp;Kvarstående belopp",
        "Kvarnåsens Energi AB;7;'@anna;JPY;1500;0;1500",
    ]
    request.format = LIST_FORMAT_XLSX
    content, names = ledger.listed("GetCustomerList", request, of=CLIENT)
    assert cells(content)[1] == ["Kvarnåsens Energi AB", "7", "@anna", "JPY", 1500, 0, 1500]
    assert names[0].startswith("kunder-")


def test_more_rows_than_a_sheet_holds_are_refused_before_any_is_written(ledger: World) -> None:
    ledger.ledger.counted = 1_048_576
    with pytest.raises(DomainError) as refused:
        invoices(ledger, LIST_FORMAT_XLSX)
    assert (refused.value.reason, refused.value.details) == ("LIST_TOO_LONG", {"most": "1048575"})
    assert invoices(ledger, LIST_FORMAT_CSV)[0]


def test_a_ledger_that_falls_silent_is_an_error_and_no_shorter_list(ledger: World) -> None:
    ledger.ledger.fails_after = 500
    for kind in (LIST_FORMAT_XLSX, LIST_FORMAT_CSV):
        with pytest.raises(DomainError) as refused:
            invoices(ledger, kind)
        assert refused.value.reason == "UNAVAILABLE"


@pytest.mark.parametrize("kind", [0, 7])
def test_the_kind_of_file_must_be_said(ledger: World, kind: Any) -> None:
    with pytest.raises(DomainError) as refused:
        invoices(ledger, kind)
    assert [violation.field for violation in refused.value.violations] == ["format"]


def test_a_list_is_made_with_the_callers_rights_and_leaves_a_trace(ledger: World) -> None:
    with pytest.raises(DomainError) as refused:
        invoices(ledger, LIST_FORMAT_CSV, of=uuid4())
    assert refused.value.reason == "NOT_FOUND"
    with pytest.raises(DomainError) as refused:
        invoices(ledger, LIST_FORMAT_CSV, may=[Permission.FILES_SEND])
    assert refused.value.reason == "PERMISSION_DENIED"
    before = len(ledger.rows("SELECT FROM audit_entry WHERE action = 'list.made'"))
    invoices(ledger, LIST_FORMAT_CSV)
    made = ledger.rows("SELECT object_type, details FROM audit_entry WHERE action = 'list.made' ORDER BY at DESC")
    assert len(made) == before + 1
    assert (made[0].object_type, made[0].details) == ("invoices", {"format": "csv"})
