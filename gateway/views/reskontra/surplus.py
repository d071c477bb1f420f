"""Överbetalningar and Oplacerade betalningar: the lists, and Ta bort of what is ticked (manual §4.8, §4.9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.business_day import today
from gateway import terms, texts
from gateway.forms.surplus import ACCOUNTS, LABELS, MAX_TICKED, ClearingForm, SurplusFilterForm, Ticked
from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra.blueprint import client_number, client_numbered, reskontra
from gateway.views.reskontra.words import CHANNEL
from kernel.errors import DomainError, Kind
from rf.ledger.v1 import surplus_pb2
from rf.ledger.v1.surplus_pb2 import (
    GetSurplusRequest,
    ListOverpaymentsRequest,
    ListUnplacedRequest,
    Overpayment,
    SuggestInvoicesRequest,
    SurplusFilter,
)

DONE: Final[Mapping[str, tuple[str, str]]] = {  # of one row, of several
    "placera": ("placerad", "placerade"),
    "aterbetala": ("återbetald", "återbetalda"),
    "skriv-av": ("avskriven", "avskrivna"),
}
RIGHTS: Final = ("ledger.approve", "ledger.write_off")
REASONS: "Final[Mapping[int, str]]" = {
    surplus_pb2.SUGGESTION_REASON_NUMBER: "Numret står i betalningen",
    surplus_pb2.SUGGESTION_REASON_AMOUNT: "Samma belopp",
    surplus_pb2.SUGGESTION_REASON_PAYER: "Samma betalare",
}


@dataclass(frozen=True)
class Subject:
    """One of the two lists."""

    title: str
    under: str
    empty: str
    endpoint: str
    clear_endpoint: str
    overpayments: bool

    def url(self, **query: Any) -> str:
        """The address of the list."""
        return url_for(self.endpoint, **query)

    def ids(self, rows: list[Ticked]) -> dict[str, list[str]]:
        """The ticked rows as the ledger asks for them."""
        return {"overpayment_ids" if self.overpayments else "payment_ids": [row.id for row in rows]}


OVERPAYMENTS: Final = Subject(
    "Överbetalningar",
    "Det som kunder har betalat för mycket",
    "Inga överbetalningar.",
    "reskontra.overpayments",
    "reskontra.clear_overpayments",
    overpayments=True,
)
UNPLACED: Final = Subject(
    "Oplacerade betalningar",
    "Betalningar som ingen faktura har tagit",
    "Inga oplacerade betalningar.",
    "reskontra.unplaced_payments",
    "reskontra.clear_unplaced",
    overpayments=False,
)


@reskontra.get("/overbetalningar")
@needs("ledger.read")
def overpayments() -> ResponseReturnValue:
    return _list(OVERPAYMENTS)


@reskontra.get("/oplacerade-betalningar")
@needs("ledger.read")
def unplaced_payments() -> ResponseReturnValue:
    return _list(UNPLACED)


@reskontra.get("/overbetalningar/ta-bort")
@needs(*RIGHTS)
def clear_overpayments() -> ResponseReturnValue:
    return _choose(OVERPAYMENTS)


@reskontra.get("/oplacerade-betalningar/ta-bort")
@needs(*RIGHTS)
def clear_unplaced() -> ResponseReturnValue:
    return _choose(UNPLACED)


@reskontra.post("/overbetalningar/ta-bort")
@needs(*RIGHTS)
def do_clear_overpayments() -> ResponseReturnValue:
    return _clear(OVERPAYMENTS)


@reskontra.post("/oplacerade-betalningar/ta-bort")
@needs(*RIGHTS)
def do_clear_unplaced() -> ResponseReturnValue:
    return _clear(UNPLACED)


# -- the lists ------------------------------------------------------------------------------------------------------


def _list(subject: Subject, status: int = 200, refused: texts.ErrorText | None = None) -> ResponseReturnValue:
    if terms.nobody_holds_bank_account():
        abort(404)
    form = SurplusFilterForm.read(request.args)
    asked = form.request(_scope(), today())
    token = request.args.get("sida", "")
    context: dict[str, Any] = {"subject": subject, "form": form, "refused": refused, "rows": [], "next_url": ""}
    context |= {"done": _done(), "first_page": not token}
    context["may_clear"] = any(g.session.may(right) for right in RIGHTS)
    if form.faults:
        return page("reskontra/overskott.html", 422, **context)
    try:
        rows, onward = _rows(subject, asked, token) if asked.client_ids or g.session.is_staff else ([], "")
    except DomainError as error:
        if token and error.kind is Kind.INVALID:
            return redirect(subject.url(**form.values), 303)
        raise
    context["rows"] = rows
    if onward:
        context["next_url"] = subject.url(**form.values, sida=onward)
    return page("reskontra/overskott.html", status, **context)


def _scope() -> list[str]:
    """Client ids of the question; for staff none means all."""
    return g.session.scope("ledger.read") if g.session.is_staff else terms.chosen_that_hold_bank_account()


def _done() -> str:
    """What has just been done to ticked rows, by the address that one was sent on to."""
    one, several = DONE.get(request.args.get("klart", ""), ("", ""))
    count = request.args.get("antal", "")
    if not one or not count.isascii() or not count.isdigit() or len(count) > len(str(MAX_TICKED)):
        return ""
    return f"1 rad är {one}." if count == "1" else f"{count} rader är {several}."


def _rows(subject: Subject, asked: SurplusFilter, token: str) -> tuple[list[dict[str, Any]], str]:
    if subject.overpayments:
        over = g.ledger.surplus.ListOverpayments(ListOverpaymentsRequest(filter=asked, page_token=token))
        return [_row(one) for one in over.overpayments], over.next_page_token
    answer = g.ledger.surplus.ListUnplaced(ListUnplacedRequest(filter=asked, page_token=token))
    return [_row(one) for one in answer.payments], answer.next_page_token


def _row(one: Any) -> dict[str, Any]:
    left = one.remaining
    number = client_number(one.client_id)
    row = {"one": one, "client": g.session.client_name(one.client_id), "currency": left.currency_code}
    if isinstance(one, Overpayment):
        return row | {"value": str(Ticked(number, one.overpayment_id, left.minor_units, left.currency_code))}
    return row | {
        "value": str(Ticked(number, one.payment_id, left.minor_units, left.currency_code)),
        "reference": ", ".join(reference.value for reference in one.payment.references),
        "channel": CHANNEL.get(one.payment.channel, one.payment.channel),
    }


# -- Ta bort ----------------------------------------------------------------------------------------------------------


def _choose(subject: Subject) -> ResponseReturnValue:
    rows, refused = _ticked(request.args.getlist("rad"))
    if refused is not None:
        return _list(subject, 422, refused)
    return _choice_page(subject, rows, ClearingForm("", {}))


def _clear(subject: Subject) -> ResponseReturnValue:
    rows, refused = _ticked(request.form.getlist("rad"))
    if refused is not None:
        return _list(subject, 422, refused)
    form = ClearingForm.read(request.form)
    client = client_numbered(rows[0].client_number, *RIGHTS)
    request_id = request.form.get("request_id", "")
    asked = form.request(request_id, client.client_id, rows, overpayments=subject.overpayments)
    try:
        done = g.ledger.surplus.ClearSurplus(asked)
    except DomainError as error:
        if error.kind is Kind.INVALID:
            form.refuse(error.violations)
            return _choice_page(subject, rows, form, 422)
        if error.kind is Kind.CONFLICT:
            return _choice_page(subject, rows, form, 409, texts.reason(error))
        raise
    return redirect(subject.url(klart=form.choice, antal=len(done.clearing_ids)), 303)


def _ticked(values: list[str]) -> tuple[list[Ticked], texts.ErrorText | None]:
    """The ticked rows of one client in one currency, or why they cannot be cleared together."""
    found = [Ticked.read(value) for value in dict.fromkeys(values)]
    rows = [one for one in found if one is not None]
    if not rows:
        return [], texts.ErrorText("Ingen rad är markerad", "Kryssa i minst en rad och tryck på Ta bort.")
    if len(rows) > MAX_TICKED:
        return [], texts.ErrorText("För många rader är markerade", f"Ta högst {MAX_TICKED} åt gången.")
    if len({row.client_number for row in rows}) > 1:
        return [], texts.ErrorText("Raderna hör till olika klienter", "Ta en klient i taget.")
    if len({row.currency for row in rows}) > 1:
        return [], texts.ErrorText("Raderna är i olika valutor", "Ta en valuta i taget.")
    return rows, None


def _choice_page(
    subject: Subject, rows: list[Ticked], form: ClearingForm, status: int = 200, refused: texts.ErrorText | None = None
) -> Response:
    client = client_numbered(rows[0].client_number, *RIGHTS)
    answer = g.ledger.surplus.GetSurplus(GetSurplusRequest(client_id=client.client_id, **subject.ids(rows)))
    shown = [_row(one) for one in (answer.overpayments if subject.overpayments else answer.payments)]
    suggestions = []
    if len(rows) == 1:
        which = {"overpayment_id" if subject.overpayments else "payment_id": rows[0].id}
        found = g.ledger.surplus.SuggestInvoices(SuggestInvoicesRequest(client_id=client.client_id, **which))
        suggestions = [
            {"one": one, "why": ", ".join(REASONS[reason] for reason in one.reasons if reason in REASONS)}
            for one in found.suggestions
        ]
    currency = rows[0].currency
    g.stands_under = subject.endpoint
    return page(
        "reskontra/overskott_ta_bort.html",
        status,
        subject=subject,
        client=client,
        rows=shown,
        total=sum(row["one"].remaining.minor_units for row in shown),
        currency=currency,
        form=form,
        labels=LABELS,
        accounts=[(value, label) for value, (label, _) in ACCOUNTS.items()],
        suggestions=suggestions,
        refused=refused,
        may_place="ledger.approve" in client.permissions,
        may_write_off="ledger.write_off" in client.permissions,
    )
