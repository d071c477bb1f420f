"""Registrera transaktion: the payments that wait in the person's transaction journals (manual §4.7)."""

from typing import Final

from flask import g
from flask.typing import ResponseReturnValue

from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra import journals
from gateway.views.reskontra.blueprint import reskontra
from rf.ledger.v1.journals_pb2 import JOURNAL_KIND_TRANSACTIONS

MAX_SHOWN: Final = 10
"""Journals that are shown with their payments; the rest by a link."""


@reskontra.get("/registrera-transaktion")
@needs("ledger.register")
def register_transaction() -> ResponseReturnValue:
    chosen = {client.client_id: client for client in g.session.clients_with("ledger.register")}
    waiting = [one for one in journals.open_journals(JOURNAL_KIND_TRANSACTIONS) if one.client_id in chosen]
    waiting = [one for one in waiting if one.item_count]
    return page(
        "reskontra/registrera_transaktion.html",
        journals=[journals.shown(one, chosen[one.client_id]) for one in waiting[:MAX_SHOWN]],
        further=[{"journal": one, "client": chosen[one.client_id]} for one in waiting[MAX_SHOWN:]],
    )
