"""Facts and statuses of an invoice ``i`` as SQL conditions, and in which parts of the indexes they can hold."""

from collections.abc import Mapping, Sequence

from services.ledger.domain.kinds import Fact, Status

OVERDUE = "i.open_minor > 0 AND i.due_date < :today"
NOT_OVERDUE = "(i.due_date >= :today OR i.open_minor < 0)"
PAID = "i.phase >= 5"  # what a final invoice has replaced is not paid
REMINDED = "i.reminded_at IS NOT NULL"
COLLECTION = "i.sent_to_collection_on IS NOT NULL"
FACTS: Mapping[Fact, str] = {
    Fact.OVERDUE: OVERDUE,
    Fact.PAID: PAID,
    Fact.NOT_DUE: f"i.open_minor <> 0 AND {NOT_OVERDUE}",
    Fact.REMINDED: REMINDED,
    Fact.COLLECTION: COLLECTION,
}
OPEN_FACTS: Mapping[Fact, str] = {
    Fact.OVERDUE: OVERDUE,
    Fact.NOT_DUE: NOT_OVERDUE,
    Fact.REMINDED: REMINDED,
    Fact.COLLECTION: COLLECTION,
}
SETTLED_FACTS: Mapping[Fact, str] = {
    Fact.PAID: PAID,
    Fact.REMINDED: REMINDED,
    Fact.COLLECTION: COLLECTION,
}
_AFTER_COLLECTION = frozenset({Status.COLLECTION, Status.FINAL_INVOICED, Status.CREDITED, Status.PAID})
STATUSES_OF: Mapping[Fact, frozenset[Status]] = {
    Fact.OVERDUE: frozenset({Status.OVERDUE, Status.REMINDED, Status.COLLECTION}),
    Fact.NOT_DUE: frozenset({Status.TO_BE_INVOICED, Status.NOT_DUE, Status.REMINDED, Status.COLLECTION}),
    Fact.PAID: frozenset({Status.CREDITED, Status.PAID}),
    Fact.REMINDED: _AFTER_COLLECTION | {Status.REMINDED},
    Fact.COLLECTION: _AFTER_COLLECTION,
}
STATUSES: Mapping[Status, Sequence[str]] = {
    Status.TO_BE_INVOICED: [f"i.phase = 0 AND {NOT_OVERDUE}"],
    Status.NOT_DUE: [f"i.phase = 1 AND {NOT_OVERDUE}"],
    Status.OVERDUE: [f"i.phase = 0 AND {OVERDUE}", f"i.phase = 1 AND {OVERDUE}"],
    Status.REMINDED: ["i.phase = 2"],
    Status.COLLECTION: ["i.phase = 3"],
    Status.FINAL_INVOICED: ["i.phase = 4"],  # nothing of it is open, nor is it paid
    Status.CREDITED: ["i.phase = 5"],
    Status.PAID: ["i.phase = 6"],
}
"""The phases that a status may be in, each one part of an index, and what must hold besides."""

RANKS: Mapping[Status, str] = {status: str(rank) for rank, status in enumerate(Status)}
STATUS_RANK = f"CASE WHEN i.phase > 1 THEN i.phase + 1 WHEN {OVERDUE} THEN 2 ELSE i.phase END"
"""The place of a status in the order of Status, and the same of an invoice."""
