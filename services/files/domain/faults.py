"""What can be wrong with a payment file, and how it is told.

A file with one structural fault is refused as a whole: a bank delivers a corrected file, and half a delivery in the
books is worse than none. The refusal names every fault found (up to a cap), so that the sender corrects them at once.
Reasons are constants; the gateway turns them into Swedish. Details hold record types, counts and amounts, never names
or texts from the file, because they reach logs.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from kernel.errors import DomainError, FieldViolation, Kind

EMPTY_FILE: Final = "EMPTY_FILE"
FILE_TOO_LARGE: Final = "FILE_TOO_LARGE"
TOO_MANY_ROWS: Final = "TOO_MANY_ROWS"
UNKNOWN_FORMAT: Final = "UNKNOWN_FORMAT"
UNKNOWN_VERSION: Final = "UNKNOWN_VERSION"
WRONG_ENCODING: Final = "WRONG_ENCODING"
TEST_FILE: Final = "TEST_FILE"
TRUNCATED: Final = "TRUNCATED"
MISSING_START: Final = "MISSING_START"
MISSING_END: Final = "MISSING_END"
MISSING_SECTION_END: Final = "MISSING_SECTION_END"
RECORD_OUTSIDE_SECTION: Final = "RECORD_OUTSIDE_SECTION"
RECORD_AFTER_END: Final = "RECORD_AFTER_END"
REPEATED_RECORD: Final = "REPEATED_RECORD"
BAD_RECORD: Final = "BAD_RECORD"
LINE_TOO_LONG: Final = "LINE_TOO_LONG"
BAD_ACCOUNT: Final = "BAD_ACCOUNT"
BAD_AMOUNT: Final = "BAD_AMOUNT"
NEGATIVE_AMOUNT: Final = "NEGATIVE_AMOUNT"
BAD_CODE: Final = "BAD_CODE"
BAD_CURRENCY: Final = "BAD_CURRENCY"
BAD_DATE: Final = "BAD_DATE"
BAD_SERIAL: Final = "BAD_SERIAL"
CURRENCY_MISMATCH: Final = "CURRENCY_MISMATCH"
SUM_MISMATCH: Final = "SUM_MISMATCH"
FOOTER_COUNT: Final = "FOOTER_COUNT"
FOOTER_SUM: Final = "FOOTER_SUM"
DUPLICATE_REFERENCE: Final = "DUPLICATE_REFERENCE"
XML_NOT_WELL_FORMED: Final = "XML_NOT_WELL_FORMED"
XML_FORBIDDEN: Final = "XML_FORBIDDEN"
XML_TOO_COMPLEX: Final = "XML_TOO_COMPLEX"
MISSING_ELEMENT: Final = "MISSING_ELEMENT"

MAX_FAULTS: Final = 100


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault. ``row`` is the payment's number in the file (from 1), or None when it concerns no single payment.

    ``position`` is where a person finds it: ``line 12``, or a path such as ``/Document/…/Ntry[2]/NtryDtls/TxDtls[3]``.
    """

    row: int | None
    position: str
    reason: str
    details: dict[str, str] = field(default_factory=dict)


class PaymentFileRefused(DomainError):
    """The file is not taken in. ``faults`` lists why, at most ``MAX_FAULTS`` of them, at least one."""

    reason = "PAYMENT_FILE_REFUSED"
    kind = Kind.INVALID

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(faults=len(self.faults), first=self.faults[0].reason, position=self.faults[0].position)
        self.violations = tuple(FieldViolation(f.position, f.reason, dict(f.details)) for f in self.faults)


class FaultList:
    """Gathers faults while a file is read; the one that reaches the cap ends the reading."""

    def __init__(self) -> None:
        self._faults: list[FileFault] = []

    def __len__(self) -> int:
        return len(self._faults)

    def add(self, position: str, reason: str, row: int | None = None, **details: object) -> None:
        """Note a fault. Raises ``PaymentFileRefused`` when there are ``MAX_FAULTS`` of them."""
        self._faults.append(FileFault(row, position, reason, {name: str(value) for name, value in details.items()}))
        if len(self._faults) >= MAX_FAULTS:
            raise PaymentFileRefused(self._faults)

    def stop(self, position: str, reason: str, **details: object) -> PaymentFileRefused:
        """The error to raise when reading cannot go on: this fault after those already found."""
        fault = FileFault(None, position, reason, {name: str(value) for name, value in details.items()})
        return PaymentFileRefused([*self._faults, fault])

    def refuse_if_any(self) -> None:
        if self._faults:
            raise PaymentFileRefused(self._faults)
