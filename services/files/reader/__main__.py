"""Reads one payment file in a process of its own: ``… <file> <cpu seconds> <bytes> <business day>``.

It has no settings, no credentials and no network to speak of, and ends itself at its limits, so that whatever a file
does to it costs one try of one upload. Writes JSON lines: first what the file is or its faults, then a row a line.
"""

import json
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from services.files.domain import ledger_payments, reading
from services.files.domain.faults import MAX_FAULTS, PaymentFileRefused
from services.files.domain.ledger_payments import LedgerPayment
from services.files.domain.recognition import HEAD_BYTES, recognise

OUT_OF_MEMORY = 3


def main(path: str, cpu_s: int, memory_bytes: int, today: date) -> int:
    """The exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with Path(path).open("rb") as source:
            for line in _lines(source, today):
                sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _lines(source: BinaryIO, today: date) -> Iterator[Any]:
    known = recognise(source.read(HEAD_BYTES))
    source.seek(0)
    head: dict[str, Any] = {"format": known.format, "version": known.version}
    try:
        file = reading.read(source)
    except PaymentFileRefused as refused:
        faults = refused.faults[:MAX_FAULTS]
        yield head | {"faults": [[fault.row or 0, fault.position, fault.reason, fault.details] for fault in faults]}
        return
    rows = list(ledger_payments.of_file(file, today))
    sums: Counter[str] = Counter()
    for row in rows:
        if not row.note:
            sums[row.currency] += row.amount_minor
    payments = sum(not row.note for row in rows)
    yield {
        "format": file.format,
        "version": file.version,
        "message_id": file.message_id[:200],
        "payments": payments,
        "ignored": len(file.ignored) + len(rows) - payments,
        "sums": sums,
    }
    yield from map(_row, rows)


def _row(row: LedgerPayment) -> list[Any]:
    return [
        row.row_no,
        row.bank_reference,
        row.amount_minor,
        row.currency,
        row.booking_date.isoformat(),
        row.payer_name,
        row.payer_account,
        [[one.value, one.is_ocr, one.part_minor] for one in row.references],
        row.message,
        row.note,
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), date.fromisoformat(sys.argv[4])))
