"""SEB's and others' camt examples say exactly this."""

from datetime import date

import pytest

from services.files.domain.faults import PaymentFileRefused
from services.files.domain.payments import Account, AccountKind, Format
from tests.unit.files.builders import invoice, ocr
from tests.unit.files.samples import read_sample


def test_the_swedish_notification() -> None:
    file = read_sample("camt/seb__camt.054_SE_CRED_BGC.xml")

    assert (file.format, file.version, file.message_id) == (Format.CAMT_054, "001.02", "3076325")
    assert file.created_at.isoformat() == "2022-05-05T10:03:31+01:00"
    (deposit,) = file.deposits
    assert deposit.account == Account(AccountKind.BANKGIRO, "12345678")
    assert (deposit.amount_minor, deposit.currency, deposit.booking_date) == (20_000, "SEK", date(2022, 5, 5))
    assert deposit.serial == "BG12345678 00294-0251222"
    one, two = deposit.payments
    assert one.position == "/Document/BkToCstmrDbtCdtNtfctn/Ntfctn[1]/Ntry[1]/NtryDtls[1]/TxDtls[1]"
    assert (one.bank_reference, one.amount_minor) == ("STOIIQ0I220505085240644513000001", 10_000)
    assert (one.payer_name, one.payer_account, one.references) == ("Debtor", None, (invoice("98547", 10_000),))
    assert two.bank_reference == "STOIIQ0I220505085240810163000001"
    assert two.payer_account == Account(AccountKind.BANKGIRO, "66662222")
    assert two.references == (invoice("54318881444", 5_000), invoice("54318891445", 5_000))


def test_the_swedish_statement() -> None:
    file = read_sample("camt/seb__camt.053_SE_BGC_Credit.xml")

    assert (file.format, file.version) == (Format.CAMT_053, "001.02")
    (deposit,) = file.deposits
    assert (deposit.account.number, deposit.amount_minor) == ("9814443", 9_183_800)
    assert [(p.amount_minor, p.references[0].value) for p in deposit.payments] == [
        (862_500, "50193999"),
        (2_650_000, "501998/"),
        (131_300, "10297999"),
        (2_187_500, "501999"),
        (1_790_000, "501991"),
        (1_562_500, "501997"),
    ]
    assert all(p.references[0].amount_minor == p.amount_minor for p in deposit.payments)
    assert {p.channel for p in deposit.payments} == {"PMNT/RCDT/ATXN"}


def test_a_statement_of_version_8_paid_in_another_currency() -> None:
    """Its transaction says 0 SEK; what was booked, 8.85 EUR, is what came in."""
    (deposit,) = read_sample("camt/genkgo__camt053.v8.xml").deposits

    assert deposit.account == Account(AccountKind.IBAN, "NL26VAYB8060476890")
    (payment,) = deposit.payments
    assert (payment.amount_minor, payment.currency, payment.booking_date) == (885, "EUR", date(2014, 12, 31))
    assert (payment.payer_name, payment.references) == ("NAME NAME", (ocr("4654654654654654"),))
    assert payment.payer_account == Account(AccountKind.IBAN, "NL56AGDH9619008421")
    assert payment.bank_reference == "AAAASESS-FP-CN_98765/01"


def test_a_notification_of_an_outgoing_payment_has_nothing_for_us() -> None:
    file = read_sample("camt/genkgo__camt054.v8.xml")

    assert file.deposits == ()
    assert [(e.reason, e.amount_minor, e.currency) for e in file.ignored] == [("DEBIT", 20_000_000, "SEK")]


def test_a_statement_message_without_a_statement_is_refused() -> None:
    with pytest.raises(PaymentFileRefused) as refused:
        read_sample("camt/genkgo__camt053.v2.wrong.xml")

    assert [(f.reason, f.details) for f in refused.value.faults] == [("MISSING_ELEMENT", {"element": "Stmt"})]
