"""Reskontra (manual §4): search, invoices, registering, journals overpayments and unplaced payments."""

from gateway.views.reskontra import (
    articles,
    customer,
    customer_acts,
    customer_register,
    export,
    invoice,
    invoice_acts,
    invoice_customer,
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
    "customer",
    "customer_acts",
    "customer_register",
    "export",
    "invoice",
    "invoice_acts",
    "invoice_customer",
    "invoice_documents",
    "journals",
    "register_transaction",
    "reskontra",
    "saved_searches",
    "search",
    "surplus",
]
