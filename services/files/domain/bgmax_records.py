"""The fields of BgMax records. Positions are the manual's: from 1, both ends included."""

from dataclasses import dataclass, field
from datetime import date, datetime
from re import ASCII
from re import compile as regex
from typing import Final

from services.files.domain import faults
from services.files.domain.faults import FaultList
from services.files.domain.payments import (
    SWEDISH_TIME,
    Account,
    AccountKind,
    DeductionCode,
    PaymentRow,
    Reference,
    ReferenceKind,
    RowKind,
    stated_number_kind,
)

LENGTH: Final = 80
VERSION: Final = "01"
KNOWN: Final = frozenset({"01", "05", "15", "20", "21", "22", "23", "25", "26", "27", "28", "29", "70"})

_TYPE = regex(r"\d\d", ASCII)
_DIGITS = regex(r"\d+", ASCII)
_CURRENCY = regex(r"[A-Z]{3}", ASCII)
_SEVERAL = regex(r"[\s,;]+")
_CONTROL = regex(r"[\x00-\x08\x0b-\x1f\x7f\ufffd\ufeff]")
_CHECKED, _CHECKED_EXTENDED = "2", "4"  # reference codes for "correct"; the others say blank, wrong or unchecked
_CHANNELS = {"1": "BANK", "2": "SUPPLIER_PAYMENT", "3": "PAPER", "4": "AUTOGIRO"}
_DEDUCTIONS = {"0": DeductionCode.FULL, "1": DeductionCode.PARTIAL, "2": DeductionCode.FINAL_PARTIAL}


def decoded(raw: bytes, encoding: str = "") -> str | None:
    """A line without line end, trailing blanks and tabs, or None when it is no text.

    The manual says ISO-8859-1. Some systems convert files to UTF-8 on the way, with or without a byte order mark, and
    Swedish letters in ISO-8859-1 are never valid UTF-8: so what is valid UTF-8 is that, and columns count characters.
    """
    for candidate in (encoding,) if encoding else ("utf-8", "cp1252"):  # cp1252 is ISO-8859-1 plus a few quotes
        try:
            line = raw.decode(candidate)
        except UnicodeDecodeError:
            continue
        line = line.rstrip("\r\n\x1a").expandtabs(8).rstrip(" ")  # x1a ends files of old systems
        return None if _CONTROL.search(line) else line
    return None


@dataclass(slots=True)
class Record:
    """A line and where it stands. What a field cannot be read as is noted in ``found``."""

    line: str
    position: str
    found: FaultList
    row_no: int | None = None
    is_cut: bool = False

    @property
    def type(self) -> str:
        return self.line[:2]

    @property
    def has_type(self) -> bool:
        return _TYPE.match(self.line) is not None

    def fault(self, reason: str, **details: object) -> None:
        self.found.add(self.position, reason, self.row_no, **details)

    def text(self, first: int, last: int) -> str:
        return self.line[first - 1 : last].strip()

    def field(self, first: int, last: int) -> str:
        """A field that is never blank at its end: a line that stops inside it has been cut off."""
        if len(self.line) < last:
            if not self.is_cut:
                self.fault(faults.TRUNCATED, record=self.type, length=len(self.line))
            self.is_cut = True
            return ""
        return self.line[first - 1 : last]

    def amount(self, first: int, last: int) -> int:
        """Öre. 0 when faulty: the fault is noted, and the file is refused anyway."""
        digits = self.field(first, last).strip()
        if _DIGITS.fullmatch(digits):
            return int(digits)
        if len(self.line) >= last:
            negative = "-" in digits and _DIGITS.fullmatch(digits.replace("-", "", 1)) is not None
            self.fault(faults.NEGATIVE_AMOUNT if negative else faults.BAD_AMOUNT, record=self.type)
        return 0

    def count(self, first: int, last: int) -> int | None:
        digits = self.field(first, last).strip()
        if _DIGITS.fullmatch(digits):
            return int(digits)
        if len(self.line) >= last:
            self.fault(faults.FOOTER_COUNT, record=self.type)
        return None

    def currency(self, first: int, last: int) -> str:
        code = self.field(first, last)
        if code and not _CURRENCY.fullmatch(code):
            self.fault(faults.BAD_CURRENCY, record=self.type)
            return ""
        return code

    def date(self, first: int, last: int) -> date | None:
        digits = self.field(first, last)
        try:
            return _day(digits)
        except ValueError:
            if digits:
                self.fault(faults.BAD_DATE, record=self.type)
            return None

    def timestamp(self, first: int, last: int) -> datetime | None:
        """YYYYMMDDhhmmss and microseconds, Swedish time."""
        digits = self.field(first, last)
        try:
            return _moment(digits)
        except ValueError:
            if digits:
                self.fault(faults.BAD_DATE, record=self.type)
            return None

    def giro(self, first: int, last: int) -> str:
        """A giro number without leading zeros, empty when there is none."""
        digits = self.text(first, last)
        if digits and not _DIGITS.fullmatch(digits):
            self.fault(faults.BAD_ACCOUNT, record=self.type)
            return ""
        return digits.lstrip("0")

    def receiving_account(self) -> Account | None:
        """Of a section: its bankgiro number, or the plusgiro number that stands in for it during a conversion."""
        before = len(self.found)
        if bankgiro := self.giro(3, 12):
            return Account(AccountKind.BANKGIRO, bankgiro)
        if plusgiro := self.giro(13, 22):
            return Account(AccountKind.PLUSGIRO, plusgiro)
        if len(self.found) == before:
            self.fault(faults.BAD_ACCOUNT, record=self.type)
        return None


