"""Avancerad sökning: every term of SPEC part 2 with its control, several at once, and what cannot be read (R-05)."""

from datetime import date
from urllib.parse import urlencode

import pytest
from flask import Flask, request

from chassis import wire
from gateway.forms.search import InvoiceSearch
from gateway.forms.search_terms import TERMS
from kernel.errors import FieldViolation, InvalidInput
from rf.ledger.v1 import invoices_pb2
from rf.ledger.v1.invoices_pb2 import AmountSpan, DaySpan, InvoiceCriteria, SearchTerms
from rf.type.v1.date_pb2 import DateSpan


def asked(**query: str | list[str]) -> InvoiceSearch:
    with Flask("test").test_request_context("/?" + urlencode(query, doseq=True)):
        return InvoiceSearch.read(request.args)


def criteria(**query: str | list[str]) -> InvoiceCriteria:
    return asked(**query).criteria([])


def terms(**query: str | list[str]) -> SearchTerms:
    return criteria(**query).terms


def faults(**query: str | list[str]) -> dict[str, str]:
    with pytest.raises(InvalidInput) as refused:
        criteria(**query)
    return {violation.field: violation.reason for violation in refused.value.violations}


def span(first: date | None, last: date | None) -> DateSpan:
    return DateSpan(from_date=wire.from_date(first), to_date=wire.from_date(last))


def test_all_terms_of_the_spec_are_there() -> None:
    assert [term.label for term in TERMS] == [
        "Kundnummer", "Namn", "ID-nummer", "Gatuadress", "Postnummer", "Ort", "Fakturanummer", "OCR-nummer",
        "Fakturadatum", "Förfallodatum", "Belopp", "Kvarstående", "Dagar sedan förfall", "Valuta", "Fakturatyp",
        "Tjänst", "Status", "Kravstopp", "Er referens", "Vår referens", "Artikelnummer", "Fritext",
    ]  # fmt: skip
    assert {term.field for term in TERMS} == {field.name for field in SearchTerms.DESCRIPTOR.fields}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"kundnummer": "1004*"}, SearchTerms(customer_number="1004*")),
        ({"namn": "  berg  anna "}, SearchTerms(name="berg anna")),
        ({"idnr": "19860217"}, SearchTerms(id_number="19860217")),
        ({"gata": "Stor"}, SearchTerms(street="Stor")),
        ({"postnr": "812"}, SearchTerms(postcode="812")),
        ({"ort": "Lid"}, SearchTerms(town="Lid")),
        ({"fakturanummer": "7"}, SearchTerms(invoice_number="7")),
        ({"ocr": "407162205"}, SearchTerms(ocr_number="407162205")),
        (
            {"fakturadatum_fran": "2026-01-31", "fakturadatum_till": "20260228"},
            SearchTerms(invoice_date=span(date(2026, 1, 31), date(2026, 2, 28))),
        ),
        ({"forfallodatum_till": "2026-02-28"}, SearchTerms(due_date=span(None, date(2026, 2, 28)))),
        ({"belopp_fran": "1 234,50"}, SearchTerms(original=AmountSpan(from_minor=123450))),
        ({"belopp_fran": "0", "belopp_till": "3*5"}, SearchTerms(original=AmountSpan(from_minor=0, to_minor=1500))),
        ({"kvarstaende_till": "−5"}, SearchTerms(remaining=AmountSpan(to_minor=-500))),
        ({"dagar_fran": "-10", "dagar_till": "60"}, SearchTerms(days_since_due=DaySpan(from_days=-10, to_days=60))),
        ({"valuta": "EUR"}, SearchTerms(currency_code="EUR")),
        (
            {"fakturatyp": ["k", "r"]},
            SearchTerms(kinds=[invoices_pb2.INVOICE_KIND_CREDIT, invoices_pb2.INVOICE_KIND_INTEREST]),
        ),
        ({"tjanst": "reskontra"}, SearchTerms(service=invoices_pb2.SERVICE_KIND_LEDGER)),
        ({"status": "inkasso"}, SearchTerms(statuses=[invoices_pb2.INVOICE_STATUS_COLLECTION])),
        ({"kravstopp": "nej"}, SearchTerms(stopped=False)),
        ({"er-referens": "Anna"}, SearchTerms(your_reference="Anna")),
        ({"var-referens": "Bo"}, SearchTerms(our_reference="Bo")),
        ({"artikelnr": "FB-500"}, SearchTerms(article_number="FB-500")),
        ({"fritext": "juli el"}, SearchTerms(text="juli el")),
    ],
)
def test_each_term_reaches_the_ledger_and_its_address_gives_it_again(
    query: dict[str, str | list[str]], message: SearchTerms
) -> None:
    assert terms(**query) == message
    assert terms(**asked(**query).query()) == message


