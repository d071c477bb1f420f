"""Drafts of invoices between messages and the domain."""

from decimal import Decimal
from re import compile as regex
from uuid import UUID

from chassis.wire import from_date, money, to_date, to_uuid
from kernel.errors import Violations, invalid_value
from kernel.money import SEK
from rf.ledger.v1 import invoices_pb2
from rf.type.v1 import money_pb2
from services.ledger.api import enums
from services.ledger.api.from_proto import text
from services.ledger.domain import numbers
from services.ledger.domain.drafts import MAX_ROWS, Draft, Row, VatSum, WorkedOut
from services.ledger.domain.kinds import Service

_DECIMAL = regex(r"-?[0-9]{1,15}(?:\.([0-9]+))?")
_MAX_CHARACTERS = 40
_RATE_DECIMALS = 9


def draft(message: invoices_pb2.InvoiceDraft, client_id: UUID) -> Draft:
    """The draft in a message; if it names a client, then that of the request.

    Raises InvalidInput with every fault, paths as in the draft.
    """
    values: dict[str, object] = {
        "payment_terms_days": message.payment_terms_days,
        "with_invoice_fee": message.with_invoice_fee,
    }
    with Violations() as v:
        if message.client_id:
            with v.field("client_id"):
                v.require("client_id", to_uuid(message.client_id, "") == client_id, "OTHER_CLIENT")
        with v.field("service"):
            values["service"] = enums.chosen(enums.SERVICES, message.service, "")
        with v.field("kind"):
            values["kind"] = enums.chosen(enums.INVOICE_KINDS, message.kind, "")
        with v.field("customer_number"):
            values["customer_number"] = numbers.check(message.customer_number)
        with v.field("currency_code"):
            values["currency"] = text(message.currency_code, 3, required=True)
        for name, most in (
            ("invoice_number", 20),
            ("your_reference", 60),
            ("our_reference", 60),
            ("subject", 200),
            ("credits_invoice_number", 20),
            ("ocr_number", 25),
        ):
            with v.field(name):
                values[name] = text(getattr(message, name), most)
        _read_days(v, message, values)
        with v.field("exchange_rate"):
            values["exchange_rate"] = _rate(message)
        if values.get("service") is Service.LEDGER:
            for name in ("net", "vat", "total"):
                with v.field(name):
                    values[f"{name}_minor"] = _amount(message, name)
        v.require("rows", len(message.rows) <= MAX_ROWS, "TOO_MANY", max=MAX_ROWS)
        rows = []
        for index, row in enumerate(message.rows[:MAX_ROWS]):
            with v.field(f"rows[{index}]"):
                rows.append(_row(row))
        values["rows"] = tuple(rows)
    return Draft(**values)  # type: ignore[arg-type]  # every field is there, or the block has raised


def _read_days(v: Violations, message: invoices_pb2.InvoiceDraft, values: dict[str, object]) -> None:
    with v.field("invoice_date"):
        values["invoice_date"] = to_date(message.invoice_date, "")
        v.present("invoice_date", values["invoice_date"])
    with v.field("due_date"):
        values["due_date"] = to_date(message.due_date, "")


def _rate(message: invoices_pb2.InvoiceDraft) -> Decimal | None:
    if not message.exchange_rate:
        return None
    rate = number(message.exchange_rate, _RATE_DECIMALS)
    if message.currency_code == SEK and rate != 1:
        raise invalid_value("NOT_ALLOWED")
    return rate


def _amount(message: invoices_pb2.InvoiceDraft, name: str) -> int | None:
    """An amount of Reskontraservice; its currency is the invoice's."""
    if not message.HasField(name):  # type: ignore[arg-type]  # one of three fields of type Money
        return None
    amount: money_pb2.Money = getattr(message, name)
    if amount.currency_code not in {"", message.currency_code}:
        raise invalid_value("CURRENCY_MISMATCH")
    return amount.minor_units


def _row(message: invoices_pb2.InvoiceRow) -> Row:
    values: dict[str, object] = {"text_only": message.text_only}
    with Violations() as v:
        with v.field("description"):
            values["description"] = text(message.description, 200, required=True)
        if not message.text_only:
            with v.field("article_number"):
                values["article_number"] = text(message.article_number, 20)
            with v.field("unit"):
                values["unit"] = text(message.unit, 10)
            with v.field("quantity"):
                values["quantity"] = number(message.quantity, 4)
            with v.field("unit_price"):
                values["unit_price"] = number(message.unit_price, 6)
            with v.field("discount_percent"):
                values["discount_percent"] = number(message.discount_percent or "0", 4)
            values["vat_percent"] = message.vat_percent
    return Row(**values)  # type: ignore[arg-type]  # as above


def number(value: str, decimals: int) -> Decimal:
    """A decimal with a point. Raises InvalidInput: ``REQUIRED``, ``NUMBER`` or ``TOO_MANY_DECIMALS``."""
    if not value:
        raise invalid_value("REQUIRED")
    match = _DECIMAL.fullmatch(value) if len(value) <= _MAX_CHARACTERS else None
    if match is None:
        raise invalid_value("NUMBER")
    if len(match[1] or "") > decimals:
        raise invalid_value("TOO_MANY_DECIMALS", max=decimals)
    return Decimal(value)


def plain(value: Decimal) -> str:
    """A decimal as it is written in messages: with a point, without needless zeros."""
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def to_draft(worked: WorkedOut, client_id: UUID) -> invoices_pb2.InvoiceDraft:
    """The message of a draft with its defaults and computed fields."""
    one = worked.draft
    currency = one.currency
    message = invoices_pb2.InvoiceDraft(
        client_id=str(client_id),
        service=enums.SERVICES[one.service],
        kind=enums.INVOICE_KINDS[one.kind],
        customer_number=one.customer_number,
        invoice_number=one.invoice_number,
        invoice_date=from_date(one.invoice_date),
        payment_terms_days=one.payment_terms_days,
        due_date=from_date(worked.due_date),
        currency_code=currency,
        exchange_rate="" if currency == SEK else plain(worked.rate),
        your_reference=one.your_reference,
        our_reference=one.our_reference,
        subject=one.subject,
        credits_invoice_number=one.credits_invoice_number,
        with_invoice_fee=one.with_invoice_fee,
        ocr_number=one.ocr_number,
    )
    for row, net in zip(one.rows, worked.row_nets, strict=True):
        message.rows.append(to_row(row, net, currency))
    if one.service is Service.LEDGER:
        message.net.CopyFrom(money(worked.net_minor, currency))
        message.vat.CopyFrom(money(worked.vat_minor, currency))
        message.total.CopyFrom(money(worked.total_minor, currency))
    return message


def to_row(row: Row, net_minor: int, currency: str) -> invoices_pb2.InvoiceRow:
    """The message of a row; of a row of text only its text."""
    if row.text_only:
        return invoices_pb2.InvoiceRow(text_only=True, description=row.description)
    return invoices_pb2.InvoiceRow(
        article_number=row.article_number,
        description=row.description,
        quantity=plain(row.quantity),
        unit=row.unit,
        unit_price=plain(row.unit_price),
        discount_percent=plain(row.discount_percent) if row.discount_percent else "",
        vat_percent=row.vat_percent,
        net=money(net_minor, currency),
    )


def to_vat_sum(one: VatSum, currency: str) -> invoices_pb2.VatSum:
    """The message of net and VAT of a rate."""
    return invoices_pb2.VatSum(
        vat_percent=one.percent, net=money(one.net_minor, currency), vat=money(one.vat_minor, currency)
    )
