# ruff: noqa: E501  # tables of sentences
"""Registrera faktura's form: what a person writes, the draft that it means, and the field of each fault."""

from datetime import date
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from gateway.forms.invoice import InvoiceForm
from gateway.forms.numbers import decimal_of
from kernel.errors import FieldViolation, InvalidInput
from rf.ledger.v1 import invoices_pb2
from tests.unit.gateway.house import ENERGI

TODAY = date(2026, 11, 24)
HEAD = {
    "klient": "1042",
    "tjanst": "fakturaservice",
    "typ": "F",
    "kundnr": "100445",
    "fakturadatum": "2026-11-24",
    "villkor": "30",
    "forfallodatum": "2026-12-24",
    "valuta": "SEK",
}
ROW = {"rad-1-benamning": "Fast avgift", "rad-1-antal": "1", "rad-1-pris": "39,00", "rad-1-moms": "25"}


def a_form(**fields: str) -> InvoiceForm:
    return InvoiceForm.read(MultiDict({**HEAD, **ROW, **fields}))


def draft_of(form: InvoiceForm) -> Any:
    return form.draft(ENERGI, TODAY)


def day_of(message: Any) -> tuple[int, int, int]:
    return message.year, message.month, message.day


def test_a_whole_form_is_a_draft_without_faults() -> None:
    form = a_form(**{"er_referens": "Ref 7", "rad-2-text": "Avläst 2026-10-31"})
    draft = draft_of(form)
    assert not form.faults
    assert (draft.client_id, draft.customer_number, draft.payment_terms_days) == (ENERGI, "100445", 30)
    assert (day_of(draft.invoice_date), day_of(draft.due_date)) == ((2026, 11, 24), (2026, 12, 24))
    assert [(row.text_only, row.description, row.unit_price) for row in draft.rows] == [
        (False, "Fast avgift", "39"),
        (True, "Avläst 2026-10-31", ""),
    ]
    assert not draft.HasField("total")


@pytest.mark.parametrize(
    ("written", "day"),
    [("+30", (2026, 12, 24)), ("fre", (2026, 11, 27)), ("30", (2026, 11, 30)), ("2412", (2026, 12, 24))],
)
def test_short_days_are_understood_without_a_script(written: str, day: tuple[int, int, int]) -> None:
    assert day_of(draft_of(a_form(forfallodatum=written)).due_date) == day


def test_plus_counts_from_the_day_of_the_invoice() -> None:
    assert day_of(draft_of(a_form(fakturadatum="2026-11-01", forfallodatum="+10")).due_date) == (2026, 11, 11)


def test_a_due_day_that_was_only_proposed_follows_the_terms() -> None:
    draft = draft_of(a_form(forslag="2026-12-24", villkor="10"))
    assert not draft.HasField("due_date")


@pytest.mark.parametrize(
    ("written", "sent"),
    [("1234,5", "1234.5"), ("1 234.50", "1234.5"), ("3*412,50", "1237.5"), ("(10+2)/4", "3"), ("-349", "-349"), ("349-", "-349"), ("\u22122*1,5", "-3"), ("100-1", "99")],
)  # fmt: skip
def test_amounts_and_sums_are_understood_without_a_script(written: str, sent: str) -> None:
    assert draft_of(a_form(**{"rad-1-pris": written})).rows[0].unit_price == sent


@pytest.mark.parametrize("written", ["1+", "2**3", "(1", "1)", "1/0", "abc*2", "9" * 70 + "*2", "()", "*"])
def test_a_sum_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(InvalidInput):
        decimal_of(written, 2)


def test_a_third_is_rounded_half_up() -> None:
    assert str(decimal_of("100/3", 2)) == "33.33"
    assert str(decimal_of("1/8", 2)) == "0.13"


