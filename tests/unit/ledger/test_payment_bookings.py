"""Which vouchers a payment and a settlement give; all of them balance."""

from decimal import Decimal
from uuid import UUID

import pytest

from services.ledger.domain.accounts import first_mapping
from services.ledger.domain.payment_bookings import Line, Receipt, Settlement, Share, of_payment, of_settlement

OWN_BANK = first_mapping(holds_bank_account=True)
INVOICE, CUSTOMER = UUID(int=1), UUID(int=2)


def a_share(minor: int, sek: int | None = None) -> Share:
    return Share(INVOICE, CUSTOMER, minor, minor if sek is None else sek)


def a_receipt(amount: int, **values: object) -> Receipt:
    defaults = {
        "currency": "SEK",
        "rate": Decimal(1),
        "shares": (),
        "for_cases": (),
        "overpaid_minor": 0,
        "overpaid_by": None,
        "unplaced_minor": 0,
    }
    return Receipt(amount_minor=amount, **{**defaults, **values})  # type: ignore[arg-type]


def booked(lines: list[Line]) -> list[tuple[str, int]]:
    return [(line.posting.account, line.posting.amount_minor) for line in lines]


@pytest.mark.parametrize(
    ("receipt", "expected"),
    [
        (a_receipt(10_000, shares=(a_share(10_000),)), [("1930", 10_000), ("1510", -10_000)]),
        (
            a_receipt(12_000, shares=(a_share(10_000),), overpaid_minor=2_000, overpaid_by=CUSTOMER),
            [("1930", 12_000), ("1510", -10_000), ("2420", -2_000)],
        ),
        (a_receipt(7_000, unplaced_minor=7_000), [("1930", 7_000), ("2890", -7_000)]),
        (a_receipt(9_000, for_cases=(a_share(9_000),)), [("1930", 9_000), ("2899", -9_000)]),
        (
            a_receipt(10_000, currency="EUR", rate=Decimal("11.2"), shares=(a_share(10_000, 110_000),)),
            [("1930", 112_000), ("1510", -110_000), ("3960", -2_000)],
        ),
        (
            a_receipt(10_000, currency="EUR", rate=Decimal("10.9"), shares=(a_share(10_000, 110_000),)),
            [("1930", 109_000), ("1510", -110_000), ("7960", 1_000)],
        ),
    ],
)
def test_a_payment_is_money_on_the_account_and_where_it_went(receipt: Receipt, expected: list[tuple[str, int]]) -> None:
    lines = of_payment(receipt, OWN_BANK)
    assert booked(lines) == expected
    assert sum(amount for _, amount in booked(lines)) == 0


def test_a_client_whose_money_resultat_finans_receives_has_a_claim_on_it_instead_of_money() -> None:
    lines = of_payment(a_receipt(100, shares=(a_share(100),)), first_mapping(holds_bank_account=False))
    assert booked(lines) == [("1684", 100), ("1510", -100)]


def test_a_settlement_moves_what_was_received_for_the_case_to_capital_interest_costs_and_overpayment() -> None:
    settled = Settlement(INVOICE, CUSTOMER, 8_000, 250, 18_000, 300, excess_minor=100)
    lines = of_settlement(settled, OWN_BANK)
    assert booked(lines) == [("2899", 26_650), ("1510", -8_000), ("8313", -250), ("3590", -18_000), ("2420", -400)]
    assert sum(amount for _, amount in booked(lines)) == 0


def test_a_settlement_of_costs_only_touches_no_claim() -> None:
    lines = of_settlement(Settlement(INVOICE, CUSTOMER, 0, 0, 5_000, 0), OWN_BANK)
    assert booked(lines) == [("2899", 5_000), ("3590", -5_000)]
