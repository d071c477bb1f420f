"""The customer of an invoice: looked up as one types, chosen, or made anew without leaving the form."""

from flask import g, request
from flask.typing import ResponseReturnValue

from gateway.forms.customer import IN_JOURNAL, CustomerForm
from gateway.forms.invoice import InvoiceForm
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views.reskontra.blueprint import client_numbered, reskontra
from gateway.views.reskontra.register_invoice import (
    REGISTER,
    CustomerChoice,
    choice_of,
    form_context,
    page_with_choice,
    register_invoice,
)
from kernel.errors import DomainError, Kind
from rf.ledger.v1.customers_pb2 import CreateCustomersRequest


@reskontra.get("/kund/sok")
@needs(REGISTER)
def look_up_customers() -> ResponseReturnValue:
    """What stands below KundNr while one types: the customer, or those who may be meant."""
    client, form = client_numbered(request.args.get("klient", ""), REGISTER), InvoiceForm.read(request.args)
    return page("reskontra/_kundtraffar.html", **form_context(form, client, choice_of(form, client)))


@reskontra.get("/kund/valj")
@needs(REGISTER)
def choose_customer() -> ResponseReturnValue:
    """The customer part with one of the hits chosen."""
    client, form = client_numbered(request.args.get("klient", ""), REGISTER), InvoiceForm.read(request.args)
    return page("reskontra/_kund.html", focus=True, **form_context(form, client, choice_of(form, client)))


@reskontra.get("/kund/ny")
@needs(REGISTER)
def new_customer() -> ResponseReturnValue:
    """The customer part with the fields of a new one."""
    if not wants_fragment():
        return register_invoice()
    client, form = client_numbered(request.args.get("klient", ""), REGISTER), InvoiceForm.read(request.args)
    choice = CustomerChoice(new=CustomerForm.new(prefix=IN_JOURNAL))
    return page("reskontra/_kund.html", focus_new=True, **form_context(form, client, choice))


@reskontra.post("/kund/ny")
@needs(REGISTER)
def create_customer() -> ResponseReturnValue:
    """Spara kund: the customer is the form's from now on."""
    form, written = InvoiceForm.read(request.form), CustomerForm.read(request.form, IN_JOURNAL)
    client = client_numbered(form.value("klient"), REGISTER)
    status = 200
    try:
        answer = g.ledger.customers.CreateCustomers(
            CreateCustomersRequest(
                request_id=request.form.get("kund_request_id", ""),
                client_id=client.client_id,
                customers=[written.customer(client.client_id)],
            )
        )
        form.values["kundnr"] = answer.customers[0].number
        choice = CustomerChoice(answer.customers[0])
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        written.refuse(error.violations)
        choice, status = CustomerChoice(new=written), 422
    if wants_fragment():
        return page("reskontra/_kund.html", status, focus=True, **form_context(form, client, choice))
    return page_with_choice(form, client, choice, status)
