"""BgMax: Bankgirot's file of incoming payments (technical manual "Bankgiro Inbetalningar", November 2019).

A file is a start record 01, sections, and an end record 70. A section is an opening 05, payments, and a deposit 15.
A payment is a 20 (or a deduction, 21) with the records 22-29 that follow it. A record is a line of 80 characters whose
trailing blanks may be missing. Records of unknown type are ignored, as the manual demands; everything else that does
not fit makes the whole file refused. How one record is cut into fields is in ``bgmax_records``.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO, Final

from services.files.domain import bgmax_records as records
from services.files.domain import faults
from services.files.domain.bgmax_records import Payment, Record
from services.files.domain.faults import FaultList
from services.files.domain.limited import LIMITS, LimitedSource, Limits
from services.files.domain.payments import (
    SWEDISH_TIME,
    Account,
    Deposit,
    Format,
    PaymentFile,
    with_unique_references,
)

_MAX_LINE_BYTES: Final = 1024  # 80 characters, with room for trailing blanks
_DETAILS = frozenset({"22", "23", "25", "26", "27", "28", "29"})


@dataclass(slots=True)
class _Section:
    account: Account | None
    currency: str
    position: str
    payments: list[Payment] = field(default_factory=list)
    has_faults: bool = False  # then its sum cannot be right, and saying so would only add noise


def parse(source: BinaryIO, *, allow_test: bool = False, limits: Limits = LIMITS) -> PaymentFile:
    """The payments of a BgMax file.

    ``allow_test`` takes in a file whose start record has the test mark T, which production must not.
    Raises ``PaymentFileRefused`` with every fault found.
    """
    found = FaultList()
    reader = _Reader(found, allow_test=allow_test, limits=limits)
    line_no = 0
    for line_no, line in enumerate(_lines(LimitedSource(source, limits.max_bytes, found), found), start=1):
        if line is not None:
            reader.take(Record(line, f"line {line_no}", found))
    return reader.finish(f"line {line_no}")


def _lines(source: LimitedSource, found: FaultList) -> Iterator[str | None]:
    """The lines as text, None for one to pass over (blank, or unreadable and noted as a fault)."""
    line_no = 0
    encoding = ""
    while raw := source.readline(_MAX_LINE_BYTES):
        line_no += 1
        if line_no == 1 and raw.startswith(b"\xef\xbb\xbf"):
            raw, encoding = raw[3:], "utf-8"
        if not raw.endswith(b"\n") and len(raw) == _MAX_LINE_BYTES:
            raise found.stop(f"line {line_no}", faults.LINE_TOO_LONG)
        line = records.decoded(raw, encoding)
        if line is None:
            found.add(f"line {line_no}", faults.WRONG_ENCODING)
        elif len(line) > records.LENGTH:
            found.add(f"line {line_no}", faults.LINE_TOO_LONG, length=len(line))
            line = None
        yield line or None


class _Reader:
    """Takes the records in order and knows where in the file it is: before the start, in a section, after the end."""

    def __init__(self, found: FaultList, *, allow_test: bool, limits: Limits) -> None:
        self._found = found
        self._allow_test = allow_test
        self._max_rows = limits.max_rows
        self._started = False
        self._ended = False
        self._has_lines = False
        self._created_at = datetime.min.replace(tzinfo=SWEDISH_TIME)  # until the start record
        self._timestamp = ""
        self._version = ""
        self._is_test = False
        self._section: _Section | None = None
        self._payment: Payment | None = None
        self._rows = 0
        self._counts: Counter[str] = Counter()
        self._deposits: list[Deposit] = []
        self._deposit_keys: set[tuple[Account, str, date, str]] = set()
        self._identities: set[tuple[object, ...]] = set()

    def take(self, record: Record) -> None:
        if not self._has_lines and record.type != "01":
            self._found.add(record.position, faults.MISSING_START)
            self._started = True  # said once is enough
        self._has_lines = True
        if not record.has_type:
            record.fault(faults.BAD_RECORD)
        elif record.type not in records.KNOWN:
            return
        elif self._ended:
            record.fault(faults.RECORD_AFTER_END, record=record.type)
        else:
            self._counts[record.type] += 1
            self._take_known(record)

    def _take_known(self, record: Record) -> None:
        before = len(self._found)
        if record.type in _DETAILS:
            self._add_detail(record)
        else:
            self._payment = None
            match record.type:
                case "01":
                    self._start(record)
                case "05":
                    self._open_section(record)
                case "20" | "21":
                    self._add_payment(record)
                case "15":
                    self._close_section(record)
                case "70":
                    self._end(record)
        if self._section and len(self._found) > before:
            self._section.has_faults = True

    def finish(self, position: str) -> PaymentFile:
        """The whole file, after its last line."""
        if not self._has_lines and not len(self._found):
            raise self._found.stop("", faults.EMPTY_FILE)
        if self._section:
            self._found.add(self._section.position, faults.MISSING_SECTION_END)
        if not self._ended:
            self._found.add(position, faults.MISSING_END)
        self._found.refuse_if_any()
        deposits = with_unique_references(self._deposits, self._found)
        self._found.refuse_if_any()
        return PaymentFile(
            Format.BGMAX, self._version, self._created_at, f"BGMAX{self._timestamp}", self._is_test, deposits
        )

    def _start(self, record: Record) -> None:
        if self._started:
            record.fault(faults.REPEATED_RECORD, record="01")
            return
        self._started = True
        if record.text(3, 22) != "BGMAX":
            record.fault(faults.UNKNOWN_FORMAT)
            return
        self._version = record.text(23, 24)
        if self._version != records.VERSION:
            record.fault(faults.UNKNOWN_VERSION, version=self._version)
        self._timestamp = record.text(25, 44)
        self._created_at = record.timestamp(25, 44) or self._created_at
        self._is_test = record.text(45, 45) == "T"
        if self._is_test and not self._allow_test:
            record.fault(faults.TEST_FILE)

    def _open_section(self, record: Record) -> None:
        if self._section:
            self._found.add(self._section.position, faults.MISSING_SECTION_END)
        account = record.receiving_account()
        self._section = _Section(account, record.currency(23, 25), record.position)

    def _add_payment(self, record: Record) -> None:
        if not self._section:
            record.fault(faults.RECORD_OUTSIDE_SECTION, record=record.type)
            return
        self._rows += 1
        if self._rows > self._max_rows:
            raise self._found.stop(record.position, faults.TOO_MANY_ROWS, max_rows=self._max_rows)
        self._payment = Payment.from_record(record, self._rows)
        self._section.payments.append(self._payment)

    def _add_detail(self, record: Record) -> None:
        if self._payment:
            self._payment.add_detail(record)
        else:
            record.fault(faults.RECORD_OUTSIDE_SECTION, record=record.type)

    def _close_section(self, record: Record) -> None:
        section, self._section = self._section, None
        if not section:
            record.fault(faults.RECORD_OUTSIDE_SECTION, record="15")
            return
        booking_date = record.date(38, 45)
        before = len(self._found)
        amount = record.amount(51, 68)
        summable = not section.has_faults and len(self._found) == before
        if record.text(80, 80) == "D":
            amount = -amount
        total = sum(payment.amount_minor for payment in section.payments)
        if summable and total != amount:
            record.fault(faults.FOOTER_SUM, expected=amount, found=total)
        currency = record.currency(69, 71)
        if currency and section.currency and currency != section.currency:
            record.fault(faults.CURRENCY_MISMATCH, expected=section.currency, found=currency)
        count = record.count(72, 79)
        if count is not None and count != len(section.payments):
            record.fault(faults.FOOTER_COUNT, expected=count, found=len(section.payments))
        if section.account and booking_date:
            self._add_deposit(record, section.account, section, booking_date, amount)

    def _add_deposit(
        self, record: Record, account: Account, section: _Section, booking_date: date, amount_minor: int
    ) -> None:
        serial = record.text(46, 50)
        key = (account, section.currency, booking_date, serial)
        if serial.strip("0") and key in self._deposit_keys:
            record.fault(faults.DUPLICATE_REFERENCE, deposit=serial)
        self._deposit_keys.add(key)
        for payment in section.payments:
            identity = (account, section.currency, payment.identity())
            if payment.serial and identity in self._identities:
                self._found.add(payment.position, faults.DUPLICATE_REFERENCE, payment.row_no, serial=payment.serial)
            self._identities.add(identity)
        delivered_in = f"{booking_date:%Y%m%d}-{serial}"
        payments = tuple(
            payment.row(section.currency, booking_date, delivered_in, index)
            for index, payment in enumerate(section.payments, start=1)
        )
        self._deposits.append(Deposit(account, section.currency, booking_date, amount_minor, serial, payments))

    def _end(self, record: Record) -> None:
        self._ended = True
        if self._section:
            self._found.add(self._section.position, faults.MISSING_SECTION_END)
            self._section = None
        counts = self._counts
        for name, first, last, counted in (
            ("20", 3, 10, counts["20"]),
            ("21", 11, 18, counts["21"]),
            ("22+23", 19, 26, counts["22"] + counts["23"]),
            ("15", 27, 34, counts["15"]),
        ):
            count = record.count(first, last)
            if count is not None and count != counted:
                record.fault(faults.FOOTER_COUNT, record=name, expected=count, found=counted)
