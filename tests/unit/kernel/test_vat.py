from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from kernel.vat import VAT_RATES, InvoiceRow, VatRate, check_rate, invoice_amounts, vat_of

PERCENTS = [rate.percent for rate in VAT_RATES]


def a_row(quantity="1", price="100", vat="25", discount="0") -> InvoiceRow:
    return InvoiceRow(Decimal(quantity), Decimal(price), Decimal(vat), Decimal(discount))


@pytest.mark.parametrize(
    ("net", "percent", "vat"), [(100_00, 25, 25_00), (1010, 25, 253), (-1010, 25, -253), (99, 6, 6), (99, 0, 0)]
)
def test_vat_is_rounded_half_up_and_a_credit_mirrors_the_sale(net, percent, vat):
    assert vat_of(net, Decimal(percent)) == vat


def test_a_rate_holds_on_its_days_only():
    rates = [VatRate(Decimal(25), date(2020, 1, 1), date(2026, 3, 31)), VatRate(Decimal(24), date(2026, 4, 1))]

    assert check_rate(Decimal(25), date(2026, 3, 31), rates) == 25
    assert check_rate(Decimal(24), date(2026, 4, 1), rates) == 24
    for percent, day in ((25, date(2026, 4, 1)), (24, date(2026, 3, 31)), (13, date(2026, 4, 1))):
        with pytest.raises(InvalidInput, match="VAT_RATE"):
            check_rate(Decimal(percent), day, rates)
    assert [check_rate(Decimal(p), date(2026, 11, 24)) for p in (25, 12, 6, 0)] == [25, 12, 6, 0]


def test_an_invoice_is_summed_by_rate_and_rounded_to_whole_kronor():
    rows = [
        a_row("3", "412.50"),
        a_row("1.5", "99.99", vat="12", discount="10"),
        a_row("2", "0.335"),
        a_row("1", "50", vat="6"),
    ]
    amounts = invoice_amounts(rows, round_to_krona=True)

    assert amounts.row_nets == (1237_50, 134_99, 67, 50_00)
    assert amounts.net_by_rate == {Decimal(25): 1238_17, Decimal(12): 134_99, Decimal(6): 50_00}
    assert list(amounts.net_by_rate) == [25, 12, 6]
    assert amounts.vat_by_rate == {Decimal(25): 309_54, Decimal(12): 16_20, Decimal(6): 3_00}
    assert (amounts.net, amounts.vat, amounts.rounding, amounts.total) == (1423_16, 328_74, 10, 1752_00)


def test_rounding_is_the_clients_choice_and_for_kronor_only():
    rows = [a_row("1", "10.40", vat="0")]
    assert invoice_amounts(rows, round_to_krona=False).total == 10_40
    assert invoice_amounts(rows, round_to_krona=True).total == 10_00
    assert invoice_amounts(rows, round_to_krona=True, currency="EUR").total == 10_40
    assert invoice_amounts(rows, round_to_krona=True, currency="JPY").total == 10


def test_no_rows_come_to_nothing():
    assert invoice_amounts([], round_to_krona=True).total == 0


rows = st.lists(
    st.builds(
        InvoiceRow,
        st.decimals(-1000, 1000, places=3),
        st.decimals(-100_000, 100_000, places=4),
        st.sampled_from(PERCENTS),
        st.decimals(0, 100, places=2),
    ),
    max_size=8,
)


@given(rows, st.booleans())
def test_everything_adds_up_and_the_credit_note_takes_back_the_whole_invoice(rows, rounded):
    amounts = invoice_amounts(rows, rounded)
    credited = invoice_amounts(
        [InvoiceRow(-r.quantity, r.unit_price, r.vat_percent, r.discount_percent) for r in rows], rounded
    )

    assert sum(amounts.net_by_rate.values()) == sum(amounts.row_nets) == amounts.net
    assert amounts.net + sum(amounts.vat_by_rate.values()) + amounts.rounding == amounts.total
    assert not rounded or amounts.total % 100 == 0
    assert abs(amounts.rounding) <= 50
    assert credited.total == -amounts.total


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (a_row(quantity="1e10"), r"rows\[1\].quantity:OUT_OF_RANGE"),
        (a_row(quantity="1e999999"), r"rows\[1\].quantity:OUT_OF_RANGE"),
        (a_row(quantity="NaN"), r"rows\[1\].quantity:NUMBER"),
        (a_row(quantity="0.0000001"), r"rows\[1\].quantity:TOO_MANY_DECIMALS"),
        (a_row(price="1e15"), r"rows\[1\].unit_price:OUT_OF_RANGE"),
        (a_row(discount="101"), r"rows\[1\].discount_percent:OUT_OF_RANGE"),
        (a_row(vat="-1"), r"rows\[1\].vat_percent:OUT_OF_RANGE"),
        (a_row(quantity="1e9", price="1e9"), r"rows\[1\]:OUT_OF_RANGE"),
        (a_row(price="1e11"), "total:OUT_OF_RANGE"),
    ],
)
def test_a_row_that_cannot_be_calculated_with_is_named(row, fault):
    with pytest.raises(InvalidInput, match=fault):
        invoice_amounts([a_row(), row], round_to_krona=True)
