"""Oplacerade betalningar: payments that matched nothing (manual §4.9)."""

from flask import abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import terms
from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra.blueprint import reskontra
from gateway.views.reskontra.words import CHANNEL
from kernel.errors import DomainError, Kind
from rf.ledger.v1.payments_pb2 import ListUnplacedPaymentsRequest


@reskontra.get("/oplacerade-betalningar")
@needs("ledger.read")
def unplaced_payments() -> ResponseReturnValue:
    if terms.nobody_holds_bank_account():
        abort(404)
    token = request.args.get("sida", "")
    try:
        answer = g.ledger.payments.ListUnplacedPayments(
            ListUnplacedPaymentsRequest(client_ids=g.session.scope("ledger.read"), page_token=token)
        )
    except DomainError as error:
        if token and error.kind is Kind.INVALID:
            return redirect(url_for("reskontra.unplaced_payments"), 303)
        raise
    rows = [
        {
            "one": one,
            "client": g.session.client_name(one.client_id),
            "reference": ", ".join(reference.value for reference in one.payment.references),
            "channel": CHANNEL.get(one.payment.channel, one.payment.channel),
        }
        for one in answer.payments
    ]
    onward = url_for("reskontra.unplaced_payments", sida=answer.next_page_token) if answer.next_page_token else ""
    return page("reskontra/oplacerade_betalningar.html", rows=rows, next_url=onward, first_page=not token)
