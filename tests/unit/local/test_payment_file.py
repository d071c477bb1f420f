"""The file that `make payment-file` makes is one that the house reads, with a bit of everything in it."""

from datetime import date, datetime
from io import BytesIO

import pytest

from deploy.local.payment_file import FORMATS, UNKNOWN, OpenInvoice, deposit, written
from kernel import ocr
from services.files.domain import reading
from services.files.domain.payments import SWEDISH_TIME, PaymentFile

NOW = datetime(2026, 6, 15, 9, 30, tzinfo=SWEDISH_TIME)
INVOICES = [
    OpenInvoice(str(1000 + place), ocr.create(str(1000 + place)), 10_000 + place, "Åsa Öberg", in_collection=place == 6)
    for place in range(7)
]


@pytest.fixture(params=FORMATS)
def read(request: pytest.FixtureRequest) -> PaymentFile:
    """What the files service reads in it."""
    made = deposit(INVOICES, "9912346", date(2026, 6, 15), "260615093000")
    return reading.read(BytesIO(written(made, request.param, NOW)))


def test_every_invoice_is_paid_and_one_payment_is_nobodys(read: PaymentFile) -> None:
    references = [payment.references[0].value for payment in read.payments]
    assert references == [
        *(invoice.ocr_number for invoice in INVOICES[:4]),
        "1004",
        *(invoice.ocr_number for invoice in INVOICES[5:]),
        UNKNOWN,
    ]


def test_one_pays_too_much_and_one_half(read: PaymentFile) -> None:
    assert [payment.amount_minor for payment in read.payments[:3]] == [20_000, 5_000, 10_002]


def test_an_invoice_in_collection_is_paid_in_full(read: PaymentFile) -> None:
    assert read.payments[6].amount_minor == 10_006


@pytest.mark.parametrize("form", FORMATS)
def test_every_run_makes_another_file(form: str) -> None:
    made = deposit(INVOICES, "9912346", date(2026, 6, 15), "260615093000")
    assert written(made, form, NOW) != written(made, form, NOW.replace(second=1))


def test_the_unknown_number_looks_like_one() -> None:
    assert ocr.validate(UNKNOWN) == UNKNOWN
