"""Which invoices a payment pays: by OCR, by number, in the order that the payer gave; the rest is somebody's."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ledger.domain.payments import Ledger, Matched, Payment, Reference, Target, Verdict, match

CUSTOMER = UUID(int=99)


def an_invoice(number: str, open_minor: int, *, ocr: str | None = None, in_collection: bool = False) -> Target:
    return Target(
        UUID(int=int(number)),
        number,
        ocr,
        CUSTOMER,
        "Ylva Nattsjö",
        "SEK",
        Decimal(1),
        open_minor,
        open_minor,
        in_collection,
    )


def a_payment(amount: int, *references: Reference, message: str = "") -> Payment:
    return Payment("bank-1", "SEK", amount, date(2026, 11, 24), message=message, references=references)


def ocr(value: str, part: int | None = None) -> Reference:
    return Reference(value, is_ocr=True, part_minor=part)


def number(value: str, part: int | None = None) -> Reference:
    return Reference(value, part_minor=part)


def parts(matched: Matched) -> list[tuple[str, int]]:
    return [(part.target.number, part.amount_minor) for part in matched.parts]


LEDGER = (
    an_invoice("1001", 10_000, ocr="10017"),
    an_invoice("1002", 5_000, ocr="10025"),
    an_invoice("1003", 0, ocr="10033"),
    an_invoice("1004", 8_000, ocr="10041", in_collection=True),
)


@pytest.mark.parametrize(
    ("payment", "verdict", "expected", "surplus"),
    [
        (a_payment(10_000, ocr("10017")), Verdict.OCR, [("1001", 10_000)], 0),
        (a_payment(4_000, ocr("10017")), Verdict.OCR, [("1001", 4_000)], 0),
        (a_payment(12_000, ocr("10017")), Verdict.OCR, [("1001", 10_000)], 2_000),
        (a_payment(10_000, number("1001")), Verdict.INVOICE_NUMBER, [("1001", 10_000)], 0),
        (
            a_payment(15_000, number("1001"), number("1002")),
            Verdict.INVOICE_NUMBER,
            [("1001", 10_000), ("1002", 5_000)],
            0,
        ),
        (
            a_payment(9_000, ocr("10017", 6_000), ocr("10025", 3_000)),
            Verdict.OCR,
            [("1001", 6_000), ("1002", 3_000)],
            0,
        ),
        (a_payment(9_000, ocr("10017"), number("1002", 4_000)), Verdict.OCR, [("1002", 4_000), ("1001", 5_000)], 0),
        (a_payment(7_000, ocr("99999")), Verdict.UNPLACED, [], 7_000),
        (a_payment(7_000), Verdict.UNPLACED, [], 7_000),
        (a_payment(3_000, ocr("10033")), Verdict.OCR, [("1003", 0)], 3_000),
        (a_payment(11_000, ocr("10041")), Verdict.OCR, [("1004", 11_000)], 0),
        (a_payment(20_000, ocr("10041"), ocr("10025")), Verdict.OCR, [("1002", 5_000), ("1004", 15_000)], 0),
        (a_payment(10_000, ocr("10017"), ocr("10017")), Verdict.OCR, [("1001", 10_000)], 0),
        (a_payment(5_000, message="faktura 1002, tack"), Verdict.INVOICE_NUMBER, [("1002", 5_000)], 0),
        (a_payment(5_000, number("betalning av 10025")), Verdict.OCR, [("1002", 5_000)], 0),
        (a_payment(4_900, message="faktura 1002, tack"), Verdict.UNPLACED, [], 4_900),
    ],
)
def test_a_payment_goes_to_the_invoices_that_it_names(
    payment: Payment, verdict: Verdict, expected: list[tuple[str, int]], surplus: int
) -> None:
    matched = match(payment, Ledger.of(LEDGER))
    assert (matched.verdict, parts(matched), matched.surplus_minor) == (verdict, expected, surplus)


def test_what_matched_something_is_overpaid_and_what_matched_nothing_is_unplaced() -> None:
    overpaid = match(a_payment(12_000, ocr("10017")), Ledger.of(LEDGER))
    assert (overpaid.overpaid_minor, overpaid.unplaced_minor) == (2_000, 0)
    unplaced = match(a_payment(12_000), Ledger.of(LEDGER))
    assert (unplaced.overpaid_minor, unplaced.unplaced_minor) == (0, 12_000)


def test_an_invoice_in_collection_is_paid_by_way_of_its_case_whatever_the_amount() -> None:
    matched = match(a_payment(50_000, ocr("10041")), Ledger.of(LEDGER))
    assert [part.by_case for part in matched.parts] == [True]
    assert matched.surplus_minor == 0


def test_two_payments_of_one_file_do_not_both_pay_the_same_remaining_amount() -> None:
    ledger = Ledger.of(LEDGER)
    first = match(a_payment(8_000, ocr("10017")), ledger)
    second = match(replace(a_payment(8_000, ocr("10017")), bank_reference="bank-2"), ledger)
    assert (parts(first), first.surplus_minor) == ([("1001", 8_000)], 0)
    assert (parts(second), second.surplus_minor) == ([("1001", 2_000)], 6_000)


def test_another_currency_never_pays_an_invoice() -> None:
    matched = match(replace(a_payment(10_000, ocr("10017")), currency="EUR"), Ledger.of(LEDGER))
    assert (matched.verdict, matched.unplaced_minor) == (Verdict.UNPLACED, 10_000)


def test_what_the_ledger_has_already_is_a_duplicate_and_pays_nothing() -> None:
    ledger = Ledger.of(LEDGER)
    matched = match(a_payment(10_000, ocr("10017")), ledger, {"bank-1"})
    assert (matched.verdict, matched.parts, matched.surplus_minor) == (Verdict.DUPLICATE, (), 0)
    assert ledger.remaining[UUID(int=1001)] == 10_000


@given(
    st.lists(
        st.tuples(
            st.integers(1, 30_000),
            st.lists(
                st.tuples(
                    st.sampled_from(["10017", "10025", "10033", "10041", "1001", "7"]),
                    st.none() | st.integers(1, 9_000),
                ),
                max_size=4,
            ),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_all_of_every_payment_goes_somewhere_and_no_invoice_gets_more_than_is_open(
    payments: list[tuple[int, list[tuple[str, int | None]]]],
) -> None:
    ledger = Ledger.of(LEDGER)
    paid: dict[str, int] = {}
    for amount, named in payments:
        references = [Reference(value, len(value) == 5, part) for value, part in named]
        matched = match(a_payment(amount, *references), ledger)
        assert sum(part.amount_minor for part in matched.parts) + matched.surplus_minor == amount
        assert matched.surplus_minor >= 0
        for part in matched.parts:
            assert part.amount_minor >= 0
            if not part.by_case:
                paid[part.target.number] = paid.get(part.target.number, 0) + part.amount_minor
    for target in LEDGER:
        assert paid.get(target.number, 0) <= target.open_minor
