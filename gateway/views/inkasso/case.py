"""Ärendeinformation: one case, read-only (manual §5.1.1)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis import business_day
from gateway.forms.case_search import CaseSearch
from gateway.presentation import amount, money
from gateway.rendering import page
from gateway.session import needs
from gateway.views import messages
from gateway.views.inkasso.blueprint import inkasso
from gateway.views.inkasso.words import COST, KIND, NO_STATUS, SETTLED, STATUS
from gateway.views.messages import MessageBox
from kernel.identity import Identity
from rf.collection.v1 import cases_pb2
from rf.collection.v1.cases_pb2 import Case, CaseEvent, DebtPart, GetCaseRequest
from rf.collection.v1.messages_pb2 import ThreadSubject
from rf.type.v1.money_pb2 import Money

ID_DIGITS = 12


@inkasso.get("/arende/<uuid:case_id>")
@needs("collection.read")
def case(case_id: UUID) -> ResponseReturnValue:
    return _page(_fetch(case_id))


@inkasso.post("/arende/<uuid:case_id>/notering")
@needs("collection.read")
def leave_note(case_id: UUID) -> ResponseReturnValue:
    """Lämna notering till handläggare: into the thread about the case (D-06)."""
    found = _fetch(case_id)
    box = messages.send(found.line.client_id, ThreadSubject(case_id=found.line.case_id))
    if box.fault:
        return _page(found, 422, box)
    query = CaseSearch.read(request.args).query()
    return redirect(url_for("inkasso.case", case_id=case_id, klart="notering", **query), 303)


def _fetch(case_id: UUID) -> Case:
    found: Case = g.collection.cases.GetCase(GetCaseRequest(case_id=str(case_id))).case
    return found


def _page(found: Case, status: int = 200, written: MessageBox | None = None) -> ResponseReturnValue:
    box = messages.fill(written or MessageBox(), found.line.client_id, ThreadSubject(case_id=found.line.case_id))
    asked = CaseSearch.read(request.args)
    parts = [("Kapital", found.capital), ("Ränta", found.interest), ("Kostnader", found.costs)]
    return page(
        "inkasso/arende.html",
        status,
        case=found,
        message=box,
        note_url=url_for("inkasso.leave_note", case_id=found.line.case_id, **asked.query()),
        note_open=bool(box.fault) or any(one["new"] for one in box.messages) or "klart" in request.args,
        line=found.line,
        client=g.session.client_name(found.line.client_id),
        kind=KIND.get(found.line.kind, ""),
        state=STATUS.get(found.line.status, NO_STATUS),
        debtors=[_debtor(one) for one in found.debtors],
        today=business_day.today(),
        parts=parts,
        total=_total([part for _, part in parts]),
        costs=[(COST.get(one.kind, ""), one) for one in found.cost_items],
        events=[_event(one, found) for one in found.events],
        missing=_missing(found.missing_reference_rate),
        back_url=url_for("inkasso.search", tillbaka=1, **asked.query()) if asked.asked else url_for("inkasso.search"),
        one_hit="ett" in request.args,
        from_search=asked.asked,
        may_read_ledger=g.session.may("ledger.read"),
    )


def masked(id_number: str) -> str:
    """``19860217-••••``; the number of a company is public."""
    if len(id_number) == ID_DIGITS and id_number.isascii() and id_number.isdigit():
        return Identity(id_number).masked
    return f"{id_number[:6]}-••••" if id_number else ""


def _debtor(one: cases_pb2.Debtor) -> dict[str, Any]:
    town = f"{one.postcode[:3]} {one.postcode[3:]} {one.town}".strip() if one.postcode else one.town
    abroad = one.country_code if one.country_code not in {"", "SE"} else ""
    lines = [f"c/o {one.care_of}" if one.care_of else "", one.street, town, abroad]
    return {
        "name": one.name,
        "protected": one.protected_identity,
        "address": [line for line in lines if line],
        "phone": one.phone,
        "email": one.email,
        "id_number": masked(one.id_number),
        "id_label": "Organisationsnr" if one.is_company else "ID-nummer",
        "customer_number": one.customer_number,
        "fetched": bool(one.name or one.protected_identity),
    }


def _total(parts: Sequence[DebtPart]) -> dict[str, int]:
    """Sums of the columns; a case is in one currency."""
    return {
        column: sum(getattr(part, column).minor_units for part in parts)
        for column in ("original", "added", "paid", "remaining")
    }


def _event(event: CaseEvent, found: Case) -> dict[str, Any]:
    """A row of the timeline; what changed the debt is weighty."""
    figure = _money(event.amount) if event.HasField("amount") else ""
    title, text = {
        "REGISTERED": ("Ärendet registrerat", f"Kapital {figure}." if figure else ""),
        "COST_ADDED": (f"Kostnad {figure}", "Läggs på skulden."),
        "PAYMENT": (f"Inbetalning {figure}", _settlement(event.settlement)),
        "INTEREST_RATE_MISSING": (
            f"Inbetalning {figure} väntar",
            "Referensräntan för halvåret saknas. Beloppet avräknas när den har lagts in.",
        ),
        "CLOSED": ("Ärendet avslutat", STATUS.get(found.line.status, NO_STATUS)[0]),
    }.get(event.kind, ("Händelse", figure))
    weighty = event.kind in {"REGISTERED", "COST_ADDED", "PAYMENT", "CLOSED"}
    return {"title": title, "day": event.at, "text": text, "state": "weighty" if weighty else ""}


def _settlement(shares: Sequence[Money]) -> str:
    """How a payment was settled: ``Avräknat: kostnader 60,00, kapital 614,56.``"""
    said = [
        f"{name} {amount(share.minor_units, share.currency_code)}"
        for name, share in zip(SETTLED, shares, strict=False)
        if share.minor_units
    ]
    return f"Avräknat: {', '.join(said)}." if said else ""


def _money(value: Money) -> str:
    return money(value.minor_units, value.currency_code)


def _missing(half_year: str) -> str:
    """``2026H2`` as ``andra halvåret 2026``."""
    year, _, half = half_year.partition("H")
    return f"{'första' if half == '1' else 'andra'} halvåret {year}" if year and half else ""
