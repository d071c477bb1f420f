"""The blueprint that the pages of the tab share."""

from flask import Blueprint

mina_sidor = Blueprint("mina_sidor", __name__)
