"""The constants of files and of matching in Swedish."""

from collections.abc import Mapping
from typing import Final

from rf.files.v1 import uploads_pb2
from rf.ledger.v1 import payments_pb2

FORMAT: Final[Mapping[str, str]] = {
    "BGMAX": "Bankgirots BgMax",
    "CAMT_054": "camt.054 (inbetalningar)",
    "CAMT_053": "camt.053 (kontoutdrag)",
}
STATUS: Final[Mapping[int, tuple[str, str, str]]] = {  # word, look and icon of the chip
    uploads_pb2.UPLOAD_STATUS_RECEIVED: ("Läses", "info", "hourglass-split"),
    uploads_pb2.UPLOAD_STATUS_PARSED: ("Väntar på dig", "warn", "clock"),
    uploads_pb2.UPLOAD_STATUS_REFUSED: ("Inte mottagen", "err", "x-octagon-fill"),
    uploads_pb2.UPLOAD_STATUS_ACCEPTED: ("Skickad", "ok", "check-lg"),
}
UNKNOWN_STATUS: Final = ("", "", "")
VERDICT: Final[Mapping[int, tuple[str, str, str]]] = {
    payments_pb2.MATCH_VERDICT_OCR: ("OCR", "ok", "check-circle-fill"),
    payments_pb2.MATCH_VERDICT_INVOICE_NUMBER: ("Fakturanummer", "ok", "check-circle-fill"),
    payments_pb2.MATCH_VERDICT_UNPLACED: ("Oplacerad", "warn", "exclamation-triangle-fill"),
    payments_pb2.MATCH_VERDICT_DUPLICATE: ("Dubblett", "info", "files"),
}
LEFT_ASIDE: Final = ("Lämnas åt sidan", "", "x-circle")
NOT_LOOKED_AT: Final = ("Ej prövad", "", "clock")
NOTE: Final[Mapping[str, str]] = {  # why a row is left aside
    "REVERSAL": "Återföring av en tidigare betalning.",
    "DEDUCTION": "Avdrag, ingen inbetalning.",
    "BATCH": "Klumpsumma: banken säger inte vilka betalningar som ingår.",
    "ZERO_AMOUNT": "Beloppet är noll.",
    "AMOUNT": "Beloppet är större än reskontran tar emot.",
    "CURRENCY": "Valutan finns inte i reskontran.",
    "DATE": "Bokföringsdagen är utanför det som reskontran tar emot.",
}


def format_name(name: str, version: str) -> str:
    """``Bankgirots BgMax, version 01``; empty for a file that was not recognised."""
    known = FORMAT.get(name, "")
    return f"{known}, version {version}" if known and version else known


def size(size_bytes: int) -> str:
    """``41 kB``, ``3,2 MB``."""
    if size_bytes < 1_000:
        return f"{size_bytes} byte"
    if size_bytes < 1_000_000:
        return f"{size_bytes // 1_000} kB"
    return f"{size_bytes / 1_000_000:.1f} MB".replace(".", ",")
