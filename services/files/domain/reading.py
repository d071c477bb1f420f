"""A payment file of any known format."""

from typing import BinaryIO

from services.files.domain import bgmax, camt, faults
from services.files.domain.faults import FaultList
from services.files.domain.limited import LIMITS, Limits
from services.files.domain.payments import Format, PaymentFile
from services.files.domain.recognition import HEAD_BYTES, after_prolog, head_text, recognise


def read(source: BinaryIO, *, allow_test: bool = False, limits: Limits = LIMITS) -> PaymentFile:
    """The payments of the file; ``source`` stands at its beginning and can seek.

    Raises ``PaymentFileRefused`` with every fault found, among them ``UNKNOWN_FORMAT``.
    """
    head = source.read(HEAD_BYTES)
    source.seek(0)
    match recognise(head).format:
        case Format.BGMAX:
            return bgmax.parse(source, allow_test=allow_test, limits=limits)
        case Format.CAMT_053 | Format.CAMT_054:
            return camt.parse(source, limits=limits)
    raise FaultList().stop("", _why_unknown(head))


def _why_unknown(head: bytes) -> str:
    if not head.strip():
        return faults.EMPTY_FILE
    if after_prolog(head_text(head)).upper().startswith("<!DOCTYPE"):
        return faults.XML_FORBIDDEN
    return faults.UNKNOWN_FORMAT
