"""The dialog Fakturainformation: one invoice, and the boxes that its buttons open (manual §4.3)."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from chassis.business_day import today
from gateway import texts
from gateway.forms.search import InvoiceSearch
from gateway.forms.stop import KINDS as STOP_KINDS
from gateway.forms.stop import StopForm, holds
from gateway.forms.transaction import TransactionForm, TransactionRow
from gateway.presentation import amount, day
from gateway.rendering import page, wants_fragment
from gateway.session import needs
from gateway.views import messages
from gateway.views.messages import MessageBox
from gateway.views.reskontra import history
from gateway.views.reskontra.blueprint import may, reskontra
from gateway.views.reskontra.search import beneath
from gateway.views.reskontra.words import KIND, STATUS, STEP, STOP
from kernel.money import SEK
from rf.collection.v1.messages_pb2 import ThreadSubject
from rf.ledger.v1 import invoices_pb2
from rf.ledger.v1.invoices_pb2 import GetInvoiceRequest, Invoice

BOXES: Final = ("transaktion", "meddelande", "historik", "faktura", "inkasso")
"""What the buttons at the right open, by the names that the address uses (I-01)."""

POLLS: Final = 20
"""How many seconds the dialog asks for the case number before it leaves it to the reader."""


@dataclass
class Written:
    """What somebody wrote in the dialog and the services refused, to be shown again."""

    refused: texts.ErrorText | None = None
    stop: StopForm | None = None
    transaction: TransactionForm | None = None
    message: MessageBox | None = None


@reskontra.get("/faktura/<uuid:invoice_id>")
@needs("ledger.read")
def invoice(invoice_id: UUID) -> ResponseReturnValue:
    return dialog(fetch(invoice_id))


@reskontra.get("/faktura/<uuid:invoice_id>/arende")
@needs("ledger.read")
def case_number(invoice_id: UUID) -> ResponseReturnValue:
    """The line that tells the case number, asked for every second until it is known."""
    found = fetch(invoice_id)
    asked = request.args.get("n", "")
    return page("reskontra/_arende.html", i=found, poll=_polls(found, int(asked) if asked.isdigit() else POLLS))


def fetch(invoice_id: UUID) -> Invoice:
    """Raises NotFound: also for an invoice of a client that is not the person's."""
    answer: Invoice = g.ledger.invoices.GetInvoice(GetInvoiceRequest(invoice_id=str(invoice_id))).invoice
    return answer


def dialog(found: Invoice, status: int = 200, written: Written | None = None) -> Response:
    """The dialog alone for htmx, over the list otherwise."""
    asked = InvoiceSearch.read(request.args)
    written = written or Written()
    boxes = opened_boxes()
    unfolded = _number(request.args.get("handelse", ""))
    context = {
        **_facts(found),
        **_acts(found, asked, boxes),
        "boxes": boxes,
        "last_opened": boxes[-1] if boxes else "",
        "close_url": url_for("reskontra.search", **asked.query()),
        "back": _back(found),
        "customer_url": url_for("reskontra.customer", customer_id=found.line.customer_id),
        "history": history.events(found, unfolded, lambda place: _url(found, asked, boxes, handelse=place or None)),
        "unfolded": unfolded,
        "letter_open": "brev" in request.args,
        "letter_url": _url(found, asked, boxes, handelse=unfolded or None, brev=1),
        "poll": _polls(found, 0),
        "refused": written.refused,
        "stop": written.stop or StopForm.of(found.stop, today()),
        "transaction": written.transaction or preset_transaction(found),
        "message": written.message,
        "done": request.args.get("klart", "") if request.method == "GET" else "",
    }
    if "meddelande" in boxes:
        box = written.message or MessageBox()
        context["message"] = messages.fill(box, found.line.client_id, ThreadSubject(invoice_id=found.line.invoice_id))
    if wants_fragment("dialog-host"):
        return page("reskontra/_faktura.html", status, **context)
    under = beneath(asked)
    return page("reskontra/faktura.html", status, **under, **context, **_neighbours(under.get("found"), found))


def opened_boxes() -> list[str]:
    """The boxes of the address, in the order in which they were opened."""
    return [name for name in dict.fromkeys(request.args.getlist("ruta")) if name in BOXES]


