"""The nine statistics as charts: what reports counted, in Swedish words, shapes and sentences (manual §3.2.3, §6.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.preferences import STATISTICS
from gateway.presentation import number
from kernel.formats import format_amount
from rf.reports.v1 import statistics_pb2 as pb
from rf.reports.v1.statistics_pb2 import Bucket, GetStatisticResponse

AGES: Final[Mapping[str, str]] = {
    "NOT_DUE": "Ej förfallet",
    "30": "1–30 dagar",
    "60": "31–60 dagar",
    "90": "61–90 dagar",
    "180": "91–180 dagar",
    "365": "181–365 dagar",
    "OLDER": "Över 365 dagar",
}
SERVICES: Final[Mapping[str, str]] = {
    "INVOICING": "Fakturaservice",
    "LEDGER": "Reskontraservice",
    "REMINDER": "Påminnelse",
    "COLLECTION": "Inkasso",
    "SURVEILLANCE": "Långtidsbevakning",
}
_DEBTORS: Final = {
    "UNDER_18": "Under 18", "18_25": "18–25", "26_35": "26–35", "36_45": "36–45", "46_55": "46–55", "56_65": "56–65",
    "OVER_65": "Över 65", "COMPANY": "Företag", "UNKNOWN": "Okänd",
}  # fmt: skip
_KINDS: Final = {"OWN": "Egen inkasso", "AGENT": "Ombudsinkasso"}
_NOTES: Final = {"OWN": "Kravet ställs i ert namn", "AGENT": "Kravet ställs av Resultat Finans som ombud"}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_AGE_FILLS: Final = dict(zip(AGES, ("s1", "s2", "s3", "s34", "s34", "s4", "s5"), strict=True))
_KIND_FILLS: Final = ("c1", "c3", "c2", "c4", "c5")
_SHORT_AGES: Final = dict(zip(AGES, ("Ej förf.", "1–30", "31–60", "61–90", "91–180", "181–365", "> 365"), strict=True))
_UNITS: Final = ((100_000_000, 2, "mkr"), (100_000, 0, "tkr"), (100, 0, "kr"))  # öre in one, decimals, name

Url = Callable[[str], str]
"""The address of what stands behind a bucket; empty where there is no such page."""


@dataclass(frozen=True)
class Chart:
    """What a statistics box shows: a shape with its parts, and the same as rows of a table."""

    name: str
    title: str
    point: str  # one sentence
    shape: str  # columns, bars, split
    parts: Sequence[Mapping[str, Any]]
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    ticks: Sequence[tuple[int, str]] = ()
    years: tuple[int, int] | None = None
    note: str = ""

    @property
    def label(self) -> str:
        return f"{self.title}. {self.point}"


@dataclass(frozen=True)
class Statistic:
    """One of the nine: its number in the contract, what must be readable, and how it is drawn."""

    number: "pb.Statistic.ValueType"
    permissions: tuple[str, ...]
    draw: Callable[[str, GetStatisticResponse, Url], Chart]
    words: Mapping[str, str] = field(default_factory=dict)


def draw(name: str, answer: GetStatisticResponse, url: Url) -> Chart:
    """The chart of a statistic."""
    return BY_NAME[name].draw(name, answer, url)


def _months(what: str) -> Callable[[str, GetStatisticResponse, Url], Chart]:
    def chart(name: str, answer: GetStatisticResponse, url: Url) -> Chart:
        before, these = answer.buckets[:12], answer.buckets[12:]
        year, running = int(these[0].key[:4]), answer.day.month if answer.day.year == int(these[0].key[:4]) else 0
        top = max(these, key=lambda one: one.count)
        parts = [
            {
                "label": month,
                "value": now.count,
                "text": number(now.count) if now.count and (now is top or place == running) else "",
                "running": place == running,
                "last_year": last.count if any(one.count for one in before) else None,
                "url": url(now.key) if now.count else "",
            }
            for place, (month, now, last) in enumerate(zip(_MONTHS, these, before, strict=True), start=1)
        ]
        total, earlier = (sum(one.count for one in of) for of in (these, before))
        point = f"{number(total)} {what} {year}" + (f", {number(earlier)} hela {year - 1}" if earlier else "")
        rows = [
            (month, number(now.count), number(last.count))
            for month, now, last in zip(_MONTHS, these, before, strict=True)
        ]
        return Chart(
            name,
            STATISTICS[name],
            point,
            "columns",
            parts,
            ("Månad", str(year), str(year - 1)),
            rows,
            ticks=[(value, number(value)) for value in ticks(max(one.count for one in answer.buckets))],
            years=(year, year - 1) if earlier else None,
            note=f"{_MONTHS[running - 1].capitalize()} pågår" if running else "",
        )

    return chart


def _bars(
    words: Mapping[str, str], fills: Mapping[str, str], say: Callable[[Sequence[Bucket], int], str]
) -> Callable[[str, GetStatisticResponse, Url], Chart]:
    def chart(name: str, answer: GetStatisticResponse, url: Url) -> Chart:
        total = sum(one.count for one in answer.buckets)
        parts = [
            {
                "label": words[one.key],
                "value": one.count,
                "text": f"{_percent(one.count, total)} %",
                "extra": number(one.count),
                "fill": fills.get(one.key, "c1"),
                "url": url(one.key) if one.count else "",
            }
            for one in answer.buckets
        ]
        return Chart(
            name, STATISTICS[name], say(answer.buckets, total), "bars", parts, ("", "Antal", "Andel"), _shares(parts)
        )

    return chart


def _split(
    words: Mapping[str, str], notes: Mapping[str, str], say: Callable[[int], str]
) -> Callable[[str, GetStatisticResponse, Url], Chart]:
    def chart(name: str, answer: GetStatisticResponse, url: Url) -> Chart:
        total = sum(one.count for one in answer.buckets)
        parts = [
            {
                "label": words[one.key],
                "fill": fill,
                "per_mille": one.count * 1000 // total,
                "text": f"{_percent(one.count, total)} %",
                "count": one.count,
                "extra": number(one.count),
                "note": notes.get(one.key, ""),
                "url": url(one.key),
            }
            for one, fill in zip(answer.buckets, _KIND_FILLS, strict=False)
            if one.count
        ]
        return Chart(name, STATISTICS[name], say(total), "split", parts, ("", "Antal", "Andel"), _shares(parts))

    return chart


def _amounts(name: str, answer: GetStatisticResponse, url: Url) -> Chart:
    top = max(one.amount.minor_units for one in answer.buckets)
    size, decimals, unit = next(((s, d, u) for s, d, u in _UNITS if top >= s), _UNITS[-1])

    def short(minor: int) -> str:
        return format_amount(round(minor * 10**decimals / size), decimals)

    parts = [
        {
            "label": _SHORT_AGES[one.key],
            "value": one.amount.minor_units,
            "text": short(one.amount.minor_units),
            "fill": _AGE_FILLS[one.key],
            "url": url(one.key) if one.count else "",
        }
        for one in answer.buckets
    ]
    total = sum(one.amount.minor_units for one in answer.buckets)
    steps = ticks(round(top / size * 10**decimals))
    return Chart(
        name,
        STATISTICS[name],
        f"{format_amount(total)} kr i aktiva ärenden, {unit} efter ålder i dagar",
        "columns",
        parts,
        ("", "Antal", "Belopp, kr"),
        [(AGES[one.key], number(one.count), format_amount(one.amount.minor_units)) for one in answer.buckets],
        ticks=[(step * size // 10**decimals, format_amount(step, decimals)) for step in steps],
    )


def _shares(parts: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    return [(part["label"], part["extra"], part["text"]) for part in parts]


def _percent(count: int, total: int) -> int:
    return round(count * 100 / total) if total else 0


def ticks(top: int) -> list[int]:
    """Marks of an axis from zero up to at least ``top``: at most five, at round numbers."""
    step = 1
    while step * 4 < top:
        step = next(larger for of in (1, 2, 5, 10) if (larger := of * 10 ** (len(str(step)) - 1)) > step)
    return [step * place for place in range(max(-(-top // step), 1) + 1)]


def _young(buckets: Sequence[Bucket], total: int) -> str:
    young = sum(one.count for one in buckets[:4])
    return f"{_percent(young, total)} % är yngre än 91 dagar" if total else "Inga aktiva ärenden"


def _overdue(buckets: Sequence[Bucket], total: int) -> str:
    return f"{number(total)} öppna fakturor, {_percent(total - buckets[0].count, total)} % förfallna"


_CASES, _INVOICES = ("collection.read",), ("ledger.read",)
BY_NAME: Final[Mapping[str, Statistic]] = {
    "new_cases": Statistic(pb.STATISTIC_NEW_CASES, _CASES, _months("nya")),
    "active_by_service": Statistic(
        pb.STATISTIC_ACTIVE_BY_SERVICE,
        (*_INVOICES, *_CASES),
        _split(SERVICES, {}, lambda total: f"{number(total)} aktiva ärenden"),
    ),
    "closed_cases": Statistic(pb.STATISTIC_CLOSED_CASES, _CASES, _months("avslutade")),
    "active_by_invoice_age": Statistic(pb.STATISTIC_ACTIVE_BY_AGE, _CASES, _bars(AGES, _AGE_FILLS, _young)),
    "amount_by_invoice_age": Statistic(pb.STATISTIC_AMOUNT_BY_AGE, _CASES, _amounts),
    "debtors_by_age": Statistic(
        pb.STATISTIC_DEBTORS_BY_AGE,
        _CASES,
        _bars(_DEBTORS, {}, lambda _, total: f"{number(total)} gäldenärer i aktiva ärenden"),
    ),
    "own_or_agent": Statistic(
        pb.STATISTIC_OWN_OR_AGENT, _CASES, _split(_KINDS, _NOTES, lambda total: f"Av {number(total)} aktiva ärenden")
    ),
    "invoices_by_age": Statistic(pb.STATISTIC_INVOICES_BY_AGE, _INVOICES, _bars(AGES, _AGE_FILLS, _overdue)),
    "invoices_per_month": Statistic(pb.STATISTIC_INVOICES, _INVOICES, _months("registrerade")),
}
