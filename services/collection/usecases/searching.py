"""The list of cases."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from services.collection.storage import cases, rates, search
from services.collection.storage.cases import AnyRow
from services.collection.storage.search import COUNTED_TO, Wanted
from services.collection.usecases.opening import as_of


@dataclass(frozen=True, slots=True)
class Hits:
    """A page of cases, each with what remains today in öre."""

    lines: Sequence[tuple[AnyRow, int]]
    next_number: int | None  # the next page is below this number; None on the last one
    total: int  # -1 when more than COUNTED_TO


def find(tx: Tx, clients: Sequence[UUID], wanted: Wanted, before: int | None, size: int) -> Hits:
    """The cases of these clients, or of all that the caller may read, highest number first.

    A search for an ID number leaves a trace of the search, not of the number. Raises PermissionDenied, NotFound.
    """
    allowed = tx.caller.clients_with(Permission.COLLECTION_READ, clients)
    wanted = replace(wanted, clients=tuple(allowed) or None)  # none by name: all, for those who see all
    rows = search.page(tx, wanted, before, size + 1)
    total = search.count(tx, wanted)
    if wanted.id_number is not None:
        tx.audit("collection.id_number_searched", "case", "", None, hits=min(total, COUNTED_TO))
    shown = rows[:size]
    return Hits(
        lines=_with_remaining(tx, shown),
        next_number=shown[-1].number if len(rows) > size else None,
        total=total if total <= COUNTED_TO else -1,
    )


def _with_remaining(tx: Tx, lines: Sequence[AnyRow]) -> list[tuple[AnyRow, int]]:
    """Each line with its debt of today, for the whole page from one query of claims and one of rates.

    The same sum as the balance of an opened case, without its parts.
    """
    claims = cases.claims(tx, [(line.client_id, line.id) for line in lines])
    known_rates = rates.reference_rates(tx)
    answer = []
    for line in lines:
        accrued = sum(
            stored.claim.known_interest(as_of(line), known_rates)[0].total_minor for stored in claims[line.id]
        )
        interest_minor = accrued - line.interest_paid_minor
        answer.append((line, line.capital_remaining_minor + line.costs_remaining_minor + interest_minor))
    return answer
