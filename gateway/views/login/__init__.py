"""Logga in, Skapa användare, Glömt lösenordet? and Logga ut (manual §2, §8)."""

from gateway.views.login import create_user, forgotten_password, second_factor, sign_in
from gateway.views.login.blueprint import login

__all__ = ["create_user", "forgotten_password", "login", "second_factor", "sign_in"]
