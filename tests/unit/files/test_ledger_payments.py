"""What of a payment file goes to the ledger, and what is left aside for a person."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.files.domain import ledger_payments
from services.files.domain.ledger_payments import LedgerPayment
from services.files.domain.payments import (
    Account,
    AccountKind,
    Deposit,
    Format,
    PaymentFile,
    PaymentRow,
    Reference,
    ReferenceKind,
    RowKind,
)
from services.files.neighbours.ledger import piece
from services.files.storage.upload_payments import UploadPayment
from tests.unit.files.builders import DAY, RECEIVER, a_deposit, a_payment, credit_note, invoice, ocr


def rows_of(*deposits: Deposit) -> list[LedgerPayment]:
    file = PaymentFile(
        Format.CAMT_054, "001.02", datetime(2026, 11, 24, tzinfo=UTC), "M1", is_test=False, deposits=deposits
    )
    return list(ledger_payments.of_file(file, DAY))


def row_of(payment: PaymentRow) -> LedgerPayment:
    (row,) = rows_of(a_deposit(payment))
    return row


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, ""),
        ({"kind": RowKind.REVERSAL}, "REVERSAL"),
        ({"kind": RowKind.DEDUCTION, "amount_minor": -100}, "DEDUCTION"),
        ({"transaction_count": 3}, "BATCH"),
        ({"amount_minor": 0}, "ZERO_AMOUNT"),
        ({"amount_minor": 10**13}, ""),
        ({"amount_minor": 10**13 + 1}, "AMOUNT"),
        ({"currency": "HUF"}, "CURRENCY"),
        ({"currency": "EUR"}, ""),
        ({"booking_date": date(2026, 11, 29)}, ""),
        ({"booking_date": date(2026, 11, 30)}, "DATE"),
        ({"booking_date": date(1899, 12, 31)}, "DATE"),
    ],
)
def test_a_row_that_the_ledger_does_not_take_is_left_aside_with_its_reason(changes: dict[str, Any], note: str):
    assert row_of(replace(a_payment(), **changes)).note == note


def test_a_reference_is_the_banks_behind_the_receiving_account():
    assert row_of(a_payment(bank_reference="ABC 1")).bank_reference == "9912346:ABC 1"


def test_a_reference_that_does_not_fit_is_a_digest_and_always_the_same():
    first, again, other = (
        row_of(a_payment(bank_reference=text)).bank_reference for text in ("X" * 133, "X" * 133, "X" * 134)
    )
    assert first == again != other
    assert first.startswith("9912346:")
    assert len(first) <= 140


def test_accounts_of_two_kinds_with_the_same_number_are_told_apart():
    account = Account(AccountKind.PLUSGIRO, RECEIVER.number)
    first, second = rows_of(a_deposit(), a_deposit(account=account))
    assert first.bank_reference != second.bank_reference


def test_references_keep_their_kind_and_what_was_meant_for_them():
    references = (
        ocr("9854779", 5_000),
        invoice("1007"),
        credit_note("1008", -200),
        Reference(ReferenceKind.TEXT, "", 10),
    )
    told = row_of(a_payment(references=references)).references
    assert [(one.value, one.is_ocr, one.part_minor) for one in told] == [
        ("9854779", True, 5_000),
        ("1007", False, None),
        ("1008", False, None),
    ]


def test_texts_come_on_one_line_composed_and_cut():
    row = row_of(a_payment(payer_name="A\u030asa\x00\u202eEk", message="Tack\nför\r\n  hjälpen " + "x" * 2_000))
    assert row.payer_name == "Åsa Ek"
    assert row.message.startswith("Tack för hjälpen xxx")
    assert len(row.message) == 1_000


def test_a_piece_for_the_ledger_holds_what_a_message_can():
    row = UploadPayment(1, 1, "9912346:R", 100, "SEK", DAY, "", "", [["å" * 140, False, None]] * 100, "", "")
    small = replace(row, references=[])
    assert len(piece([small] * 1_200, "BGMAX")) == 1_000
    assert len(piece([row] * 200, "BGMAX")) == 52
    assert len(piece([row], "BGMAX")) == 1
