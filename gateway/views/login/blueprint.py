"""The blueprint of the pages before a session, and of its end."""

from flask import Blueprint

login = Blueprint("login", __name__)
