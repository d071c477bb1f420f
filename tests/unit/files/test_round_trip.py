"""What is written can be read back; what is broken at random is refused, and nothing else is ever raised."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from services.files.domain import bgmax, camt
from services.files.domain.faults import PaymentFileRefused
from services.files.domain.payments import (
    Account,
    AccountKind,
    DeductionCode,
    Deposit,
    PaymentFile,
    PaymentRow,
    Reference,
    ReferenceKind,
    RowKind,
)
from tests.unit.files.builders import (
    DAY,
    a_bgmax,
    a_camt054,
    a_deposit,
    a_payment,
    credit_note,
    invoice,
    ocr,
    read,
    reasons,
)
from tests.unit.files.samples import sample

words = st.text("abcdefghåäöÅÄÖéü&<'.", min_size=1, max_size=34)
amounts = st.integers(1, 10**12)
numbers = st.from_regex(r"[1-9][0-9]{3,12}", fullmatch=True)
giros = st.builds(Account, st.sampled_from([AccountKind.BANKGIRO]), st.from_regex(r"[1-9][0-9]{6,7}", fullmatch=True))
accounts = giros | st.builds(Account, st.just(AccountKind.IBAN), st.from_regex(r"SE[0-9]{22}", fullmatch=True))
org_nos = st.sampled_from([None, "2021005489", "197010632391"])
whole = st.builds(Reference, st.sampled_from([ReferenceKind.OCR, ReferenceKind.INVOICE]), numbers)
parts = st.lists(
    st.builds(Reference, st.sampled_from([ReferenceKind.OCR, ReferenceKind.INVOICE]), numbers, amounts)
    | st.builds(Reference, st.just(ReferenceKind.CREDIT_NOTE), numbers, amounts.map(lambda minor: -minor)),
    min_size=1,
    max_size=4,
)
references = st.just(()) | whole.map(lambda one: (one,)) | parts.map(tuple)
messages = st.lists(words, max_size=3).map("\n".join)


@st.composite
def deposits_of(draw: st.DrawFn, payers: st.SearchStrategy[Account], *, deductions: bool) -> list[Deposit]:
    """Deposits with what both formats can hold; with deductions only in BgMax."""
    deposits = []
    serial = 0
    for number in range(draw(st.integers(1, 3))):
        rows = []
        day = draw(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
        for _ in range(draw(st.integers(1, 4))):
            serial += 1
            row = a_payment(
                draw(amounts),
                bank_reference=f"REF{serial}",
                booking_date=day,
                payer_name=draw(words),
                payer_account=draw(st.none() | payers),
                payer_org_no=draw(org_nos),
                references=draw(references),
                message=draw(messages),
            )
            if deductions and draw(st.booleans()):
                code = draw(st.sampled_from(DeductionCode))
                row = replace(row, kind=RowKind.DEDUCTION, amount_minor=-row.amount_minor, deduction=code)
            rows.append(row)
        deposit = a_deposit(*rows, serial=f"{number + 1:05}", account=draw(giros))
        deposits.append(replace(deposit, booking_date=day))
    return deposits


def comparable(deposits: list[Deposit] | tuple[Deposit, ...], *, with_reference: bool) -> list[Deposit]:
    """Without what the format numbers by itself."""

    def bare(row: PaymentRow) -> PaymentRow:
        reference = row.bank_reference if with_reference else ""
        return replace(row, row_no=0, position="", channel="", bank_reference=reference)

    return [replace(d, payments=tuple(map(bare, d.payments))) for d in deposits]


@settings(max_examples=60)
@given(deposits_of(giros, deductions=True))
def test_bgmax_reads_back_as_written(deposits: list[Deposit]) -> None:
    file = read(a_bgmax(*deposits))

    assert comparable(file.deposits, with_reference=False) == comparable(deposits, with_reference=False)
    assert len({(d.account, p.bank_reference) for d in file.deposits for p in d.payments}) == len(file.payments)


@settings(max_examples=60)
@given(deposits_of(accounts, deductions=False), st.sampled_from(["001.02", "001.04", "001.08", "001.13"]))
def test_camt_reads_back_as_written(deposits: list[Deposit], version: str) -> None:
    file = read(a_camt054(*deposits, version=version))

    assert comparable(file.deposits, with_reference=True) == comparable(deposits, with_reference=True)
    for deposit in file.deposits:
        assert deposit.amount_minor == sum(payment.amount_minor for payment in deposit.payments)


@settings(max_examples=25)
@given(deposits_of(accounts, deductions=False))
def test_what_is_written_is_valid_by_the_schema_of_seb(deposits: list[Deposit]) -> None:
    schema = etree.XMLSchema(etree.fromstring(sample("camt/seb__camt.054.001.02.xsd")))

    schema.assertValid(etree.fromstring(a_camt054(*deposits)))


VICTIMS = [
    a_bgmax(
        a_deposit(a_payment(references=(ocr("9854779", 7_000), credit_note("8", -500))), a_payment(500)),
        a_deposit(a_payment(7, message="tack för\nmaten"), serial="00002"),
    ),
    a_camt054(
        a_deposit(a_payment(references=(ocr("9854779", 7_000), invoice("8", 500)))),
        a_deposit(a_payment(7, message="tack", bank_reference="REF2")),
    ),
    a_camt054(version="001.08"),
]
mutations = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "replace", "cut", "repeat"]), st.integers(0, 10_000), st.binary(max_size=6)
    ),
    min_size=1,
    max_size=4,
)


def mutated(content: bytes, changes: list[tuple[str, int, bytes]]) -> bytes:
    for how, where, what in changes:
        at = where % (len(content) + 1)
        match how:
            case "delete":
                content = content[:at] + content[at + len(what) + 1 :]
            case "insert":
                content = content[:at] + what + content[at:]
            case "replace":
                content = content[:at] + what + content[at + len(what) :]
            case "cut":
                content = content[:at]
            case "repeat":
                content = content[:at] + content[max(0, at - 200) : at] + content[at:]
    return content


def deposits_unless_refused(parse: Callable[[], PaymentFile]) -> tuple[Deposit, ...]:
    """Any other error fails the test."""
    try:
        return parse().deposits
    except PaymentFileRefused:
        return ()


@settings(max_examples=400)
@given(st.sampled_from(VICTIMS), mutations)
@example(VICTIMS[0], [("insert", 0, b"\xff\xfe")])
@example(VICTIMS[1], [("insert", 0, b"\xfe\xff")])
def test_a_mutated_file_is_read_or_refused(victim: bytes, changes: list[tuple[str, int, bytes]]) -> None:
    content = mutated(victim, changes)
    for parse in (read, lambda c: bgmax.parse(BytesIO(c)), lambda c: camt.parse(BytesIO(c))):
        for deposit in deposits_unless_refused(partial(parse, content)):
            assert deposit.amount_minor + deposit.charges_minor == sum(p.amount_minor for p in deposit.payments)


@settings(max_examples=100)
@given(st.binary(max_size=300), st.sampled_from([b"", b"01BGMAX               01", VICTIMS[1][:150]]))
def test_noise_is_refused(noise: bytes, beginning: bytes) -> None:
    assert reasons(beginning + noise) != []


@pytest.mark.parametrize("position", range(0, len(VICTIMS[0]), 7))
def test_a_bgmax_cut_anywhere_before_its_end_record_is_refused(position: int) -> None:
    if position < VICTIMS[0].rindex(b"\r\n70"):
        assert reasons(VICTIMS[0][:position]) != []


def test_the_day_of_the_builders_is_a_day_of_the_file() -> None:
    assert {p.booking_date for p in read(VICTIMS[0]).payments} == {DAY}
