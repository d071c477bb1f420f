"""How the web works for a person: what stands on the start page, and Smarttab (manual §3.2.1–3.2.6).

One document of the person's at auth, read at most once for a page. What cannot be read is as if nothing was chosen.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from flask import g

from kernel.errors import DomainError, Kind
from rf.auth.v1.documents_pb2 import (
    DOCUMENT_KIND_PREFERENCE,
    Document,
    GetDocumentRequest,
    PutDocumentRequest,
)

KEY: Final = "settings"
STATISTICS: Final = {
    "new_cases": "Nya ärenden per månad under året",
    "active_by_service": "Aktiva ärenden fördelat på tjänst",
    "closed_cases": "Avslutade ärenden per månad under året",
    "active_by_invoice_age": "Aktiva ärenden fördelat på fakturans ålder",
    "amount_by_invoice_age": "Belopp fördelat på fakturans ålder",
    "debtors_by_age": "Gäldenärer fördelat på ålder",
    "own_or_agent": "Ärenden egen inkasso/ombudsinkasso",
    "invoices_by_age": "Åldersfördelning fakturor",
    "invoices_per_month": "Fakturor per månad under året",
}
"""The nine (S-1 to S-9) in the manual's order, by the name that a choice is kept under."""

MIN_CASES: Final = 1
MAX_CASES: Final = 50


@dataclass(frozen=True)
class Preferences:
    """What somebody has chosen; as it stands here before they have."""

    welcome: bool = True  # Välkomsttext; the login information stays without it
    case_statistics: bool = True  # Ärendestatistik
    statistics: bool = True  # Statistik at all, whatever is picked
    chosen_statistics: tuple[str, ...] = ("new_cases", "amount_by_invoice_age", "invoices_per_month")
    case_list: bool = True  # Ärendelista
    latest_cases: int = 10  # Visa de senaste
    question_list: bool = True  # the shortcut to Processa frågelista
    smarttab: bool = True  # Använd smarttab vid registrering av faktura

    @property
    def shown_statistics(self) -> tuple[str, ...]:
        """Names of the statistics that the start page shows, in the manual's order."""
        return tuple(name for name in STATISTICS if self.statistics and name in self.chosen_statistics)


def mine() -> Preferences:
    """Those of the person whose page this is."""
    kept: Preferences | None = g.get("preferences")
    if kept is None:
        kept = g.preferences = _from(read(KEY))
    return kept


def save(chosen: Preferences, request_id: str) -> None:
    """Keep them, over what was chosen before in this tab or another."""
    write(KEY, asdict(chosen), request_id)
    g.preferences = chosen


def read(key: str) -> Mapping[str, Any]:
    """A document of the person's choices; empty where there is none, or none that can be read now."""
    try:
        body = g.auth.documents.GetDocument(GetDocumentRequest(kind=DOCUMENT_KIND_PREFERENCE, key=key)).document.body
        written = json.loads(body)
    except DomainError as error:
        if error.kind not in {Kind.NOT_FOUND, Kind.UNAVAILABLE}:
            raise
        return {}
    except ValueError:
        return {}
    return written if isinstance(written, dict) else {}


def write(key: str, chosen: Mapping[str, Any], request_id: str) -> None:
    """Keep a document of the person's choices."""
    document = Document(kind=DOCUMENT_KIND_PREFERENCE, key=key, body=json.dumps(chosen))
    g.auth.documents.PutDocument(PutDocumentRequest(request_id=request_id, document=document))


def _from(written: Mapping[str, Any]) -> Preferences:
    """Those of a document; a later or earlier version of the web may have written it."""
    given = {field.name: written[field.name] for field in fields(Preferences) if field.name in written}
    picked = given.pop("chosen_statistics", Preferences.chosen_statistics)
    latest = given.pop("latest_cases", Preferences.latest_cases)
    return Preferences(
        **{name: value is True for name, value in given.items()},
        chosen_statistics=tuple(name for name in STATISTICS if isinstance(picked, list | tuple) and name in picked),
        latest_cases=latest if type(latest) is int and MIN_CASES <= latest <= MAX_CASES else Preferences.latest_cases,
    )
