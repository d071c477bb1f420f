"""Reskontra (manual §4): search, invoices, registering, journals and unplaced payments."""

from gateway.views.reskontra import invoice, search
from gateway.views.reskontra.blueprint import reskontra

__all__ = ["invoice", "reskontra", "search"]