@pytest.mark.parametrize(
    ("field", "written", "text"),
    [
        ("fakturadatum", "", "Fakturadatum saknas. Skriv t.ex. 2026-11-24, 24 eller i (i dag)."),
        ("fakturadatum", "2026-02-30", "Fakturadatum är inget datum som finns. Skriv t.ex. 2026-11-24, 24 eller i (i dag)."),
        ("forfallodatum", "nästa vecka", "Förfallodatum är inget datum som finns. Skriv t.ex. 2026-12-24 eller +30."),
        ("villkor", "", "Betalningsvillkor saknas. Skriv antal dagar från 0 till 180, t.ex. 30."),
        ("villkor", "trettio", "Betalningsvillkor är inget tal. Skriv antal dagar från 0 till 180, t.ex. 30."),
        ("typ", "X", "Fakturatyp är inte vald. Välj i listan."),
        ("valuta", "XXX", "Valuta finns inte här. Välj i listan."),
        ("rad-1-pris", "", "À-pris på rad 1 saknas. Skriv ett belopp, t.ex. 39,00."),
        ("rad-1-pris", "1.234", "À-pris på rad 1 kan betyda två saker. Skriv decimalkomma och inga punkter, t.ex. 1 234,50."),
        ("rad-1-antal", "ett", "Antal på rad 1 är inget tal. Skriv ett antal, t.ex. 1 eller 0,5."),
        ("rad-1-antal", "1,12345", "Antal på rad 1 har för många decimaler. Högst 4."),
        ("rad-1-moms", "19", "Moms på rad 1 är inte vald. Välj i listan."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_at_its_field(field: str, written: str, text: str) -> None:
    form = a_form(**{field: written})
    draft_of(form)
    assert form.faults.found == {field: text}


@pytest.mark.parametrize(
    ("path", "reason", "field", "text"),
    [
        ("draft.rows[1].unit_price", "OUT_OF_RANGE", "rad-7-pris", "À-pris på rad 3 är utanför det tillåtna. Skriv ett belopp, t.ex. 39,00."),
        ("draft.rows[0].description", "TOO_LONG", "rad-1-benamning", "Benämning på rad 1 är för långt. Högst 200 tecken."),
        ("draft.customer_number", "UNKNOWN_CUSTOMER", "kundnr", "KundNr finns inte. Sök på nummer, namn eller ID-nummer, eller skapa en ny kund."),
        ("invoices[0].due_date", "BEFORE_INVOICE_DATE", "forfallodatum", "Förfallodatum ligger före fakturadatum. Skriv t.ex. 2026-12-24 eller +30."),
        ("invoice.total", "ZERO", "rad-1-pris", "Fakturans belopp blir noll. Skriv minst en rad med ett belopp."),
        ("draft", "SOMETHING_NEW", "rad-1-pris", "Fakturans belopp går inte att använda. Skriv minst en rad med ett belopp."),
    ],
)  # fmt: skip
def test_the_ledgers_violations_find_their_fields(path: str, reason: str, field: str, text: str) -> None:
    blank = {"rad-2-benamning": " ", "rad-2-antal": "", "rad-2-pris": "", "rad-2-moms": "25"}
    form = a_form(**blank, **{"rad-7-benamning": "B", "rad-7-antal": "1", "rad-7-pris": "2", "rad-7-moms": "6"})
    draft_of(form)
    form.refuse([FieldViolation(path, reason, {"max": "200"})])
    assert form.faults.found == {field: text}


def test_a_credit_without_minus_is_told_what_to_write() -> None:
    form = a_form(typ="K")
    draft_of(form)
    form.refuse([FieldViolation("draft.rows[0].quantity", "CREDIT_NEEDS_MINUS")])
    assert form.faults.get("rad-1-antal") == (
        "Antal på rad 1 ska ha minus före på en kreditfaktura. Skriv \u22121."
    )  # fmt: skip


def test_what_the_page_saw_is_not_said_twice() -> None:
    form = a_form(fakturadatum="snart")
    draft_of(form)
    form.refuse([FieldViolation("draft.invoice_date", "REQUIRED")])
    assert "inget datum" in form.faults.get("fakturadatum")
    assert form.faults.title("Fakturan är inte sparad") == "Fakturan är inte sparad – 1 uppgift behöver rättas:"


def test_reskontraservice_has_amounts_and_no_rows() -> None:
    amounts = {"netto": "800,00", "moms": "200", "belopp": "1 000", "fakturanr": " A-17 ", "ocr": "123 456"}
    draft = draft_of(a_form(tjanst="reskontraservice", avgift="1", **amounts))
    assert (draft.net.minor_units, draft.vat.minor_units, draft.total.minor_units) == (80000, 20000, 100000)
    assert (draft.invoice_number, draft.ocr_number) == ("A-17", "123456")
    assert not draft.rows
    assert not draft.with_invoice_fee


def test_yen_have_no_decimals() -> None:
    form = a_form(tjanst="reskontraservice", valuta="JPY", kurs="0,0712", netto="1000", moms="0", belopp="1000,50")
    draft = draft_of(form)
    assert (draft.net.minor_units, draft.exchange_rate) == (1000, "0.0712")
    assert list(form.faults.found) == ["belopp"]


def test_an_invoice_without_rows_asks_for_one() -> None:
    form = a_form(**dict.fromkeys(ROW, ""))
    draft_of(form)
    form.refuse([FieldViolation("draft.rows", "REQUIRED")])
    assert form.faults.found == {
        "rad-1-benamning": "Fakturarader saknas. Skriv benämning, antal och à-pris på minst en rad."
    }


def test_a_draft_of_the_journal_is_written_back_as_it_was() -> None:
    draft = draft_of(a_form(**{"rad-1-rabatt": "10", "er_referens": "Ref", "rad-2-text": "Text"}))
    again = InvoiceForm.of_draft(draft, "1042")
    assert draft_of(again) == draft
    assert again.rows[0].cells["pris"] == "39,00"


def test_what_is_posted_again_is_the_same_form() -> None:
    form = a_form(**{"rad-3-text": "Sist", "bunt": "b", "post": "p"})
    again = InvoiceForm.read(MultiDict(form.hidden()))
    assert (again.rows, again.journal_id, again.item_id) == (form.rows, "b", "p")
    assert {name: text for name, text in again.values.items() if text} == {
        name: text for name, text in form.values.items() if text
    }


def test_rows_come_and_go_without_a_script() -> None:
    form = a_form()
    form.add_row(is_text=True)
    form.add_row(is_text=False)
    assert [(row.key, row.is_text) for row in form.rows] == [("1", False), ("2", True), ("3", False)]
    form.remove_row("1")
    assert [row.key for row in form.rows] == ["2", "3"]


def test_fields_that_no_page_has_are_not_read() -> None:
    form = a_form(**{"rad-1-okand": "x", "rad-" + "9" * 30 + "-pris": "1", "rad-x-pris": "2"})
    assert [row.key for row in form.rows] == ["1"]
    assert draft_of(form).kind == invoices_pb2.INVOICE_KIND_INVOICE


def test_an_earlier_invoice_is_taken_over_where_nothing_is_written() -> None:
    """B9: references and rows, never the rate of another day."""
    rows = [
        invoices_pb2.InvoiceRow(description="El", quantity="2", unit_price="12.5", vat_percent=25),
        invoices_pb2.InvoiceRow(text_only=True, description="T"),
    ]
    earlier = invoices_pb2.InvoiceDraft(
        your_reference="Ulla", subject="El", currency_code="EUR", exchange_rate="11.2", rows=rows
    )
    form = InvoiceForm.read(MultiDict({"valuta": "SEK", "avser": "Eget", "rad-1-moms": "25"}))
    assert form.take_over(earlier) == "rad-1-antal"
    assert [form.value(name) for name in ("er_referens", "avser", "valuta", "kurs")] == ["Ulla", "Eget", "EUR", ""]
    assert [row.cells.get("benamning", row.cells.get("text")) for row in form.rows] == ["El", "T"]
    form = InvoiceForm.read(MultiDict({"valuta": "SEK", "rad-7-benamning": "Min"}))
    assert form.take_over(earlier) == "rad-8-antal"
    assert [row.key for row in form.rows] == ["7", "8", "9"]
