"""A credit without a credit invoice takes back what the invoice booked, in proportion (DOMAIN 3.2)."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.ledger.domain import bookings
from services.ledger.domain.accounts import first_mapping
from services.ledger.domain.bookings import Composition
from services.ledger.domain.drafts import VatSum
from services.ledger.domain.kinds import InvoiceKind

ACCOUNTS = first_mapping(holds_bank_account=False)


def an_invoice(*, rounding: int = 0, fee: int = 0, **nets: int) -> Composition:
    sums = [VatSum(25, nets.get("full", 8_000), nets.get("full", 8_000) // 4), VatSum(6, nets.get("low", 1_000), 60)]
    return Composition(InvoiceKind.INVOICE, "SEK", Decimal(1), sums, fee, rounding)


def test_a_tenth_takes_a_tenth_of_each() -> None:
    found = bookings.of_crediting(an_invoice(), 0, 1_106, 1_106, ACCOUNTS)
    assert [(one.account, one.amount_minor) for one in found] == [
        ("1510", -1_106),
        ("3001", 800),
        ("2611", 200),
        ("3003", 100),
        ("2631", 6),
    ]


@given(
    st.integers(1, 10**6),
    st.integers(0, 10**5),
    st.integers(-50, 50),
    st.integers(0, 2_900),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=6),
)
def test_however_many_credits_there_are_they_take_back_to_the_ore_what_was_booked(
    full: int, low: int, rounding: int, fee: int, weights: list[int]
) -> None:
    made_of = an_invoice(full=full, low=low, rounding=rounding, fee=min(fee, full))
    total = made_of.total_minor
    if total <= 0:
        return
    left: Counter[str] = Counter()
    for use, minor in made_of.parts():
        left[ACCOUNTS[use]] += minor
    left["1510"] += total
    before = 0
    for place, weight in enumerate(weights, start=1):
        rest = total - before
        amount = rest if place == len(weights) else min(weight, rest)
        if amount == 0:
            continue
        postings = bookings.of_crediting(made_of, before, amount, amount, ACCOUNTS)
        assert bookings.total(postings) == 0
        for one in postings:
            left[one.account] += one.amount_minor
        before += amount
    assert {account: minor for account, minor in left.items() if minor} == {}