def done_url(found: Invoice, done: str, *, closed: str = "") -> str:
    """The dialog after something was done in it, with one of its boxes closed."""
    boxes = [name for name in opened_boxes() if name != closed]
    return _url(found, InvoiceSearch.read(request.args), boxes, klart=done or None)


def preset_transaction(found: Invoice) -> TransactionForm:
    """A direct payment of what remains, today (I-07)."""
    remaining = found.line.remaining
    cells = {
        "fakturanr": found.line.number,
        "typ": "direkt",
        "datum": day(today()),
        "belopp": amount(remaining.minor_units, remaining.currency_code) if remaining.minor_units > 0 else "",
        "notering": "",
    }
    if remaining.currency_code != SEK and cells["belopp"]:
        cells["belopp"] += f" {remaining.currency_code}"
    return TransactionForm("", [TransactionRow("1", cells)])


def _back(found: Invoice) -> dict[str, str] | None:
    """The way back to the Kunduppgifter that this dialog replaced (K-14)."""
    if request.args.get("kund") != found.line.customer_id:
        return None
    kept = {**InvoiceSearch.read(request.args).query(), **_came_from(), "kund": None}
    address = url_for("reskontra.customer", customer_id=found.line.customer_id, **kept)
    return {"url": address, "text": found.customer.name or "Kunduppgifter"}


def _came_from() -> dict[str, Any]:
    """What the address says of the Kunduppgifter that the invoice was opened from, and of the page beneath that."""
    return {name: request.args[name] for name in ("kund", "over") if name in request.args}


def _facts(found: Invoice) -> dict[str, Any]:
    return {
        "i": found,
        "client": g.session.client_name(found.line.client_id),
        "kind": KIND.get(found.line.kind, ""),
        "status_word": STATUS.get(found.line.status, ""),
        "step": STEP.get(found.line.status, 0),
        "stopped": holds(found.stop, today()),
        "stop_kinds": [(name, STOP[number]) for name, number in STOP_KINDS.items()],
    }


def _acts(found: Invoice, asked: InvoiceSearch, boxes: list[str]) -> dict[str, Any]:
    """What one may do here, and where the forms of it go."""
    here = {"invoice_id": found.line.invoice_id, "ruta": boxes, **_came_from(), **asked.query()}
    is_claim = found.line.kind != invoices_pb2.INVOICE_KIND_CREDIT
    return {
        "rail": {name: _url(found, asked, _toggled(boxes, name)) for name in BOXES},
        "may_hand_over": found.can_hand_over and may("collection.register", found.line.client_id),
        "may_register": is_claim and may("ledger.register", found.line.client_id),
        "may_stop": is_claim and found.line.remaining.minor_units > 0 and may("ledger.register", found.line.client_id),
        "hand_over_url": url_for("reskontra.hand_over", **here),
        "stop_url": url_for("reskontra.stop_invoice", **here),
        "transaction_url": url_for("reskontra.add_transaction", **here),
        "message_url": url_for("reskontra.send_message", **here),
        "may_credit": found.line.status != invoices_pb2.INVOICE_STATUS_COLLECTION
        and found.line.remaining.minor_units > 0,
    }


def _neighbours(listed: dict[str, Any] | None, found: Invoice) -> dict[str, str]:
    """The invoices above and below in the list; where the dialog stands alone the script finds them."""
    rows = (listed or {}).get("rows", [])
    ids = [getattr(row.line, "invoice_id", "") for row in rows]  # customers may be listed instead
    if found.line.invoice_id not in ids:
        return {}
    at = ids.index(found.line.invoice_id)
    return {
        "previous_url": rows[at - 1].url if at > 0 else "",
        "next_url": rows[at + 1].url if at + 1 < len(rows) else "",
    }


def _url(found: Invoice, asked: InvoiceSearch, boxes: list[str], **more: Any) -> str:
    kept = {**_came_from(), **more, **asked.query()}
    return url_for("reskontra.invoice", invoice_id=found.line.invoice_id, ruta=boxes, **kept)


def _toggled(boxes: list[str], name: str) -> list[str]:
    return [one for one in boxes if one != name] if name in boxes else [*boxes, name]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _polls(found: Invoice, asked: int) -> int:
    """The number of the next question for the case number; 0 when there is nothing to wait for."""
    waits = found.line.status == invoices_pb2.INVOICE_STATUS_COLLECTION and not found.line.case_number
    return asked + 1 if waits and asked < POLLS else 0
