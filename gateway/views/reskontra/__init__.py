"""Reskontra (manual §4): search, invoices, registering, journals and unplaced payments."""

from gateway.views.reskontra import (
    customers,
    invoice,
    invoice_acts,
    invoice_documents,
    journals,
    register_transaction,
    search,
    unplaced,
)
from gateway.views.reskontra.blueprint import reskontra

__all__ = [
    "customers",
    "invoice",
    "invoice_acts",
    "invoice_documents",
    "journals",
    "register_transaction",
    "reskontra",
    "search",
    "unplaced",
]
