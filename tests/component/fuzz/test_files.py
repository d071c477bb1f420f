"""Every file, whole or spoilt, is read or refused with reasons that the web has words for; nothing of it runs or grows.

The long way, by the form and a process of its own, is asked in `test_pages.py`; here it is the reader alone, often.
"""

from datetime import date
from io import BytesIO
from random import Random

import pytest

from gateway import file_texts
from services.files.domain import ledger_payments, reading
from services.files.domain.faults import PaymentFileRefused
from services.files.domain.recognition import HEAD_BYTES, recognise
from tests.component.fuzz import conftest, samples

INPUTS = conftest.INPUTS // 10
TODAY = date(2026, 6, 15)


def outcome(content: bytes) -> str:
    """The first reason why a file is refused; how many rows it has otherwise."""
    recognise(content[:HEAD_BYTES], "betalningar.xml")
    try:
        rows = list(ledger_payments.of_file(reading.read(BytesIO(content)), TODAY))
    except PaymentFileRefused as refused:
        for fault in refused.faults:
            assert file_texts.fault(fault.reason, {name: str(value) for name, value in fault.details.items()})
            assert fault.reason in file_texts.FAULTS
        return refused.faults[0].reason
    assert all(row.amount_minor >= 0 for row in rows)
    return f"{len(rows)} rows"


def test_whole_files_are_read() -> None:
    """So the spoilt ones below are refused for what happened to them."""
    assert {outcome(samples.whole(Random(seed))) for seed in range(20)} == {"1 rows", "2 rows"}


@pytest.mark.parametrize("bomb", range(len(samples.BOMBS)))
def test_no_bomb_is_read(bomb: int) -> None:
    assert not outcome(samples.BOMBS[bomb]()).endswith("rows")


def test_no_spoilt_file_does_harm() -> None:
    chance = Random(conftest.SEED)
    wrong: dict[str, bytes] = {}
    for number in range(INPUTS):
        content = samples.spoilt(chance)
        try:
            outcome(content)
        except Exception as error:  # noqa: BLE001 - each kind is shown once
            wrong.setdefault(f"{error!r} at input {number}", content[:500])
    assert wrong == {}
