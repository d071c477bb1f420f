"""Inkasso (manual §5): search and case information."""

from gateway.views.inkasso import case, search
from gateway.views.inkasso.blueprint import inkasso

__all__ = ["case", "inkasso", "search"]
