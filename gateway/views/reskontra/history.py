"""Visa historik: what has happened to an invoice, and the letter, transaction or note behind each (I-10…I-12)."""

from collections.abc import Callable
from typing import Any

from flask import url_for

from gateway.presentation import money
from gateway.views.reskontra.blueprint import client_number
from gateway.views.reskontra.words import CHANNEL, HISTORY, LETTER_CHANNEL, LETTER_KIND, by, change_in_words
from rf.ledger.v1.invoices_pb2 import HistoryItem, Invoice
from rf.ledger.v1.transactions_pb2 import TransactionDetail
from rf.type.v1.money_pb2 import Money


def events(found: Invoice, unfolded: int, address: Callable[[int], str]) -> list[dict[str, Any]]:
    """The items, newest first. Each has its place from the oldest, so that the address of one stays the same.

    ``unfolded`` is the place that is shown in full (0: none), ``address`` the dialog with another one unfolded.
    """
    count = len(found.history)
    return [
        _event(found, item, count - n, unfolded=unfolded == count - n, address=address)
        for n, item in enumerate(found.history)
    ]


def letter_of(found: Invoice, document_id: str) -> bool:
    """Whether the document is a letter of this invoice's history."""
    return any(item.HasField("letter") and item.letter.document_id == document_id for item in found.history)


def _event(
    found: Invoice, item: HistoryItem, place: int, *, unfolded: bool, address: Callable[[int], str]
) -> dict[str, Any]:
    word, icon = HISTORY.get(item.kind, ("Händelse", "clock"))
    change = change_in_words(item.change)
    letter = item.letter if item.HasField("letter") else None
    return {
        "item": item,
        "place": place,
        "word": word,
        "icon": icon,
        "text": " ".join(part for part in (change, item.note) if part),
        "change": change,
        "by": by(item.by),
        "unfolded": unfolded,
        "url": address(0 if unfolded else place),
        "letter": letter,
        "letter_name": LETTER_KIND.get(letter.kind, "Brev") if letter else "",
        "letter_way": LETTER_CHANNEL.get(letter.channel, "") if letter else "",
        "transaction": _transaction(found, item) if unfolded and item.HasField("transaction") else None,
    }


def _transaction(found: Invoice, item: HistoryItem) -> dict[str, Any]:
    behind = item.transaction
    receipt = ""
    if behind.receipt_number:
        number = client_number(found.line.client_id)
        receipt = url_for("reskontra.receipt", number=number, journal_id=behind.journal_id) if number else ""
    return {
        "behind": behind,
        "channel": CHANNEL.get(behind.channel, ""),
        "allocation": _allocation(behind, item),
        "receipt_url": receipt,
    }


def _allocation(behind: TransactionDetail, item: HistoryItem) -> str:
    """How a payment was used: ``1 000,00 kr på fakturan, 200,00 kr överbetalt``."""
    if not behind.amount.minor_units:
        return ""
    where = "till ärendet" if item.kind == "RECEIVED_FOR_CASE" else "på fakturan"
    said = [f"{_money(item.amount)} {where}"]
    if behind.overpaid.minor_units:
        said.append(f"{_money(behind.overpaid)} överbetalt")
    other = behind.amount.minor_units - item.amount.minor_units - behind.overpaid.minor_units
    if other > 0:
        said.append(f"{money(other, behind.amount.currency_code)} på annat")
    return ", ".join(said)


def _money(value: Money) -> str:
    return money(value.minor_units, value.currency_code)