def _day(digits: str) -> date:
    if len(digits) != 8 or not _DIGITS.fullmatch(digits):
        raise ValueError
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _moment(digits: str) -> datetime:
    day = _day(digits[:8])
    if not _DIGITS.fullmatch(digits):
        raise ValueError
    hour, minute, second = (int(digits[start : start + 2]) for start in (8, 10, 12))
    return datetime(day.year, day.month, day.day, hour, minute, second, int(digits[14:]), tzinfo=SWEDISH_TIME)


@dataclass(slots=True)
class Payment:
    """A payment while its records are read."""

    row_no: int
    position: str
    kind: RowKind
    payer_account: Account | None
    amount_minor: int
    own_reference: str
    reference_code: str
    channel: str
    serial: str
    deduction: DeductionCode | None
    extra_references: list[Reference] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    name: str = ""
    org_no: str | None = None
    seen: set[str] = field(default_factory=set)

    @classmethod
    def from_record(cls, record: Record, row_no: int) -> "Payment":
        """From a record 20 or 21."""
        record.row_no = row_no
        sender = record.giro(3, 12)
        amount = record.amount(38, 55)
        is_deduction = record.type == "21"
        deduction = None
        if is_deduction:
            deduction = _DEDUCTIONS.get(record.text(71, 71))
            if deduction is None:
                record.fault(faults.BAD_CODE, record="21", field="deduction")
        serial = record.text(58, 69)
        if serial and not _DIGITS.fullmatch(serial):
            record.fault(faults.BAD_SERIAL, record=record.type)
        return cls(
            row_no=row_no,
            position=record.position,
            kind=RowKind.DEDUCTION if is_deduction else RowKind.PAYMENT,
            payer_account=Account(AccountKind.BANKGIRO, sender) if sender else None,
            amount_minor=-amount if is_deduction else amount,
            own_reference=record.text(13, 37),
            reference_code=record.text(56, 56),
            channel=_channel(record),
            serial=serial if serial.strip("0") else "",
            deduction=deduction,
        )

    def add_detail(self, record: Record) -> None:
        """From one of the records 22-29 that follow the payment."""
        record.row_no = self.row_no
        match record.type:
            case "22" | "23":
                self._add_reference(record)
            case "25":
                self.texts.append(record.text(3, 52))
            case "26" | "27" | "28" | "29" as once if once in self.seen:
                record.fault(faults.REPEATED_RECORD, record=once)
            case "26":
                self.name = " ".join(filter(None, (record.text(3, 37), record.text(38, 72))))
            case "29":
                self.org_no = _org_no(record.text(3, 14))
        self.seen.add(record.type)

    def _add_reference(self, record: Record) -> None:
        amount = record.amount(38, 55) if record.text(38, 55) else 0
        value = record.text(13, 37)
        if record.type == "23":
            self.extra_references.append(Reference(ReferenceKind.CREDIT_NOTE, value, -amount or None))
        else:
            for reference in _references(value, record.text(56, 56), amount or None):
                self.extra_references.append(reference)

    def row(self, currency: str, booking_date: date, deposit: str, index: int) -> PaymentRow:
        """``deposit`` identifies the deposit on its account; BGC's serial, or else ``index``, the payment in it."""
        return PaymentRow(
            row_no=self.row_no,
            position=self.position,
            bank_reference=f"{deposit}-{self.serial or f'#{index}'}",
            amount_minor=self.amount_minor,
            currency=currency,
            booking_date=booking_date,
            payer_name=self.name,
            payer_account=self.payer_account,
            payer_org_no=self.org_no,
            references=self.references(),
            channel=self.channel,
            message="\n".join(filter(None, self.texts)),
            kind=self.kind,
            deduction=self.deduction,
        )

    def identity(self) -> tuple[object, ...]:
        """What makes it the same payment when it comes again: BGC's serial alone is reused, even in its own example."""
        return (self.serial, self.kind, self.payer_account, self.amount_minor, self.references())

    def references(self) -> tuple[Reference, ...]:
        """The payment's own references that no extra one repeats, then the extra ones (code 3: "repeated as 22")."""
        repeated = {reference.value for reference in self.extra_references}
        own = _references(self.own_reference, self.reference_code, None)
        return (*(reference for reference in own if reference.value not in repeated), *self.extra_references)


def _references(value: str, code: str, amount_minor: int | None) -> list[Reference]:
    if not value:
        return [] if amount_minor is None else [Reference(ReferenceKind.TEXT, "", amount_minor)]
    if code in {_CHECKED, _CHECKED_EXTENDED}:
        kind = ReferenceKind.OCR if _DIGITS.fullmatch(value) else stated_number_kind(value)
        return [Reference(kind, value, amount_minor)]
    parts = [part for part in _SEVERAL.split(value) if part]
    if parts and all(_DIGITS.fullmatch(part) for part in parts):
        single = len(parts) == 1
        return [Reference(ReferenceKind.INVOICE, part, amount_minor if single else None) for part in parts]
    return [Reference(stated_number_kind(value), value, amount_minor)]


def _channel(record: Record) -> str:
    code = record.text(57, 57)
    return _CHANNELS.get(code, code)


def _org_no(digits: str) -> str | None:
    """Ten digits after two zeros, or the twelve of a personal number with century; as delivered when it is neither."""
    return (digits.removeprefix("00") if len(digits) == 12 else digits) or None
