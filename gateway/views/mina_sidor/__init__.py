"""Mina sidor (manual §3): the start page and Inställningar."""

from gateway.views.mina_sidor import settings, start
from gateway.views.mina_sidor.blueprint import mina_sidor

__all__ = ["mina_sidor", "settings", "start"]
