"""Sök: cases by number, invoice, customer, debtor or day (manual §5.1)."""

from typing import Any

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis import business_day
from gateway import texts
from gateway.forms.case_search import ACTIVITIES, DAYS, EXAMPLES, TERMS, CaseSearch
from gateway.presentation import number
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.inkasso.blueprint import inkasso
from gateway.views.inkasso.words import KIND, NO_STATUS, STATUS
from kernel.errors import DomainError, FieldViolation, Kind
from rf.collection.v1.cases_pb2 import CaseLine, SearchCasesResponse

RESULT = "resultat"


@inkasso.get("/sok")
@needs("collection.read")
def search() -> ResponseReturnValue:
    """The form; with its result once something was asked for. One hit is the case itself (D-02)."""
    asked = CaseSearch.read(request.args)
    if not asked.asked:
        return page("inkasso/sok.html", **_form(asked), faults={}, found=None)
    client_ids = g.session.scope("collection.read")
    today = business_day.today()
    wrong = asked.faults(today)
    if wrong:
        return _refused(asked, [FieldViolation(name, *reason) for name, reason in wrong.items()])
    try:
        answer: SearchCasesResponse = g.collection.cases.SearchCases(asked.request(client_ids, today))
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        if any(violation.field.startswith("page_") for violation in error.violations):
            return redirect(url_for("inkasso.search", **asked.from_start().query()), 303)
        names = {field: name for name, _, field in (*TERMS, *DAYS)}
        return _refused(asked, [FieldViolation(names.get(v.field, ""), v.reason, v.details) for v in error.violations])
    if answer.total_count == 1 and len(answer.cases) == 1 and "tillbaka" not in request.args:
        return _straight_to(url_for("inkasso.case", case_id=answer.cases[0].case_id, ett=1, **asked.query()))
    context: dict[str, Any] = {"asked": asked, "found": _found(asked, answer)}
    if wants_fragment(RESULT):
        return page("inkasso/_sokresultat.html", **context)
    return page("inkasso/sok.html", **_form(asked), faults={}, found=context["found"])


def _straight_to(address: str) -> Response:
    """The whole page changes, also where htmx asked for the list only."""
    if wants_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return Response(status=303, headers={"Location": address})


def _form(asked: CaseSearch) -> dict[str, Any]:
    return {
        "asked": asked,
        "terms": [(name, label) for name, label, _ in TERMS],
        "days": [(name, label) for name, label, _ in DAYS],
        "activities": [(value, label) for value, (label, _) in ACTIVITIES.items()],
    }


def _found(asked: CaseSearch, answer: SearchCasesResponse) -> dict[str, Any]:
    rows = [_row(line, asked) for line in answer.cases]
    return {
        "rows": rows,
        "total_count": answer.total_count,
        "total_text": number(answer.total_count) if answer.total_count >= 0 else "fler än 10 000",
        "last": asked.first + len(rows) - 1 if rows else 0,
        "next_url": _list_url(asked.next(answer.next_page_token)) if answer.next_page_token else "",
        "previous_url": _list_url(asked.previous()) if asked.tokens else "",
    }


def _list_url(query: dict[str, Any]) -> str:
    return url_for("inkasso.search", **query)


def _row(line: CaseLine, asked: CaseSearch) -> dict[str, Any]:
    return {
        "line": line,
        "client": g.session.client_name(line.client_id),
        "kind": KIND.get(line.kind, ""),
        "status": STATUS.get(line.status, NO_STATUS),
        "url": url_for("inkasso.case", case_id=line.case_id, **asked.query()),
    }


def _refused(asked: CaseSearch, violations: list[FieldViolation]) -> ResponseReturnValue:
    labels = {name: label for name, label, _ in (*TERMS, *DAYS)}
    faults: dict[str, str] = {}
    for violation in violations:
        name = violation.field if violation.field in labels else TERMS[0][0]
        label = labels.get(violation.field, "Sökningen")
        faults.setdefault(name, texts.fault(violation, label, EXAMPLES.get(name, "Kontrollera det och sök igen.")))
    return page("inkasso/sok.html", 422, **_form(asked), faults=faults, found=None)
