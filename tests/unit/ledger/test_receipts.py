"""The chain of receipts: what has been changed is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from services.ledger.domain.kinds import JournalKind
from services.ledger.domain.receipts import Receipt, content_hash, faults_in_chain, hash_of


def a_chain(length: int) -> list[Receipt]:
    chain: list[Receipt] = []
    for number in range(1, length + 1):
        receipt = Receipt(
            client_id=UUID(int=1),
            number=number,
            journal_id=UUID(int=number),
            journal_kind=JournalKind.INVOICES,
            journal_number=number,
            approved_at=datetime(2026, 11, 24, 12, 0, number, tzinfo=UTC),
            approved_by="Ulla",
            item_count=1,
            sums={"SEK": 100},
            item_ids=(UUID(int=100 + number),),
            content_hash=content_hash([number]),
            previous_hash=chain[-1].hash if chain else b"",
        )
        chain.append(replace(receipt, hash=hash_of(receipt)))
    return chain


def test_an_untouched_chain_has_no_faults():
    assert faults_in_chain(a_chain(5)) == []
    assert faults_in_chain([]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"approved_by": "Berit"},
        {"sums": {"SEK": 101}},
        {"item_ids": ()},
        {"content_hash": content_hash([99])},
        {"approved_at": datetime(2026, 11, 25, tzinfo=UTC)},
    ],
)
def test_a_changed_receipt_is_found(change):
    chain = a_chain(3)
    chain[1] = replace(chain[1], **change)
    assert faults_in_chain(chain) == ["receipt 2 is not what was signed"]


def test_a_receipt_signed_anew_breaks_with_the_next():
    chain = a_chain(3)
    forged = replace(chain[1], sums={"SEK": 1})
    chain[1] = replace(forged, hash=hash_of(forged))
    assert faults_in_chain(chain) == ["receipt 3 does not follow the one before it"]


def test_a_missing_receipt_is_found():
    chain = a_chain(3)
    assert faults_in_chain([chain[0], chain[2]]) == ["receipt 2 is missing"]


def test_the_hash_does_not_depend_on_the_zone_of_its_time():
    [receipt] = a_chain(1)
    elsewhere = replace(receipt, approved_at=receipt.approved_at.astimezone(timezone(timedelta(hours=2))))
    assert hash_of(elsewhere) == receipt.hash


def test_items_cannot_be_moved_between_each_other():
    assert content_hash(["ab", "c"]) != content_hash(["a", "bc"])
    assert content_hash([{"a": 1, "b": 2}]) == content_hash([{"b": 2, "a": 1}])
