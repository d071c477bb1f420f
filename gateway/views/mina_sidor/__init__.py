"""Mina sidor (manual §3): the start page with its boxes, and Inställningar."""

from gateway.views.mina_sidor import case_statistics, settings, start, statistics, two_factor
from gateway.views.mina_sidor.blueprint import mina_sidor

__all__ = ["case_statistics", "mina_sidor", "settings", "start", "statistics", "two_factor"]
