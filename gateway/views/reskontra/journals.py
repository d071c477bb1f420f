"""Journals (buntar): what waits, Ta bort, Godkänn Bunt and the receipt (manual §4.4, §4.7)."""

from collections.abc import Callable, Sequence
from datetime import UTC
from re import compile as regex
from typing import Any, Final, Literal
from uuid import UUID

from flask import Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from chassis.business_day import now
from gateway import session, terms, texts
from gateway.forms.invoice_fields import CELL_OF, CELLS, FIELD_OF, LABELS
from gateway.forms.transaction import fault_of_item
from gateway.rendering import page
from gateway.session import needs
from gateway.views.reskontra.blueprint import client_number, client_numbered, reskontra
from gateway.views.reskontra.words import LETTER, VERDICT
from kernel.errors import DomainError, FieldViolation, Kind
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.ledger.v1 import journals_pb2
from rf.ledger.v1.invoices_pb2 import GetInvoiceRequest
from rf.ledger.v1.journals_pb2 import (
    JOURNAL_KIND_INVOICES,
    JOURNAL_REVERSAL_REVOCATION,
    ApproveJournalRequest,
    GetJournalRequest,
    GetReceiptRequest,
    Journal,
    JournalItem,
    ListOpenJournalsRequest,
    Receipt,
    RemoveItemRequest,
    ReverseJournalRequest,
    RevokeJournalRequest,
)

SHOWN: Final = 200
"""Items of a journal on one page."""
NAMED_INVOICES: Final = 10
"""Invoices of a receipt that are linked by number; the rest are found in Reskontra."""
MAX_PAGES: Final = 10

_ROW: Final = regex(r"rows\[([0-9]{1,5})\]")

RIGHTS: Final = ("ledger.register", "ledger.approve")


@reskontra.get("/bunt/<number>/<uuid:journal_id>")
@needs(*RIGHTS)
def journal(number: str, journal_id: UUID) -> ResponseReturnValue:
    client = client_numbered(number, *RIGHTS)
    return _journal_page(client, str(journal_id))


@reskontra.post("/bunt/<number>/<uuid:journal_id>/godkann")
@needs("ledger.approve")
def approve_journal(number: str, journal_id: UUID) -> ResponseReturnValue:
    """Godkänn Bunt. Whoever presses it again, in another tab or after going back, is shown the receipt."""
    client = client_numbered(number, "ledger.approve")
    version = request.form.get("version", "")
    receipt_url = url_for("reskontra.receipt", number=number, journal_id=journal_id)
    try:
        g.ledger.journals.ApproveJournal(
            ApproveJournalRequest(
                request_id=request.form.get("request_id", ""),
                client_id=client.client_id,
                journal_id=str(journal_id),
                version=int(version) if version.isascii() and version.isdigit() and len(version) < 16 else 0,
            )
        )
    except DomainError as error:
        if error.reason == "JOURNAL_ALREADY_APPROVED":
            return redirect(url_for("reskontra.receipt", number=number, journal_id=journal_id, redan=1), 303)
        if error.kind is not Kind.CONFLICT:
            raise
        return _journal_page(client, str(journal_id), 409, error)
    return redirect(receipt_url, 303)


