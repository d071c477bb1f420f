"""Registrera transaktion and the box Transaktion: rows as written, what they mean, and the field of each fault (T-01).

An amount is in the currency of its invoice unless another one is written after it: ``100,00 EUR``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from re import compile as regex
from typing import Final

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date, money
from gateway.forms.labels import Faults, Label
from gateway.forms.numbers import minor_of
from gateway.forms.rows import cells_of
from gateway.presentation import amount, day
from kernel.errors import FieldViolation, InvalidInput, invalid_value
from kernel.formats import parse_date
from kernel.money import EXPONENTS, SEK
from rf.ledger.v1 import transactions_pb2
from rf.ledger.v1.transactions_pb2 import TransactionDraft

KINDS: Final[Mapping[str, tuple[str, "transactions_pb2.TransactionKind.ValueType"]]] = {
    "direkt": ("Direktbetalning", transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT),
    "kredit": ("Kreditering", transactions_pb2.TRANSACTION_KIND_CREDIT),
}
CELLS: Final[Mapping[str, Label]] = {
    "fakturanr": Label("FakturaNr", "Skriv numret på en faktura hos klienten, t.ex. 40719988."),
    "typ": Label("Typ", "Välj Direktbetalning eller Kreditering."),
    "datum": Label("Datum", "Skriv t.ex. 2026-11-24, 24 eller i (i dag)."),
    "belopp": Label("Belopp", "Skriv ett belopp större än noll, t.ex. 1 250,00."),
    "notering": Label("Notering", "Skriv högst 500 tecken."),
}
MAX_ROWS: Final = 100
_CELL_OF: Final[Mapping[str, str]] = {
    "kind": "typ",
    "invoice_number": "fakturanr",
    "date": "datum",
    "amount": "belopp",
    "note": "notering",
}
_REASONS: Final[Mapping[str, str]] = {  # what the reason means of a transaction
    "CURRENCY_MISMATCH": "OTHER_CURRENCY",
    "IN_COLLECTION": "CREDIT_IN_COLLECTION",
    "NOT_CREDITABLE": "CREDIT_OF_FINAL",
    "FINAL_INVOICED": "PAY_THE_FINAL",
    "OVER_CREDITED": "MORE_THAN_OPEN",
}
_PLACE = regex(r"transactions?(?:\[([0-9]{1,4})\])?\.?(\w*).*")
_CURRENCY = regex(r"(.*?)\s*\b([A-Za-z]{3}|[Kk][Rr])\.?\s*")


@dataclass
class TransactionRow:
    """A row as written; ``key`` names its fields: ``rad-<key>-belopp``."""

    key: str
    cells: dict[str, str]

    @property
    def is_blank(self) -> bool:
        """Nothing was written beyond what a new row is preset with."""
        return not any(self.cells.get(name, "").strip() for name in ("fakturanr", "belopp", "notering"))


@dataclass
class TransactionForm:
    """The form as written, with its faults. With ``item_id`` it is one transaction that waits and is changed."""

    client_number: str
    rows: list[TransactionRow]
    journal_id: str = ""
    item_id: str = ""
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def new(cls, client_number: str, today: date) -> "TransactionForm":
        """An empty form of one row."""
        return cls(client_number, [blank_row("1", today)])

    @classmethod
    def read(cls, posted: MultiDict[str, str]) -> "TransactionForm":
        """From a posted form; rows in the order of the page. Raises TooManyRows."""
        kept = [TransactionRow(key, cells) for key, cells in cells_of(posted, CELLS, MAX_ROWS).items()]
        return cls(posted.get("klient", ""), kept, posted.get("bunt", ""), posted.get("post", ""))

    @classmethod
    def of_draft(cls, draft: TransactionDraft, client_number: str) -> "TransactionForm":
        """The form of a transaction that waits."""
        currency = draft.amount.currency_code
        written = amount(draft.amount.minor_units, currency)
        cells = {
            "fakturanr": draft.invoice_number,
            "typ": next((name for name, (_, kind) in KINDS.items() if kind == draft.kind), ""),
            "datum": day(draft.date),
            "belopp": written if currency == SEK else f"{written} {currency}",
            "notering": draft.note,
        }
        return cls(client_number, [TransactionRow("1", cells)])

    def add_row(self, today: date) -> None:
        """Ny rad, where the script does not run."""
        if len(self.rows) < MAX_ROWS:
            key = str(max((int(row.key) for row in self.rows), default=0) + 1)
            self.rows.append(blank_row(key, today))

    def remove_row(self, key: str, today: date) -> None:
        """The button at the end of a row, where the script does not run."""
        self.rows = [row for row in self.rows if row.key != key] or [blank_row("1", today)]

    def drafts(self, today: date, currency_of: Callable[[str], str]) -> list[TransactionDraft]:
        """The transactions that the rows mean. What cannot be read is a fault, and is left out.

        ``currency_of`` tells the currency of an invoice by its number.
        """
        sent = self._sent()
        if not sent and self.rows:
            self._refuse(1, self.rows[0], "fakturanr", FieldViolation("", "REQUIRED"))
        return [self._draft(number, row, today, currency_of) for number, row in sent]

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at the cells that they came from; what was seen here already stays."""
        sent = self._sent()
        for violation in violations:
            path = _PLACE.fullmatch(violation.field)
            place = int(path[1] or 0) if path else 0
            if place < len(sent):
                number, row = sent[place]
                self._refuse(number, row, _CELL_OF.get(path[2] if path else "", "fakturanr"), violation)

    def row_faults(self, key: str) -> list[tuple[str, str]]:
        """The red texts of a row, each with its cell."""
        found = ((name, self.faults.get(f"rad-{key}-{name}")) for name in CELLS)
        return [(name, text) for name, text in found if text]

    def _sent(self) -> list[tuple[int, TransactionRow]]:
        return [(number, row) for number, row in enumerate(self.rows, start=1) if not row.is_blank]

    def _draft(
        self, number: int, row: TransactionRow, today: date, currency_of: Callable[[str], str]
    ) -> TransactionDraft:
        cells = row.cells
        invoice_number = cells.get("fakturanr", "").strip()
        draft = TransactionDraft(invoice_number=invoice_number, note=cells.get("notering", ""))
        kind = KINDS.get(cells.get("typ", ""))
        if kind is None:
            self._refuse(number, row, "typ", FieldViolation("", "CHOICE"))
        else:
            draft.kind = kind[1]
        try:
            draft.date.CopyFrom(from_date(parse_date(cells.get("datum", ""), today)))
        except InvalidInput as error:
            self._refuse(number, row, "datum", error.violations[0])
        try:
            minor, currency = _amount(cells.get("belopp", ""), currency_of(invoice_number))
            draft.amount.CopyFrom(money(minor, currency))
        except InvalidInput as error:
            self._refuse(number, row, "belopp", error.violations[0])
        return draft

    def _refuse(self, number: int, row: TransactionRow, cell: str, violation: FieldViolation) -> None:
        one = len(self.rows) == 1
        label = Label(CELLS[cell].text if one else f"{CELLS[cell].text} på rad {number}", CELLS[cell].example)
        meant = replace(violation, reason=_REASONS.get(violation.reason, violation.reason))
        self.faults.add(f"rad-{row.key}-{cell}", label, meant, row.cells.get(cell, ""))


def blank_row(key: str, today: date) -> TransactionRow:
    """A new row: a direct payment of today."""
    return TransactionRow(key, {"typ": "direkt", "datum": day(today)})


def fault_of_item(violation: FieldViolation) -> tuple[str, FieldViolation]:
    """The heading of the cell that a fault of an item is about, and the fault as it is meant of a transaction."""
    first = violation.field.partition("].")[2].partition(".")[0]
    label = CELLS[_CELL_OF[first]].text if first in _CELL_OF else "Transaktionen"
    return label, replace(violation, reason=_REASONS.get(violation.reason, violation.reason))


def _amount(text: str, of_invoice: str) -> tuple[int, str]:
    """The amount in minor units and its currency. Raises InvalidInput."""
    written = _CURRENCY.fullmatch(text)
    currency = of_invoice
    if written is not None:
        text, code = written[1], written[2].upper()
        currency = SEK if code == "KR" else code
        if currency not in EXPONENTS:
            raise invalid_value("CURRENCY")
    return minor_of(text, EXPONENTS[currency]), currency
