"""Which tables are which; their columns stand in migrations/versions."""

from typing import Final

RLS_EXEMPT: Final[dict[str, str]] = {
    "reference_rate": "a public fact of the country, no client's",
    "customer_words": "words to search by; nobody is granted it, customers_with reads it for the transaction's clients",
    "invoice_words": "words to search by; nobody is granted it, invoices_with reads it for the transaction's clients",
}
"""Tables of ours without row-level security, each with the reason."""

SERIES_INVOICES: Final = "F"  # invoices of every kind become claims
SERIES_CREDITS: Final = "K"  # a credit is set off against the invoice that it credits
SERIES_PAYMENTS: Final = "B"
SERIES_SETTLEMENTS: Final = "I"  # the capital share of a case's settlement
SERIES_CLEARINGS: Final = "U"  # overpayments and unplaced payments that were refunded, placed or written off
"""Series of vouchers; each runs from 1 without gaps per client and year."""

COUNTER_INVOICE: Final = "invoice"
COUNTER_CUSTOMER: Final = "customer"
COUNTER_JOURNAL: Final = "journal"
"""Series of other numbers per client."""


def voucher_counter(series: str, year: int) -> str:
    """The counter of a series of vouchers."""
    return f"voucher {series} {year}"
