"""A row of Registrera faktura, as it is written."""

from dataclasses import dataclass

from gateway.presentation import quantity
from rf.ledger.v1.invoices_pb2 import InvoiceRow


@dataclass
class RowForm:
    """A row as written; ``key`` names its fields: ``rad-<key>-pris``."""

    key: str
    cells: dict[str, str]
    is_text: bool = False

    @property
    def is_blank(self) -> bool:
        return not any(text.strip() for name, text in self.cells.items() if name != "moms")


def blank(key: str) -> RowForm:
    """A new row."""
    return RowForm(key, {"moms": "25"})


def written(key: str, row: InvoiceRow) -> RowForm:
    """The row that a row of an invoice was written in."""
    if row.text_only:
        return RowForm(key, {"text": row.description}, is_text=True)
    cells = {
        "artikel": row.article_number,
        "benamning": row.description,
        "antal": quantity(row.quantity),
        "enhet": row.unit,
        "pris": quantity(row.unit_price, 2),
        "rabatt": quantity(row.discount_percent) if row.discount_percent not in {"", "0"} else "",
        "moms": str(row.vat_percent),
    }
    return RowForm(key, cells)
