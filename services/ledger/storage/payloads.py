"""Invoices as JSON, the form in which they wait in a journal: the draft, and what it came to when it was stored."""

import json
from dataclasses import asdict, fields
from datetime import date
from decimal import Decimal
from typing import Any

from services.ledger.domain.drafts import Draft, Row, VatSum, WorkedOut
from services.ledger.domain.kinds import InvoiceKind, Service

_DRAFT_FIELDS = [field.name for field in fields(Draft) if field.name != "rows"]
_ROW_FIELDS = [field.name for field in fields(Row)]
_ROW_DECIMALS = ("quantity", "unit_price", "discount_percent")


def to_json(worked: WorkedOut, basis: str) -> str:
    """The invoice as JSON text: days as ISO, decimals as text. ``basis`` is what it was worked out on."""
    draft: dict[str, Any] = {name: _plain(getattr(worked.draft, name)) for name in _DRAFT_FIELDS}
    draft["rows"] = [{name: _plain(getattr(row, name)) for name in _ROW_FIELDS} for row in worked.draft.rows]
    value = {
        "basis": basis,
        "draft": draft,
        "row_nets": worked.row_nets,
        "vat_sums": [asdict(one) for one in worked.vat_sums],
        "fee_minor": worked.fee_minor,
        "rounding_minor": worked.rounding_minor,
    }
    return json.dumps(value, ensure_ascii=False)


def basis_of(value: dict[str, Any]) -> str:
    """What the invoice was worked out on (``domain.drafts.basis``)."""
    return str(value["basis"])


def from_json(value: dict[str, Any]) -> WorkedOut:
    """The invoice that ``to_json`` wrote."""
    return WorkedOut(
        _draft(value["draft"]),
        tuple(value["row_nets"]),
        tuple(VatSum(**one) for one in value["vat_sums"]),
        value["fee_minor"],
        value["rounding_minor"],
    )


def _draft(value: dict[str, Any]) -> Draft:
    plain = dict(value)
    plain["service"] = Service(value["service"])
    plain["kind"] = InvoiceKind(value["kind"])
    plain["invoice_date"] = date.fromisoformat(value["invoice_date"])
    plain["due_date"] = date.fromisoformat(value["due_date"]) if value["due_date"] else None
    plain["exchange_rate"] = Decimal(value["exchange_rate"]) if value["exchange_rate"] else None
    plain["rows"] = tuple(_row(row) for row in value["rows"])
    return Draft(**plain)


def _row(value: dict[str, Any]) -> Row:
    return Row(**{**value, **{name: Decimal(value[name]) for name in _ROW_DECIMALS}})


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
