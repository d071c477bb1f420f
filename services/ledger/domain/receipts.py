"""Receipts of approved journals: each is hashed together with the one before it, so that none can be changed unseen.

The hash is SHA-256 over a canonical form: JSON with sorted keys, no spaces, UTF-8; UUIDs and times as text.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.ledger.domain.kinds import JournalKind


@dataclass(frozen=True, slots=True)
class Receipt:
    """What approving a journal made real."""

    client_id: UUID
    number: int  # in the client's chain, from 1
    journal_id: UUID
    journal_kind: JournalKind
    journal_number: int
    approved_at: datetime
    approved_by: str
    item_count: int
    sums: Mapping[str, int]  # currency -> minor units
    item_ids: tuple[UUID, ...]  # what was made, in the order of the items
    content_hash: bytes  # of the items themselves
    previous_hash: bytes  # empty for the first
    hash: bytes = b""


def canonical(value: Any) -> bytes:
    """The one way to write a value down for hashing. Numbers are whole; anything else is text."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return text.encode()


def content_hash(items: Iterable[Any]) -> bytes:
    """The hash of a journal's items, in their order."""
    running = hashlib.sha256()
    for item in items:
        one = canonical(item)
        running.update(len(one).to_bytes(8, "big"))
        running.update(one)
    return running.digest()


def hash_of(receipt: Receipt) -> bytes:
    """The hash that belongs to a receipt; ``receipt.hash`` itself does not count."""
    return hashlib.sha256(
        canonical(
            {
                "client": str(receipt.client_id),
                "number": receipt.number,
                "journal": str(receipt.journal_id),
                "kind": receipt.journal_kind.value,
                "journal_number": receipt.journal_number,
                "at": receipt.approved_at.astimezone(UTC).isoformat(timespec="microseconds"),
                "by": receipt.approved_by,
                "count": receipt.item_count,
                "sums": dict(receipt.sums),
                "items": [str(item_id) for item_id in receipt.item_ids],
                "content": receipt.content_hash.hex(),
                "previous": receipt.previous_hash.hex(),
            }
        )
    ).digest()


def faults_in_chain(chain: Sequence[Receipt]) -> list[str]:
    """What is wrong with a client's receipts, given in order from the first; empty if nothing is."""
    faults: list[str] = []
    previous = b""
    for place, receipt in enumerate(chain, start=1):
        if receipt.number != place:
            faults.append(f"receipt {place} is missing")
            break
        if receipt.previous_hash != previous:
            faults.append(f"receipt {place} does not follow the one before it")
        if receipt.hash != hash_of(receipt):
            faults.append(f"receipt {place} is not what was signed")
        previous = receipt.hash
    return faults
