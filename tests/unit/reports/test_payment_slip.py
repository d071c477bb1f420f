"""The payment part: code line, amounts and QR code."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.reports.domain.payment_slip import amount_parts, code_line, has_code_line, qr_payload
from tests.unit.reports.builders import PAYEE, a_credit, an_invoice


@pytest.mark.parametrize(
    ("minor", "parts"), [(55476, ("554", "76")), (100, ("1", "00")), (7, ("0", "07")), (10**13, ("100000000000", "00"))]
)
def test_an_amount_is_kronor_and_two_digits_of_ore(minor: int, parts: tuple[str, str]) -> None:
    assert amount_parts(minor) == parts


def test_the_code_line_is_that_of_the_picture() -> None:
    assert code_line(PAYEE, 55476) == ("#     407185685 #", "554 76   6 >", "59990010#41#")


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ({}, True),
        ({"payee": None}, False),
        ({"payee": replace(PAYEE, is_ocr=False)}, False),
        ({"currency": "EUR", "exchange_rate": Decimal("11.2345")}, False),
    ],
)
def test_the_code_line_needs_an_ocr_number_and_kronor(changes: dict[str, Any], there: bool) -> None:
    assert has_code_line(an_invoice(**changes)) is there


def test_a_credit_has_no_payment_part() -> None:
    assert a_credit().slip is None


def test_nor_has_an_invoice_of_nothing() -> None:
    assert an_invoice(rows=(), vat_lines=(), total_minor=0).slip is None


def test_the_qr_code_says_what_the_slip_says_with_an_exact_amount() -> None:
    payload = qr_payload(an_invoice(rounding_minor=-3), PAYEE)
    values = json.loads(payload, parse_float=Decimal)
    assert values["due"] == Decimal("639.70")
    assert (values["pt"], values["acc"], values["iref"]) == ("BG", "5999-0010", "407185685")
    assert (values["idt"], values["ddt"], values["cid"]) == ("20260922", "20261022", "559999-0016")
