"""Payment files made from payments, for the demonstration, the tests and the benchmarks.

What is written reads back as the same deposits, but for the columns that the format cannot hold or numbers itself:
row numbers and positions, channels, and BgMax's bank references.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, cast

from lxml import etree

from services.files.domain.payments import (
    SWEDISH_TIME,
    Account,
    AccountKind,
    DeductionCode,
    Deposit,
    PaymentRow,
    Reference,
    ReferenceKind,
    RowKind,
)

_SCHEMES: Final = {AccountKind.BANKGIRO: "BGNR", AccountKind.PLUSGIRO: "PGNR"}
_DEDUCTION_CODES: Final = {DeductionCode.FULL: "0", DeductionCode.PARTIAL: "1", DeductionCode.FINAL_PARTIAL: "2"}
_BANK_ACCOUNT: Final = "5841000010098232".rjust(35, "0")  # the payee's, made up: clearing number and account


def bgmax(deposits: Iterable[Deposit], *, created_at: datetime, is_test: bool = False, first_serial: int = 1) -> bytes:
    """A BgMax file in ISO-8859-1 with CR LF. ``first_serial`` is BGC's number of the first payment.

    References that are neither OCR nor numbers must fit 25 characters; names and texts are cut to their fields.
    """
    lines = [f"01{'BGMAX':20}01{created_at:%Y%m%d%H%M%S%f}{'T' if is_test else 'P'}"]
    counts = {"15": 0, "20": 0, "21": 0, "22": 0, "23": 0}
    serial = first_serial
    for deposit in deposits:
        lines.append(f"05{_giro(deposit.account, 10)}{deposit.currency}")
        for payment in deposit.payments:
            lines += _bgmax_payment(payment, serial)
            serial += 1
        amount = deposit.amount_minor
        lines.append(
            f"15{_BANK_ACCOUNT}{deposit.booking_date:%Y%m%d}{deposit.serial.rjust(5, '0')}{abs(amount):018}"
            f"{deposit.currency}{len(deposit.payments):08}{'D' if amount < 0 else 'K'}"
        )
    for line in lines:
        counts[line[:2]] = counts.get(line[:2], 0) + 1
    lines.append(f"70{counts['20']:08}{counts['21']:08}{counts['22'] + counts['23']:08}{counts['15']:08}")
    return "".join(f"{line:80}\r\n" for line in lines).encode("iso-8859-1", errors="replace")


def _giro(account: Account | None, width: int) -> str:
    number = account.number if account else ""
    if account and account.kind is AccountKind.PLUSGIRO:
        return " " * width + number.rjust(10, "0")
    return number.rjust(width, "0") + " " * 10


def _bgmax_payment(payment: PaymentRow, serial: int) -> list[str]:
    sender = (payment.payer_account.number if payment.payer_account else "").rjust(10, "0")
    record = "21" if payment.kind is RowKind.DEDUCTION else "20"
    tail = f"1{serial:012}0"
    references = payment.references
    is_alone = len(references) == 1 and references[0].amount_minor is None
    is_alone = is_alone and references[0].kind is not ReferenceKind.CREDIT_NOTE
    field, code = _reference(references[0]) if is_alone else (" " * 25, "0")
    deduction = _DEDUCTION_CODES[payment.deduction or DeductionCode.FULL] if record == "21" else ""
    lines = [f"{record}{sender}{field}{abs(payment.amount_minor):018}{code}{tail}{deduction}"]
    for reference in () if is_alone else references:
        field, code = _reference(reference)
        extra = "23" if reference.kind is ReferenceKind.CREDIT_NOTE else "22"
        lines.append(f"{extra}{sender}{field}{abs(reference.amount_minor or 0):018}{code}{tail}")
    lines += [f"25{text[:50]}" for text in payment.message.splitlines()]
    if payment.payer_name:
        lines.append(f"26{payment.payer_name[:35]}")
    if payment.payer_org_no:
        lines.append(f"29{payment.payer_org_no.rjust(12, '0')}")
    return lines


def _reference(reference: Reference) -> tuple[str, str]:
    """The field and its code: a correct OCR number to the right, anything else to the left."""
    if reference.kind is ReferenceKind.OCR:
        return reference.value.rjust(25), "2"
    return reference.value[:25].ljust(25), "3"


def camt054(deposits: Sequence[Deposit], *, message_id: str, created_at: datetime, version: str = "001.02") -> bytes:
    """A camt.054 in UTF-8, one notification with an entry for each deposit.

    ``version`` decides the layout: up to 001.03 a status is ``Sts`` and a party ``Dbtr/Nm``; from 001.08 they are
    ``Sts/Cd`` and ``Dbtr/Pty/Nm``.
    """
    return etree.tostring(
        _Camt054(version).document(deposits, message_id, created_at.astimezone(SWEDISH_TIME)),
        xml_declaration=True,
        encoding="UTF-8",
    )


class _Camt054:
    def __init__(self, version: str) -> None:
        self._namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.054.{version}"
        self._is_new = version >= "001.08"

    def document(self, deposits: Sequence[Deposit], message_id: str, created_at: datetime) -> etree._Element:
        document = etree.Element(
            f"{{{self._namespace}}}Document", nsmap=cast("dict[str, str]", {None: self._namespace})
        )
        message = self._add(document, "BkToCstmrDbtCdtNtfctn")
        header = self._add(message, "GrpHdr")
        self._add(header, "MsgId", message_id)
        self._add(header, "CreDtTm", created_at.isoformat(timespec="seconds"))
        notification = self._add(message, "Ntfctn")
        self._add(notification, "Id", message_id)
        self._add(notification, "CreDtTm", created_at.isoformat(timespec="seconds"))
        self._account(notification, "Acct", Account(AccountKind.BBAN, "58410000100982"))
        if len({deposit.currency for deposit in deposits}) == 1:
            self._summary(notification, deposits)
        for deposit in deposits:
            self._entry(notification, deposit)
        return document

    def _add(self, parent: etree._Element, path: str, text: str | None = None) -> etree._Element:
        """The last of new elements inside each other, with a text."""
        for name in path.split("/"):
            parent = etree.SubElement(parent, f"{{{self._namespace}}}{name}")
        parent.text = text
        return parent

    def _amount(self, parent: etree._Element, path: str, minor: int, currency: str) -> None:
        self._add(parent, path, _decimal(minor)).set("Ccy", currency)

    def _account(self, parent: etree._Element, name: str, account: Account) -> None:
        identity = self._add(parent, f"{name}/Id")
        if account.kind is AccountKind.IBAN:
            self._add(identity, "IBAN", account.number)
            return
        other = self._add(identity, "Othr")
        self._add(other, "Id", account.number)
        if scheme := _SCHEMES.get(account.kind):
            self._add(other, "SchmeNm/Prtry", scheme)
        elif account.kind is AccountKind.BBAN:
            self._add(other, "SchmeNm/Cd", "BBAN")

    def _summary(self, notification: etree._Element, deposits: Sequence[Deposit]) -> None:
        total = self._add(notification, "TxsSummry/TtlCdtNtries")
        self._add(total, "NbOfNtries", str(len(deposits)))
        self._add(total, "Sum", _decimal(sum(deposit.amount_minor for deposit in deposits)))

    def _entry(self, notification: etree._Element, deposit: Deposit) -> None:
        entry = self._add(notification, "Ntry")
        self._add(entry, "NtryRef", deposit.serial)
        self._amount(entry, "Amt", deposit.amount_minor, deposit.currency)
        self._add(entry, "CdtDbtInd", "CRDT")
        self._add(entry, "Sts/Cd" if self._is_new else "Sts", "BOOK")
        for day in ("BookgDt/Dt", "ValDt/Dt"):
            self._add(entry, day, deposit.booking_date.isoformat())
        domain = self._add(entry, "BkTxCd/Domn")
        self._add(domain, "Cd", "PMNT")
        family = self._add(domain, "Fmly")
        self._add(family, "Cd", "RCDT")
        self._add(family, "SubFmlyCd", "ATXN")
        details = self._add(entry, "NtryDtls")
        for payment in deposit.payments:
            self._transaction(details, payment, deposit.account)

    def _transaction(self, details: etree._Element, payment: PaymentRow, receiver: Account) -> None:
        transaction = self._add(details, "TxDtls")
        self._add(transaction, "Refs/AcctSvcrRef", payment.bank_reference)
        self._amount(transaction, "AmtDtls/TxAmt/Amt", payment.amount_minor, payment.currency)
        parties = self._add(transaction, "RltdPties")
        self._debtor(parties, payment)
        if payment.payer_account:
            self._account(parties, "DbtrAcct", payment.payer_account)
        self._account(parties, "CdtrAcct", receiver)
        if payment.references or payment.message:
            remittance = self._add(transaction, "RmtInf")
            for line in payment.message.splitlines():
                self._add(remittance, "Ustrd", line)
            for reference in payment.references:
                self._structured(remittance, reference, payment.currency)

    def _debtor(self, parties: etree._Element, payment: PaymentRow) -> None:
        if not payment.payer_name and not payment.payer_org_no:
            return
        debtor = self._add(parties, "Dbtr/Pty" if self._is_new else "Dbtr")
        if payment.payer_name:
            self._add(debtor, "Nm", payment.payer_name)
        if payment.payer_org_no:
            identity = self._add(debtor, "Id/OrgId/Othr")
            self._add(identity, "Id", payment.payer_org_no)

    def _structured(self, remittance: etree._Element, reference: Reference, currency: str) -> None:
        structured = self._add(remittance, "Strd")
        if reference.kind is not ReferenceKind.OCR:
            document = self._add(structured, "RfrdDocInf")
            self._add(document, "Tp/CdOrPrtry/Cd", "CREN" if reference.kind is ReferenceKind.CREDIT_NOTE else "CINV")
            self._add(document, "Nb", reference.value)
        if reference.amount_minor is not None:
            self._amount(structured, "RfrdDocAmt/RmtdAmt", abs(reference.amount_minor), currency)
        if reference.kind is ReferenceKind.OCR:
            creditor = self._add(structured, "CdtrRefInf")
            self._add(creditor, "Tp/CdOrPrtry/Cd", "SCOR")
            self._add(creditor, "Ref", reference.value)


def _decimal(minor: int) -> str:
    """Of a currency with hundredths; no floats anywhere near."""
    return f"{minor // 100}.{minor % 100:02}"
