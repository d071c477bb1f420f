"""The nine statistics and Ärendestatistik, for the clients that the caller may read."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import PermissionDenied
from services.reports.domain.statistics import (
    AGES,
    DEBTORS,
    KINDS,
    OF_INVOICES,
    SERVICES,
    Bucket,
    Line,
    Statistic,
    months,
)
from services.reports.storage import statistics as storage
from services.reports.storage.statistics import AnyRow

Clients = Sequence[UUID] | None

_BY_MONTH: Final[dict[Statistic, Callable[[Tx, Clients, int], list[Bucket]]]] = {
    Statistic.NEW_CASES: storage.new_cases,
    Statistic.CLOSED_CASES: storage.closed_cases,
    Statistic.INVOICES: storage.invoices,
}
_BY_DAY: Final[dict[Statistic, tuple[tuple[str, ...], Callable[[Tx, Clients, date], list[Bucket]]]]] = {
    Statistic.ACTIVE_BY_AGE: (AGES, storage.cases_by_age),
    Statistic.AMOUNT_BY_AGE: (AGES, storage.cases_by_age),
    Statistic.DEBTORS_BY_AGE: (DEBTORS, storage.debtors_by_age),
    Statistic.INVOICES_BY_AGE: (AGES, storage.invoices_by_age),
}


def get(tx: Tx, statistic: Statistic, asked: Sequence[UUID], year: int, today: date) -> list[Bucket]:
    """All buckets of a statistic in their order. Raises PermissionDenied, NotFound."""
    if statistic is Statistic.ACTIVE_BY_SERVICE:
        return _by_service(case_statistics(tx, asked, None, today))
    needed = Permission.LEDGER_READ if statistic in OF_INVOICES else Permission.COLLECTION_READ
    clients = _clients(tx, needed, asked)
    if statistic in _BY_MONTH:
        return _whole(months(year), _BY_MONTH[statistic](tx, clients, year))
    if statistic is Statistic.OWN_OR_AGENT:
        return _whole(KINDS, storage.cases_by_kind(tx, clients))
    keys, ask = _BY_DAY[statistic]
    return _whole(keys, ask(tx, clients, today))


def case_statistics(tx: Tx, asked: Sequence[UUID], service: str | None, today: date) -> list[Line]:
    """Ärendestatistik: what is open by service, or of one by age, as far as the caller may read it.

    Raises PermissionDenied when that is nothing.
    """
    invoices = _readable(tx, Permission.LEDGER_READ, asked)
    cases = _readable(tx, Permission.COLLECTION_READ, asked)
    if invoices == () and cases == ():
        raise PermissionDenied(Permission.LEDGER_READ.label)
    found = storage.lines(tx, invoices, cases, today, service)
    return sorted(found, key=_place)


def cases_of_age(
    tx: Tx, asked: Sequence[UUID], age: str, today: date, after: tuple[date, UUID] | None, size: int
) -> tuple[Sequence[AnyRow], bool]:
    """A page of active cases of one age, and whether there are more. Raises PermissionDenied, NotFound."""
    clients = _clients(tx, Permission.COLLECTION_READ, asked)
    rows = storage.cases_of_age(tx, clients, today, age, after, size + 1)
    return rows[:size], len(rows) > size


def _clients(tx: Tx, permission: Permission, asked: Sequence[UUID]) -> Clients:
    """The clients to count; None for those who may see all and have named none."""
    return tuple(tx.caller.clients_with(permission, asked)) or None


def _readable(tx: Tx, permission: Permission, asked: Sequence[UUID]) -> Clients:
    """Those of the clients that the caller has the permission for; none of them is no error here."""
    caller = tx.caller
    if caller.everywhere & permission.mask:
        return tuple(asked) or None
    return tuple(one for one in asked or caller.clients if caller.clients.get(one, 0) & permission.mask)


def _whole(keys: Iterable[str], found: Iterable[Bucket]) -> list[Bucket]:
    by_key = {bucket.key: bucket for bucket in found}
    return [by_key.get(key, Bucket(key, 0)) for key in keys]


def _by_service(lines: Iterable[Line]) -> list[Bucket]:
    counts = dict.fromkeys(SERVICES, 0)
    for line in lines:
        counts[line.service] += line.count
    return [Bucket(key, count) for key, count in counts.items()]


def _place(line: Line) -> tuple[int, int, bool, str]:
    age = AGES.index(line.age) if line.age else 0
    return SERVICES.index(line.service), age, line.currency != "SEK", line.currency
