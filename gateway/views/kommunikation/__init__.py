"""Kommunikation (manual §7): files that clients send."""

from gateway.views.kommunikation import send_file, upload
from gateway.views.kommunikation.blueprint import kommunikation

__all__ = ["kommunikation", "send_file", "upload"]
