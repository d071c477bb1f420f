"""Mina sidor (manual §3): the start page with its boxes, Inställningar and Kontoplan."""

from gateway.views.mina_sidor import case_statistics, chart_of_accounts, settings, start, statistics, two_factor
from gateway.views.mina_sidor.blueprint import mina_sidor

__all__ = ["case_statistics", "chart_of_accounts", "mina_sidor", "settings", "start", "statistics", "two_factor"]
