"""Deposits and files in few words."""

from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

from services.files.domain import reading, writers
from services.files.domain.faults import PaymentFileRefused
from services.files.domain.limited import LIMITS, Limits
from services.files.domain.payments import (
    Account,
    AccountKind,
    Deposit,
    PaymentFile,
    PaymentRow,
    Reference,
    ReferenceKind,
)

RECEIVER = Account(AccountKind.BANKGIRO, "9912346")
PAYER = Account(AccountKind.BANKGIRO, "3783511")
DAY = date(2026, 11, 24)
CREATED_AT = datetime(2026, 11, 24, 17, 30, 35, tzinfo=UTC)
_START = "01BGMAX               0120261124173035010331P"


def ocr(value: str, amount_minor: int | None = None) -> Reference:
    return Reference(ReferenceKind.OCR, value, amount_minor)


def invoice(value: str, amount_minor: int | None = None) -> Reference:
    return Reference(ReferenceKind.INVOICE, value, amount_minor)


def credit_note(value: str, amount_minor: int | None = None) -> Reference:
    return Reference(ReferenceKind.CREDIT_NOTE, value, amount_minor)


def a_payment(amount_minor: int = 10_000, **changes: Any) -> PaymentRow:
    values: dict[str, Any] = {
        "row_no": 1,
        "position": "",
        "bank_reference": "REF1",
        "currency": "SEK",
        "booking_date": DAY,
        "payer_name": "Kalles Plåt AB",
        "payer_account": PAYER,
        "payer_org_no": "2021005489",
        "references": (ocr("9854779"),),
    }
    return PaymentRow(amount_minor=amount_minor, **(values | changes))


def a_deposit(*payments: PaymentRow, serial: str = "00001", account: Account = RECEIVER) -> Deposit:
    payments = payments or (a_payment(),)
    return Deposit(account, "SEK", DAY, sum(p.amount_minor for p in payments), serial, payments)


def a_bgmax(*deposits: Deposit) -> bytes:
    return writers.bgmax(deposits or (a_deposit(),), created_at=CREATED_AT)


def a_camt054(*deposits: Deposit, version: str = "001.02") -> bytes:
    return writers.camt054(deposits or (a_deposit(),), message_id="M1", created_at=CREATED_AT, version=version)


def bgmax_of(*records: str, start: str = _START) -> bytes:
    """A file of these records after a start record; each is one line."""
    return "\r\n".join([start, *records]).encode("iso-8859-1")


def camt_of(report: str, kind: str = "054", version: str = "001.02", header: str | None = None) -> bytes:
    """A message around the inside of one report."""
    message, name = {"053": ("BkToCstmrStmt", "Stmt"), "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}[kind]
    if header is None:
        header = "<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-24T10:03:31+01:00</CreDtTm></GrpHdr>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.{version}"><{message}>{header}'
        f"<{name}><Id>R1</Id><Acct><Id><Othr><Id>54401060156</Id><SchmeNm><Cd>BBAN</Cd></SchmeNm></Othr></Id></Acct>"
        f"{report}</{name}></{message}></Document>"
    ).encode()


def an_entry(
    inside: str = "",
    *,
    amount: str = '<Amt Ccy="SEK">100.00</Amt>',
    indicator: str = "<CdtDbtInd>CRDT</CdtDbtInd>",
    status: str = "<Sts>BOOK</Sts>",
    day: str = "<BookgDt><Dt>2026-11-24</Dt></BookgDt>",
    reference: str = "<AcctSvcrRef>E1</AcctSvcrRef>",
) -> str:
    return f"<Ntry>{amount}{indicator}{status}{day}{reference}{inside}</Ntry>"


def a_transaction(amount: str = "100.00", reference: str = "T1", inside: str = "", currency: str = "SEK") -> str:
    return (
        f"<TxDtls><Refs><AcctSvcrRef>{reference}</AcctSvcrRef></Refs>"
        f'<AmtDtls><TxAmt><Amt Ccy="{currency}">{amount}</Amt></TxAmt></AmtDtls>{inside}</TxDtls>'
    )


def details(*transactions: str, batch: str = "") -> str:
    return f"<NtryDtls>{batch}{''.join(transactions)}</NtryDtls>"


def read(content: bytes, *, allow_test: bool = False, limits: Limits = LIMITS) -> PaymentFile:
    return reading.read(BytesIO(content), allow_test=allow_test, limits=limits)


def reasons(content: bytes, *, limits: Limits = LIMITS) -> list[str]:
    """Why the file is refused; empty when it is not."""
    try:
        read(content, limits=limits)
    except PaymentFileRefused as refused:
        return [fault.reason for fault in refused.faults]
    return []
