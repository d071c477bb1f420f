"""BgMax as the manual has it, where the examples show no case."""

import pytest

from services.files.domain.payments import Account, AccountKind, DeductionCode, ReferenceKind, RowKind
from tests.unit.files.builders import bgmax_of, invoice, ocr, read
from tests.unit.files.test_bgmax_faults import DEDUCTION, DEPOSIT, END, OPEN, PAYMENT, START

CONTENT = (OPEN, PAYMENT, "26Åke Öst", DEPOSIT, END)


@pytest.mark.parametrize("encoding", ["iso-8859-1", "utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_letters_are_right_in_every_encoding_and_with_either_line_end(encoding: str, line_end: str) -> None:
    (payment,) = read(line_end.join([START, *CONTENT]).encode(encoding)).payments

    assert payment.payer_name == "Åke Öst"


def test_blank_lines_and_the_end_mark_of_old_systems_are_passed_over() -> None:
    assert len(read(bgmax_of(*CONTENT, "", "   ", "\x1a")).payments) == 1


def test_unknown_records_are_ignored() -> None:
    assert len(read(bgmax_of(OPEN, PAYMENT, "30news", DEPOSIT, "99", END)).payments) == 1


def test_a_delivery_without_payments() -> None:
    assert read(bgmax_of("7000000000000000000000000000000000")).deposits == ()


@pytest.mark.parametrize(
    ("code", "meaning"),
    [("0", DeductionCode.FULL), ("1", DeductionCode.PARTIAL), ("2", DeductionCode.FINAL_PARTIAL)],
)
def test_a_deduction_is_subtracted_from_the_deposit(code: str, meaning: DeductionCode) -> None:
    deposit = DEPOSIT.replace("10000SEK00000001", "06000SEK00000002")
    end = "7000000001000000010000000000000001"
    (deposited,) = read(bgmax_of(OPEN, PAYMENT, DEDUCTION + code, deposit, end)).deposits

    assert deposited.amount_minor == 6_000
    assert [(p.kind, p.amount_minor, p.deduction) for p in deposited.payments] == [
        (RowKind.PAYMENT, 10_000, None),
        (RowKind.DEDUCTION, -4_000, meaning),
    ]


def test_a_deposit_that_takes_money_has_type_d() -> None:
    deposit = DEPOSIT.replace("10000SEK00000001K", "04000SEK00000001D")
    (deposited,) = read(bgmax_of(OPEN, DEDUCTION + "0", deposit, "7000000000000000010000000000000001")).deposits

    assert deposited.amount_minor == -4_000


@pytest.mark.parametrize("kind", ["K", " ", ""])
def test_the_type_of_deposit_may_be_left_out(kind: str) -> None:
    assert read(bgmax_of(OPEN, PAYMENT, DEPOSIT[:-1] + kind, END)).deposits[0].amount_minor == 10_000


def test_a_plusgiro_stands_in_for_the_bankgiro_during_a_conversion() -> None:
    (deposit,) = read(bgmax_of("05          0000042033SEK", PAYMENT, DEPOSIT, END)).deposits

    assert deposit.account == Account(AccountKind.PLUSGIRO, "42033")


@pytest.mark.parametrize(
    ("field", "code", "expected"),
    [
        ("                  9854779", "2", [(ReferenceKind.OCR, "9854779")]),
        ("9854779                  ", "4", [(ReferenceKind.OCR, "9854779")]),
        ("98547                    ", "3", [(ReferenceKind.INVOICE, "98547")]),
        ("98547                    ", "5", [(ReferenceKind.INVOICE, "98547")]),
        ("8012577,8013575          ", "3", [(ReferenceKind.INVOICE, "8012577"), (ReferenceKind.INVOICE, "8013575")]),
        ("F-98547                  ", "3", [(ReferenceKind.INVOICE, "F-98547")]),
        ("KUNDNR 4325 FAKTURA 6389 ", "3", [(ReferenceKind.TEXT, "KUNDNR 4325 FAKTURA 6389")]),
        ("                         ", "0", []),
        ("                         ", "1", []),
    ],
)
def test_what_the_reference_code_makes_of_the_reference(
    field: str, code: str, expected: list[tuple[ReferenceKind, str]]
) -> None:
    payment = PAYMENT[:12] + field + PAYMENT[37:55] + code + PAYMENT[56:]
    (row,) = read(bgmax_of(OPEN, payment, DEPOSIT, END)).payments

    assert [(r.kind, r.value) for r in row.references] == expected


def test_several_numbers_repeated_as_extra_references_are_told_once() -> None:
    payment = PAYMENT[:12] + "98547 98548".ljust(25) + PAYMENT[37:55] + "3" + PAYMENT[56:]
    extra = "220003783511" + "98547".rjust(25) + "0" * 18 + "2"
    (row,) = read(bgmax_of(OPEN, payment, extra, DEPOSIT, "7000000001000000000000000100000001")).payments

    assert row.references == (invoice("98548"), ocr("98547"))


def test_payments_without_serial_are_told_apart_by_their_place_in_the_deposit() -> None:
    bare = PAYMENT[:57]
    deposit = DEPOSIT.replace("10000SEK00000001", "20000SEK00000002")
    payments = read(bgmax_of(OPEN, bare, bare, deposit, "7000000002000000000000000000000001")).payments

    assert [p.bank_reference for p in payments] == ["20261124-00001-#1", "20261124-00001-#2"]


def test_extra_name_and_personal_number() -> None:
    name = "26" + "Firma".ljust(35) + "Åke Öst"
    (row,) = read(bgmax_of(OPEN, PAYMENT, name, "29197010632391", DEPOSIT, END)).payments

    assert (row.payer_name, row.payer_org_no) == ("Firma Åke Öst", "197010632391")
