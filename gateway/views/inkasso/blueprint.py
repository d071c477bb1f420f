"""The blueprint that the pages of the tab share."""

from flask import Blueprint

inkasso = Blueprint("inkasso", __name__, url_prefix="/inkasso")
