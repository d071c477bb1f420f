"""Reskontra (manual §4): search, invoices, registering, journals overpayments and unplaced payments."""

from gateway.views.reskontra import (
    articles,
    customers,
    export,
    invoice,
    invoice_acts,
    invoice_documents,
    journals,
    register_transaction,
    saved_searches,
    search,
    surplus,
)
from gateway.views.reskontra.blueprint import reskontra

__all__ = [
    "articles",
    "customers",
    "export",
    "invoice",
    "invoice_acts",
    "invoice_documents",
    "journals",
    "register_transaction",
    "reskontra",
    "saved_searches",
    "search",
    "surplus",
]
