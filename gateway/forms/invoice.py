"""Registrera faktura: what was written, the draft that it means, and the field of each fault (SPEC N-01 to N-09).

The form is posted again from page to page until the invoice is saved: what it holds is text that a person wrote, and
the ledger works it out anew each time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from re import compile as regex
from typing import Any

from werkzeug.datastructures import MultiDict

from chassis.wire import from_date, money
from gateway.forms.invoice_fields import (
    CELL_OF,
    CELLS,
    FIELD_OF,
    KINDS,
    LABELS,
    MAX_ROWS,
    PERCENT_DECIMALS,
    PRICE_DECIMALS,
    QUANTITY_DECIMALS,
    RATE_DECIMALS,
    RATES,
    SERVICES,
)
from gateway.forms.invoice_rows import RowForm, blank, written
from gateway.forms.labels import Faults, Label
from gateway.forms.numbers import decimal_of, minor_of, plain
from gateway.forms.rows import cells_of
from gateway.presentation import amount, day, quantity
from kernel.errors import FieldViolation, InvalidInput
from kernel.formats import parse_date
from kernel.money import EXPONENTS
from rf.ledger.v1 import invoices_pb2
from rf.ledger.v1.articles_pb2 import Article
from rf.ledger.v1.invoices_pb2 import InvoiceDraft, InvoiceRow

_ROW_FIELD = regex(r"rows\[([0-9]{1,4})\](?:\.(\w+))?.*")
_PREFIX = regex(r"^(?:draft|invoice|invoices\[0\])(?:\.|$)")


@dataclass
class InvoiceForm:
    """The form as written, with its faults."""

    values: dict[str, str]
    rows: list[RowForm]
    journal_id: str = ""
    item_id: str = ""
    faults: Faults = field(default_factory=Faults)

    @classmethod
    def new(cls, client_number: str, today: date, terms_days: int) -> "InvoiceForm":
        """An empty form: today's invoice, with the client's terms."""
        due = (today + timedelta(terms_days)).isoformat()
        values = {
            "klient": client_number,
            "tjanst": "fakturaservice",
            "typ": "F",
            "fakturadatum": today.isoformat(),
            "villkor": str(terms_days),
            "forfallodatum": due,
            "forslag": due,
            "valuta": "SEK",
        }
        return cls(values, [blank("1")])

    @classmethod
    def read(cls, posted: "MultiDict[str, str]", journal_id: str = "", item_id: str = "") -> "InvoiceForm":
        """From a posted form, or its draft; rows in the order of the page. Raises TooManyRows."""
        rows = [
            RowForm(key, cells, is_text="text" in cells) for key, cells in cells_of(posted, CELLS, MAX_ROWS).items()
        ]
        return cls(
            {name: posted.get(name, "") for name in (*LABELS, "forslag")},
            rows,
            journal_id or posted.get("bunt", ""),
            item_id or posted.get("post", ""),
        )

    @classmethod
    def of_draft(cls, draft: InvoiceDraft, client_number: str) -> "InvoiceForm":
        """The form that a draft in the journal was written in."""
        currency = draft.currency_code
        kind = next((key for key, (_, number) in KINDS.items() if number == draft.kind), "F")
        service = next((key for key, (_, number) in SERVICES.items() if number == draft.service), "fakturaservice")
        values = {
            "klient": client_number,
            "tjanst": service,
            "typ": kind,
            "kundnr": draft.customer_number,
            "fakturanr": draft.invoice_number,
            "fakturadatum": day(draft.invoice_date),
            "villkor": str(draft.payment_terms_days),
            "forfallodatum": day(draft.due_date),
            "valuta": currency,
            "kurs": quantity(draft.exchange_rate) if currency != "SEK" else "",
            "er_referens": draft.your_reference,
            "var_referens": draft.our_reference,
            "avser": draft.subject,
            "krediterar": draft.credits_invoice_number,
            "avgift": "1" if draft.with_invoice_fee else "",
            "ocr": draft.ocr_number,
        }
        if service == "reskontraservice" and kind != "S":
            sums = {"netto": draft.net, "moms": draft.vat, "belopp": draft.total}
            values |= {name: amount(one.minor_units, currency) for name, one in sums.items()}
        given = () if kind == "S" else draft.rows  # a final invoice's are worked out
        rows = [written(str(number), row) for number, row in enumerate(given, start=1)]
        return cls(values, rows or [blank("1")])

    @property
    def for_ledger_service(self) -> bool:
        """Reskontraservice: no rows, three amounts."""
        return self.values.get("tjanst") == "reskontraservice"

    @property
    def is_final(self) -> bool:
        """Slutfaktura kundkonto: neither rows nor amounts, the ledger lists what is open."""
        return self.values.get("typ") == "S"

    @property
    def currency(self) -> str:
        return self.values.get("valuta", "") or "SEK"

    def value(self, name: str) -> str:
        return self.values.get(name, "")

    def summary(self) -> list[dict[str, str]]:
        """The links above the form, in the order of the page."""
        cells = [f"rad-{row.key}-{name}" for row in self.rows for name in CELLS]
        order = {name: place for place, name in enumerate((*LABELS, *cells))}
        return sorted(self.faults.summary(), key=lambda link: order.get(link["field"], len(order)))

    def row_faults(self, key: str) -> list[tuple[str, str]]:
        """The red texts of a row, each with its cell; that of the rate stands in the cell itself."""
        found = ((name, self.faults.get(f"rad-{key}-{name}")) for name in CELLS if name != "moms")
        return [(name, text) for name, text in found if text]

    def fill(self, number: str, article: Article) -> None:
        """Put what the register says into the rows that have only the article's number; prices are in SEK."""
        for row in self.rows:
            if row.cells.get("artikel", "").strip() != number or row.cells.get("benamning", "").strip():
                continue
            row.cells |= {"artikel": article.number, "benamning": article.description, "moms": str(article.vat_percent)}
            row.cells["enhet"] = row.cells.get("enhet", "") or article.unit
            if self.currency == "SEK":
                row.cells["pris"] = row.cells.get("pris", "") or quantity(article.price, 2)

    def take_over(self, draft: InvoiceDraft) -> str:
        """Put in what an earlier invoice says where nothing is written yet; the name of the field to go on in.

        Its rows come after those that are written. A rate is never taken over: it was another day's.
        """
        earlier = {"er_referens": draft.your_reference, "var_referens": draft.our_reference, "avser": draft.subject}
        self.values |= {name: text for name, text in earlier.items() if not self.value(name).strip()}
        self.values["avgift"] = self.value("avgift") or ("1" if draft.with_invoice_fee else "")
        if self.currency == "SEK":
            self.values["valuta"] = draft.currency_code
        own = [row for row in self.rows if not row.is_blank]
        first = max((int(row.key) for row in own), default=0) + 1
        room = MAX_ROWS - len(own)
        rows = [written(str(key), row) for key, row in enumerate(draft.rows[:room], start=first)]
        self.rows = [*own, *rows] or [blank("1")]
        start = next((row for row in rows if not row.is_text), self.rows[0])
        return f"rad-{start.key}-antal"

    def add_row(self, *, is_text: bool) -> None:
        """Ny fakturarad or Ny textrad, where the script does not run."""
        if len(self.rows) < MAX_ROWS:
            key = str(max((int(row.key) for row in self.rows), default=0) + 1)
            self.rows.append(RowForm(key, {"text": ""} if is_text else {"moms": "25"}, is_text=is_text))

    def remove_row(self, key: str) -> None:
        """The button at the end of a row, where the script does not run."""
        self.rows = [row for row in self.rows if row.key != key] or [blank("1")]

    def hidden(self) -> Iterator[tuple[str, str]]:
        """Everything that was written, to be posted again."""
        yield from ((name, text) for name, text in self.values.items() if text)
        for row in self.rows:
            yield from ((f"rad-{row.key}-{name}", text) for name, text in row.cells.items())
        yield from (("bunt", self.journal_id), ("post", self.item_id)) if self.journal_id else ()

    def draft(self, client_id: str, today: date) -> InvoiceDraft:
        """The draft that the form means. What cannot be read is a fault, and is left out."""
        draft = InvoiceDraft(
            client_id=client_id,
            customer_number=self.value("kundnr").strip(),
            your_reference=self.value("er_referens"),
            our_reference=self.value("var_referens"),
            subject=self.value("avser"),
            currency_code=self.currency,
        )
        self._read_choices(draft)
        self._read_days(draft, today)
        if draft.kind == invoices_pb2.INVOICE_KIND_CREDIT:
            draft.credits_invoice_number = self.value("krediterar").strip()
        if self.currency != "SEK" and self.currency in EXPONENTS:
            with self._reading("kurs"):
                draft.exchange_rate = plain(decimal_of(self.value("kurs"), RATE_DECIMALS))
        if self.is_final:
            return draft
        if self.for_ledger_service:
            self._read_amounts(draft)
        else:
            draft.with_invoice_fee = bool(self.value("avgift"))
            self._read_rows(draft)
        return draft

    def refuse(self, violations: Iterable[FieldViolation]) -> None:
        """Put the ledger's violations at the fields that they came from; what was seen here already stays."""
        for violation in violations:
            path = _PREFIX.sub("", violation.field, count=1)
            row = _ROW_FIELD.fullmatch(path)
            if row is not None:
                self._refuse_row(int(row[1]), row[2] or "description", violation)
                continue
            if path == "rows" and any(name.startswith("rad-") for name in self.faults.found):
                continue
            name, label = self._place(path)
            self.faults.add(name, label, violation, self.value(name))

    def _place(self, path: str) -> tuple[str, Label]:
        """The field of a path; what has none of its own is told at the first row, or at the customer."""
        name = FIELD_OF.get(path.partition(".")[0], "")
        if name and (name != "belopp" or self.for_ledger_service):
            return name, LABELS[name]
        if self.for_ledger_service or self.is_final or not self.rows:
            return "kundnr", LABELS["kundnr"]
        first = self.rows[0]
        label = Label("Fakturarader" if path == "rows" else "Fakturans belopp", "Skriv minst en rad med ett belopp.")
        return f"rad-{first.key}-{'text' if first.is_text else 'pris'}", label

    def _refuse_row(self, index: int, part: str, violation: FieldViolation) -> None:
        sent = self._sent_rows()
        if index >= len(sent):
            return
        number, row = sent[index]
        cell = "text" if row.is_text else CELL_OF.get(part, "benamning")
        self._refuse_cell(number, row, cell, violation)

    def _refuse_cell(self, number: int, row: RowForm, cell: str, violation: FieldViolation) -> None:
        label = Label(f"{CELLS[cell].text} på rad {number}", CELLS[cell].example)
        self.faults.add(f"rad-{row.key}-{cell}", label, violation, row.cells.get(cell, ""))

    def _sent_rows(self) -> list[tuple[int, RowForm]]:
        """The rows that are more than blank, each with its number on the page."""
        return [(number, row) for number, row in enumerate(self.rows, start=1) if not row.is_blank]

    def _read_choices(self, draft: InvoiceDraft) -> None:
        service, kind = SERVICES.get(self.value("tjanst")), KINDS.get(self.value("typ"))
        for name, chosen in (("tjanst", service), ("typ", kind)):
            if chosen is None:
                self._fault(name, "CHOICE")
        if service is not None:
            draft.service = service[1]
        if kind is not None:
            draft.kind = kind[1]
        if self.currency not in EXPONENTS:
            self._fault("valuta", "CURRENCY")
        if self.for_ledger_service:
            draft.invoice_number = self.value("fakturanr").strip()
            draft.ocr_number = "".join(self.value("ocr").split())

    def _read_days(self, draft: InvoiceDraft, today: date) -> None:
        base = today
        with self._reading("fakturadatum"):
            base = parse_date(self.value("fakturadatum"), today)
            draft.invoice_date.CopyFrom(from_date(base))
        days = self.value("villkor").strip()
        if not days:
            self._fault("villkor", "REQUIRED")
        elif not (days.isascii() and days.isdigit() and len(days) <= 4):
            self._fault("villkor", "NUMBER")
        else:
            draft.payment_terms_days = int(days)
        due = self.value("forfallodatum").strip()
        if due and due != self.value("forslag"):  # the one proposed follows the terms, also without a script
            with self._reading("forfallodatum"):
                draft.due_date.CopyFrom(from_date(parse_date(due, today, base)))

    def _read_amounts(self, draft: InvoiceDraft) -> None:
        decimals = EXPONENTS.get(self.currency, 2)
        for name, part in (("netto", draft.net), ("moms", draft.vat), ("belopp", draft.total)):
            with self._reading(name):
                part.CopyFrom(money(minor_of(self.value(name), decimals), self.currency))

    def _read_rows(self, draft: InvoiceDraft) -> None:
        sent = self._sent_rows()
        if not any(not row.is_text for _, row in sent) and self.rows:
            first = next((row for row in self.rows if not row.is_text), self.rows[0])
            label = Label("Fakturarader", "Skriv benämning, antal och à-pris på minst en rad.")
            cell = "text" if first.is_text else "benamning"
            self.faults.add(f"rad-{first.key}-{cell}", label, FieldViolation("", "REQUIRED"))
        for number, row in sent:
            if row.is_text:
                draft.rows.add(text_only=True, description=row.cells.get("text", ""))
            else:
                self._read_row(draft.rows.add(), number, row)

    def _read_row(self, message: InvoiceRow, number: int, row: RowForm) -> None:
        message.description = row.cells.get("benamning", "")
        message.article_number = row.cells.get("artikel", "")
        message.unit = row.cells.get("enhet", "")
        for cell, part, decimals in (
            ("antal", "quantity", QUANTITY_DECIMALS),
            ("pris", "unit_price", PRICE_DECIMALS),
            ("rabatt", "discount_percent", PERCENT_DECIMALS),
        ):
            text = row.cells.get(cell, "")
            if cell == "rabatt" and not text.strip():
                continue
            try:
                setattr(message, part, plain(decimal_of(text, decimals)))
            except InvalidInput as error:
                self._refuse_cell(number, row, cell, error.violations[0])
        rate = row.cells.get("moms", "")
        if rate in RATES:
            message.vat_percent = int(rate)
        else:
            self._refuse_cell(number, row, "moms", FieldViolation("", "CHOICE"))

    def _fault(self, name: str, reason: str) -> None:
        self.faults.add(name, LABELS[name], FieldViolation("", reason))

    def _reading(self, name: str) -> "_Reading":
        return _Reading(self, name)


class _Reading:
    """Let what the block cannot read count as a fault of the field."""

    def __init__(self, form: InvoiceForm, name: str) -> None:
        self._form = form
        self._name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, _: Any) -> bool:
        if not isinstance(error, InvalidInput):
            return False
        self._form.faults.add(self._name, LABELS[self._name], error.violations[0])
        return True