@reskontra.post("/bunt/<number>/<uuid:journal_id>/post/<uuid:item_id>/ta-bort")
@needs("ledger.register")
def remove_item(number: str, journal_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Ta bort: back to the page that it was pressed on."""
    client = client_numbered(number, "ledger.register")
    try:
        g.ledger.journals.RemoveItem(
            RemoveItemRequest(
                request_id=request.form.get("request_id", ""),
                client_id=client.client_id,
                journal_id=str(journal_id),
                item_id=str(item_id),
            )
        )
    except DomainError as error:
        if error.reason == "JOURNAL_ALREADY_APPROVED":
            return redirect(url_for("reskontra.receipt", number=number, journal_id=journal_id, redan=1), 303)
        if error.kind is not Kind.NOT_FOUND:  # gone already is as good
            raise
    return redirect(session.local_path(request.form.get("tillbaka", "/reskontra")), 303)


@reskontra.get("/bunt/<number>/<uuid:journal_id>/kvitto")
@needs("ledger.read", "ledger.approve")
def receipt(number: str, journal_id: UUID) -> ResponseReturnValue:
    return _receipt_page(client_numbered(number, "ledger.read", "ledger.approve"), str(journal_id))


@reskontra.post("/bunt/<number>/<uuid:journal_id>/aterkalla")
@needs("ledger.approve")
def revoke_journal(number: str, journal_id: UUID) -> ResponseReturnValue:
    """Återkalla bunt, until the nightly run: to the receipt of the journal that undid it."""
    client = client_numbered(number, "ledger.approve")
    asked = RevokeJournalRequest(
        request_id=request.form.get("request_id", ""), client_id=client.client_id, journal_id=str(journal_id)
    )
    return _undone(client, journal_id, lambda: g.ledger.journals.RevokeJournal(asked).receipt)


@reskontra.post("/bunt/<number>/<uuid:journal_id>/vand")
@needs("ledger.approve")
def reverse_journal(number: str, journal_id: UUID) -> ResponseReturnValue:
    """Vänd bunt, after the nightly run: by a mirrored journal, whose receipt is shown."""
    client = client_numbered(number, "ledger.approve")
    asked = ReverseJournalRequest(
        request_id=request.form.get("request_id", ""), client_id=client.client_id, journal_id=str(journal_id)
    )
    return _undone(client, journal_id, lambda: g.ledger.journals.ReverseJournal(asked).receipt)


def _undone(client: ClientAccess, journal_id: UUID, undo: Callable[[], Receipt]) -> ResponseReturnValue:
    try:
        receipt = undo()
    except DomainError as error:
        if error.kind is not Kind.CONFLICT:
            raise
        return _receipt_page(client, str(journal_id), 409, error)
    return redirect(url_for("reskontra.receipt", number=client.number, journal_id=receipt.journal_id), 303)


def at_the_side(client: ClientAccess, kind: "journals_pb2.JournalKind.ValueType") -> dict[str, Any]:
    """The person's open journal of the client, and where others of the same kind wait."""
    opened = open_journals(kind)
    own = next((one for one in opened if one.client_id == client.client_id), None)
    others = [
        {"client": g.session.client_name(one.client_id), "number": client_number(one.client_id), "journal": one}
        for one in opened
        if one.client_id != client.client_id and one.item_count
    ]
    return {"journal": shown(own, client) if own is not None else None, "other_journals": others, "client": client}


def open_journals(kind: "journals_pb2.JournalKind.ValueType") -> list[Journal]:
    """The person's open journals of a kind, newest first, for all clients of the session."""
    answer = g.ledger.journals.ListOpenJournals(ListOpenJournalsRequest(kind=kind, page_size=200))
    return list(answer.journals)


def shown(journal: Journal, client: ClientAccess, page_token: str = "", *, by_place: bool = False) -> dict[str, Any]:
    """A journal with a page of its items, as the templates show it; a short one newest first unless ``by_place``."""
    answer = g.ledger.journals.GetJournal(
        GetJournalRequest(
            client_id=client.client_id, journal_id=journal.journal_id, page_size=SHOWN, page_token=page_token
        )
    )
    items = [_item(one) for one in answer.items]
    whole = not page_token and not answer.next_page_token
    newest_first = whole and not by_place
    agreed = terms.of(client.client_id)
    return {
        "head": answer.journal,
        "items": items[::-1] if newest_first else items,
        "whole": whole,
        "next_token": answer.next_page_token,
        "client": client,
        "of_payments": answer.journal.kind == journals_pb2.JOURNAL_KIND_TRANSACTIONS,
        "may_approve": "ledger.approve" in client.permissions,
        "may_change": "ledger.register" in client.permissions,
        "four_eyes": agreed.four_eyes if agreed else False,
        "url": url_for("reskontra.journal", number=client.number, journal_id=journal.journal_id),
    }


def asked_item(client: ClientAccess, kind: Literal["invoice", "transaction"]) -> JournalItem:
    """The item that the address names (``bunt``, ``post``), to be changed; 404 unless it waits and is of that kind."""
    found = find_item(client, request.args.get("bunt", ""), request.args["post"])
    if found is None or not found.HasField(kind):
        abort(404)
    return found


def find_item(client: ClientAccess, journal_id: str, item_id: str) -> JournalItem | None:
    """One item of a journal. Raises NotFound for a journal that is not the person's."""
    token = ""
    for _ in range(MAX_PAGES):
        answer = g.ledger.journals.GetJournal(
            GetJournalRequest(client_id=client.client_id, journal_id=journal_id, page_size=1000, page_token=token)
        )
        for item in answer.items:
            if item.item_id == item_id:
                found: JournalItem = item
                return found
        token = answer.next_page_token
        if not token:
            break
    return None


def _journal_page(
    client: ClientAccess, journal_id: str, status: int = 200, error: DomainError | None = None
) -> Response:
    found = shown(Journal(journal_id=journal_id), client, request.args.get("sida", ""), by_place=True)
    if found["head"].approved:
        response = redirect(url_for("reskontra.receipt", number=client.number, journal_id=journal_id), 303)
        return Response(status=303, headers=response.headers)
    _stand_under(found["head"].kind)
    refused = texts.reason(error) if error is not None else None
    violations = error.violations if error is not None else ()
    if "sida" not in request.args and not found["of_payments"]:  # beside their rows too: an item's index is its place
        for violation in violations:
            index = _index(violation)
            if 0 <= index < len(found["items"]):
                found["items"][index].setdefault("faults", []).append(_fault_of(violation))
    faults = [_faulty(violation) for violation in violations]
    found["faults_by_place"] = _by_place(violations)
    return page("reskontra/bunt.html", status, journal=found, client=client, refused=refused, faults=faults)


def _receipt_page(
    client: ClientAccess, journal_id: str, status: int = 200, error: DomainError | None = None
) -> Response:
    found = g.ledger.journals.GetReceipt(GetReceiptRequest(client_id=client.client_id, journal_id=journal_id)).receipt
    _stand_under(found.kind)
    gone = JOURNAL_REVERSAL_REVOCATION in {found.undone, found.reversal}  # nobody finds its invoices any more
    invoices = [] if gone else [_numbered(invoice_id) for invoice_id in found.invoice_ids[:NAMED_INVOICES]]
    undoable = found.HasField("revocable_until") and "ledger.approve" in client.permissions
    return page(
        "reskontra/kvitto.html",
        status,
        receipt=found,
        client=client,
        invoices=[one for one in invoices if one],
        rest=found.item_count - len(invoices) if found.kind == JOURNAL_KIND_INVOICES and not gone else 0,
        already="redan" in request.args,
        of_payments=found.kind == journals_pb2.JOURNAL_KIND_TRANSACTIONS,
        may_revoke=undoable and now() < found.revocable_until.ToDatetime(UTC),
        may_reverse=undoable and now() >= found.revocable_until.ToDatetime(UTC),
        revoked=found.undone == JOURNAL_REVERSAL_REVOCATION,
        revokes=found.reversal == JOURNAL_REVERSAL_REVOCATION,
        refused=texts.reason(error) if error is not None else None,
        faults=[_built_upon(violation) for violation in error.violations] if error is not None else [],
    )


def _built_upon(violation: FieldViolation) -> str:
    """What stands in the way of taking a journal back: ``items[3]``, or an invoice that it took from."""
    place = violation.field.removeprefix("items[").removesuffix("]")
    number = violation.details.get("number", "")
    label = f"Faktura {number}" if number else f"Post {int(place) + 1}" if place.isdigit() else "En faktura"
    return texts.fault(violation, label)


def _stand_under(kind: "journals_pb2.JournalKind.ValueType") -> None:
    """Mark the link that the journal's kind belongs to."""
    if kind == journals_pb2.JOURNAL_KIND_TRANSACTIONS:
        g.stands_under = "reskontra.register_transaction"


def _item(item: JournalItem) -> dict[str, Any]:
    shown_item: dict[str, Any] = {"item": item, "id": item.item_id}
    if item.HasField("payment"):
        word, look = VERDICT.get(item.payment.verdict, ("", ""))
        return {**shown_item, "verdict": word, "look": look}
    return {**shown_item, "letter": LETTER.get(item.invoice.draft.kind, "")}


def _faulty(violation: FieldViolation) -> str:
    """A fault of an item, by its place in the journal: ``items[3].invoice_number``."""
    index = _index(violation)
    return f"Post {index + 1}: {_fault_of(violation)}" if index >= 0 else _fault_of(violation)


def _index(violation: FieldViolation) -> int:
    """The place of the item from 0; -1 for none."""
    place = violation.field.removeprefix("items[").partition("]")[0]
    return int(place) if place.isascii() and place.isdigit() and len(place) < 6 else -1


def _fault_of(violation: FieldViolation) -> str:
    what = violation.field.rpartition(".")[2]
    row = _ROW.search(violation.field)
    if row is not None and what in CELL_OF:
        label = f"{CELLS[CELL_OF[what]].text} på rad {int(row[1]) + 1}"
    else:
        label = LABELS[FIELD_OF[what]].text if what in FIELD_OF else "Posten"
    return texts.fault(violation, label)


def _by_place(violations: Sequence[FieldViolation]) -> dict[int, list[str]]:
    """The faults of transactions by their place, to stand beside their rows."""
    found: dict[int, list[str]] = {}
    for violation in violations:
        place = violation.field.removeprefix("items[").partition("]")[0]
        if place.isascii() and place.isdigit() and len(place) < 6:
            label, meant = fault_of_item(violation)
            found.setdefault(int(place), []).append(texts.fault(meant, label))
    return found


def _numbered(invoice_id: str) -> dict[str, str] | None:
    """An invoice of a receipt with its number; None for one that the person may not read."""
    try:
        line = g.ledger.invoices.GetInvoice(GetInvoiceRequest(invoice_id=invoice_id)).invoice.line
    except DomainError as error:
        if error.kind not in {Kind.NOT_FOUND, Kind.DENIED}:
            raise
        return None
    return {"number": line.number, "url": url_for("reskontra.invoice", invoice_id=invoice_id)}
