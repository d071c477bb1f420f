"""What becomes of the books (DOMAIN 3.2): debit positive, credit negative, the sum zero."""

from decimal import Decimal

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from services.ledger.domain import bookings
from services.ledger.domain.accounts import Use, first_mapping
from services.ledger.domain.bookings import AccountMissing
from services.ledger.domain.drafts import work_out
from services.ledger.domain.kinds import InvoiceKind
from tests.unit.ledger.builders import TERMS, TODAY, a_followed_up, a_printed, a_row, terms

ACCOUNTS = first_mapping(holds_bank_account=False)

CASES = {
    "invoice": (a_printed(a_row("99.99")), {"1510": 12_500, "3001": -9_999, "2611": -2_500, "3740": -1}),
    "two rates": (
        a_printed(a_row("100", 12), a_row("100", 6)),
        {"1510": 21_800, "3002": -10_000, "2621": -1_200, "3003": -10_000, "2631": -600},
    ),
    "invoice with fee": (
        a_printed(with_invoice_fee=True),
        {"1510": 16_100, "3001": -10_000, "2611": -3_225, "3540": -2_900, "3740": 25},
    ),
    "without VAT": (a_printed(a_row(vat=0)), {"1510": 10_000, "3004": -10_000}),
    "credit": (
        a_printed(a_row("-99.99"), kind=InvoiceKind.CREDIT),
        {"1510": -12_500, "3001": 9_999, "2611": 2_500, "3740": 1},
    ),
    "interest": (a_printed(a_row("57", 0), kind=InvoiceKind.INTEREST), {"1510": 5_700, "8313": -5_700}),
    "reskontraservice": (a_followed_up(), {"1510": 12_500, "3001": -10_000, "2611": -2_500}),
}


@pytest.mark.parametrize("case", CASES)
def test_postings_of(case):
    draft, expected = CASES[case]
    postings = bookings.of_invoice(work_out(draft, TERMS, TODAY), ACCOUNTS)
    assert {posting.account: posting.amount_minor for posting in postings} == expected
    assert bookings.total(postings) == 0


@given(
    prices=st.lists(st.decimals(Decimal("0.01"), Decimal(9999), places=2), min_size=1, max_size=6),
    vat=st.sampled_from([25, 12, 6, 0]),
    rate=st.decimals(Decimal("0.01"), Decimal(20), places=4),
    currency=st.sampled_from(["EUR", "JPY", "USD"]),
    fee=st.booleans(),
)
def test_every_invoice_balances_in_every_currency(prices, vat, rate, currency, fee):
    rows = [a_row(str(price), (vat, 25)[index % 2]) for index, price in enumerate(prices)]
    draft = a_printed(*rows, currency=currency, exchange_rate=rate, with_invoice_fee=fee)
    try:
        worked = work_out(draft, terms(), TODAY)
    except InvalidInput:
        reject()  # so little in kronor that there is nothing to book
    postings = bookings.of_invoice(worked, ACCOUNTS)
    assert bookings.total(postings) == 0
    assert postings[0].amount_minor == worked.total_sek_minor
    assert postings[0].currency_minor == worked.total_minor


def test_a_credit_set_off_at_another_rate_leaves_the_difference_on_the_exchange_accounts():
    gain = bookings.of_credit(100, "EUR", 1_100, 1_150, ACCOUNTS)
    assert [(p.account, p.amount_minor) for p in gain] == [("1510", -1_100), ("1510", 1_150), ("3960", -50)]
    loss = bookings.of_credit(100, "EUR", 1_150, 1_100, ACCOUNTS)
    assert [(p.account, p.amount_minor) for p in loss] == [("1510", -1_150), ("1510", 1_100), ("7960", 50)]


@given(whole=st.integers(1, 10**6), sek=st.integers(1, 10**8), cuts=st.lists(st.integers(1, 1000), max_size=8))
def test_parts_of_an_open_amount_take_all_of_its_kronor(whole, sek, cuts):
    left, left_sek = whole, sek
    for cut in [*cuts, whole]:
        part = min(cut, left)
        if not part:
            break
        weight = bookings.share(part, left, left_sek)
        assert 0 <= weight <= left_sek
        left, left_sek = left - part, left_sek - weight
    assert (left, left_sek) == (0, 0)


def test_a_chart_without_the_account_is_an_error_that_says_which():
    accounts: dict[Use, str] = {use: number for use, number in ACCOUNTS.items() if use is not Use.VAT_25}
    with pytest.raises(AccountMissing, match="vat25"):
        bookings.of_invoice(work_out(a_printed(), TERMS, TODAY), accounts)


@pytest.mark.parametrize(("own", "account"), [(True, "1930"), (False, "1684")])
def test_money_comes_to_the_clients_bank_or_is_a_claim_on_us(own, account):
    assert first_mapping(holds_bank_account=own)[Use.BANK] == account