def test_several_terms_hold_at_once_and_are_repeated_in_words() -> None:
    search = asked(filter="inkasso", namn="Berg", belopp_fran="100", status=["inkasso", "forfallen"], idnr="19860217")
    assert (terms(**search.query()).name, len(terms(**search.query()).statuses)) == ("Berg", 2)
    words = search.in_words()
    assert words == "Inkasso, Namn Berg, ID-nummer, Belopp från 100, Status Inkasso eller Förfallen"
    assert "19860217" not in words


def test_amounts_have_the_decimals_of_the_currency_that_is_asked_for() -> None:
    assert terms(valuta="JPY", belopp_fran="1500").original.from_minor == 1500
    assert faults(valuta="JPY", belopp_fran="1500,5") == {"belopp_fran": "TOO_MANY_DECIMALS"}


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ({"rad": "namn"}, "namn", "REQUIRED"),
        ({"rad": "status"}, "status", "REQUIRED"),
        ({"rad": "belopp"}, "belopp_fran", "REQUIRED"),
        ({"rad": "valuta", "valuta": "XXX"}, "valuta", "REQUIRED"),
        ({"namn": "x" * 121}, "namn", "TOO_LONG"),
        ({"fakturadatum_fran": "31 februari"}, "fakturadatum_fran", "DATE"),
        ({"forfallodatum_till": "2026-02-30"}, "forfallodatum_till", "DATE"),
        ({"belopp_till": "mycket"}, "belopp_till", "NUMBER"),
        ({"belopp_fran": "1" + "0" * 16}, "belopp_fran", "OUT_OF_RANGE"),
        ({"kvarstaende_fran": "1,234"}, "kvarstaende_fran", "AMBIGUOUS"),
        ({"dagar_fran": "1,5"}, "dagar_fran", "TOO_MANY_DECIMALS"),
        ({"dagar_till": "999999999999"}, "dagar_till", "OUT_OF_RANGE"),
        ({"kundnr": "7", "kundnummer": "8"}, "kundnummer", "STANDS_ABOVE"),
        ({"per": "i morgon"}, "per", "DATE"),
    ],
)
def test_what_cannot_be_searched_for_is_named_by_its_field(
    query: dict[str, str | list[str]], field: str, reason: str
) -> None:
    assert faults(**query) == {field: reason}


def test_all_faults_are_told_at_once() -> None:
    assert set(faults(rad=["namn", "belopp"], belopp_fran="x", per="y")) == {"namn", "belopp_fran", "per"}


def test_rows_are_added_and_removed_and_may_be_empty_meanwhile() -> None:
    one = asked(gor="lagg-till")
    assert (one.terms.rows, one.criteria([]).terms) == (("namn",), SearchTerms())
    two = asked(rad=["namn", "ort"], namn="Berg", ort="Lid", gor="lagg-till")
    assert two.terms.rows == ("namn", "ort", "kundnummer")
    left = asked(rad=["namn", "ort"], namn="Berg", ort="Lid", gor="ta-bort:namn")
    assert (left.terms.rows, left.criteria([]).terms) == (("ort",), SearchTerms(town="Lid"))
    every = [term.name for term in TERMS]
    assert asked(rad=every, gor="lagg-till").terms.rows == tuple(every)


def test_another_term_in_a_row_forgets_what_stood_in_it() -> None:
    assert asked(rad="ort", namn="Berg", gor="byt").query() == {}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("terms.original.to_minor", "belopp_till"),
        ("criteria.terms.due_date.from_date", "forfallodatum_fran"),
        ("terms.remaining", "kvarstaende_fran"),
        ("terms.statuses[3]", "status"),
        ("criteria.as_of.day", "per"),
        ("terms.customer_number", "kundnummer"),
        ("terms.nothing", "fakturanr"),
    ],
)
def test_the_ledgers_faults_find_their_field(path: str, place: str) -> None:
    assert asked().place_of(FieldViolation(path, "FORMAT")) == place


def test_the_ledgers_fault_of_a_number_is_shown_where_the_number_was_written() -> None:
    violation = FieldViolation("terms.customer_number", "FORMAT")
    assert asked(kundnr="7").place_of(violation) == "kundnr"
    assert asked(kundnummer="7").place_of(violation) == "kundnummer"


def test_the_two_meanings_of_visa_per_datum() -> None:
    booked = criteria(per="2026-06-30").as_of
    assert (booked.day, booked.as_it_looked) == (wire.from_date(date(2026, 6, 30)), False)
    assert criteria(per="2026-06-30", perslag="sag-ut").as_of.as_it_looked
    assert not criteria().HasField("as_of")
    assert "per" not in asked(per="2026-06-30", perslag="sag-ut", sida="x").today().query()
