"""Kundregister: search, and Lägg till with Kundinformation (manual §4.6)."""

from typing import Any, Final

from flask import Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.customer import DELIVERIES, LANGUAGES, CustomerForm
from gateway.forms.customer_register import FIELDS, SORTS, RegisterSearch
from gateway.presentation import number
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import client_numbered, first_client, reskontra
from kernel.errors import DomainError, Kind
from rf.ledger.v1.customers_pb2 import CreateCustomersRequest, ListCustomersResponse

READ: Final = "ledger.read"
REGISTER: Final = "ledger.register"
OVER: Final = "kundregister"
"""What the address of Kunduppgifter says when the dialog lies over this page."""


@reskontra.get("/kundregister")
@needs(READ)
def customer_register() -> ResponseReturnValue:
    context = beneath()
    return page("reskontra/kundregister.html", 422 if context["search_faults"] else 200, **context)


@reskontra.get("/kundregister/ny")
@needs(REGISTER)
def add_customer() -> ResponseReturnValue:
    return _dialog(CustomerForm.new(first_client(REGISTER).number))


@reskontra.post("/kundregister/ny")
@needs(REGISTER)
def do_add_customer() -> ResponseReturnValue:
    """Spara ändringar in Kundinformation (C-03). A doublet is told once, and saved when that is what is meant."""
    form = CustomerForm.read(request.form)
    client = client_numbered(form.value("klient"), REGISTER)
    asked = form.customer(client.client_id)
    asked.number = form.value("kundnr").strip()
    if form.faults:
        return _dialog(form, 422)
    try:
        added = g.ledger.customers.CreateCustomers(
            CreateCustomersRequest(
                request_id=request.form.get("request_id", ""),
                client_id=client.client_id,
                customers=[asked],
                refuse_doublets=not form.accepts_doublet,
            )
        ).customers[0]
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations)
        return _dialog(form, 422)
    return redirect(url_for("reskontra.customer_register", kundnr=added.number, klart="tillagd"), 303)


def beneath() -> dict[str, Any]:
    """The register as the address asks for it."""
    asked = RegisterSearch.read(request.args)
    faults: dict[str, str] = {}
    answer = ListCustomersResponse()
    try:
        answer = g.ledger.customers.ListCustomers(asked.request(g.session.scope(READ)))
    except DomainError as error:
        if error.kind is not Kind.INVALID:
            raise
        faults = _faults(asked, error)
        if not faults:  # a page that is no more
            asked = RegisterSearch(asked.values, asked.sort, asked.descending)
            answer = g.ledger.customers.ListCustomers(asked.request(g.session.scope(READ)))
    next_token = answer.next_page_token
    return {
        "register": asked,
        "search_faults": faults,
        "terms": [(name, label.text) for name, (_, label) in FIELDS.items()],
        "columns": _columns(asked),
        "listed": [
            {
                "one": one.customer,
                "is_new": one.is_new,
                "client": g.session.client_name(one.customer.client_id),
                "url": url_for(
                    "reskontra.customer",
                    customer_id=one.customer.customer_id,
                    over=OVER,
                    **asked.query(asked.token),
                ),
            }
            for one in answer.customers
        ],
        "total_text": number(answer.total_count) if answer.total_count >= 0 else "fler än 10 000",
        "total_count": answer.total_count,
        "next_url": url_for("reskontra.customer_register", **asked.query(next_token)) if next_token else "",
        "first_url": url_for("reskontra.customer_register", **asked.query()) if asked.token else "",
        "may_add": bool(g.session.clients_with(REGISTER)),
        "register_done": request.args.get("klart", ""),
    }


def choices() -> dict[str, Any]:
    """What the lists of Kundinformation hold."""
    return {
        "languages": list(LANGUAGES.items()),
        "deliveries": [(name, text) for name, (text, _) in DELIVERIES.items()],
    }


def _dialog(form: CustomerForm, status: int = 200) -> Response:
    usable = g.session.clients_with(REGISTER)
    query = RegisterSearch.read(request.args).query()
    context = {
        "form": form,
        "clients_to_choose": [(one.number, f"{one.number} {one.name}") for one in usable],
        "close_url": url_for("reskontra.customer_register", **query),
        "action": url_for("reskontra.do_add_customer", **query),
        **choices(),
    }
    if wants_fragment("dialog-host"):
        return page("reskontra/_kundinformation.html", status, **context)
    return page("reskontra/kundinformation.html", status, **beneath(), **context)


def _columns(asked: RegisterSearch) -> list[dict[str, Any]]:
    """The headings: each is a link that sorts by it, from the first page."""
    found = []
    for name, (label, _) in SORTS.items():
        column = {"label": label, "url": url_for("reskontra.customer_register", **asked.sorted_by(name))}
        if name == asked.sort:
            column["sorted"] = "descending" if asked.descending else "ascending"
        found.append(column)
    return found


def _faults(asked: RegisterSearch, error: DomainError) -> dict[str, str]:
    names = {part: name for name, (part, _) in FIELDS.items()}
    found: dict[str, str] = {}
    for violation in error.violations:
        name = names.get(violation.field, "")
        if name in asked.values:
            label = FIELDS[name][1]
            found.setdefault(name, texts.fault(violation, label.text, label.example))
    return found
