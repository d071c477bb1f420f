"""The blueprint that the pages of the tab share."""

from flask import Blueprint

kommunikation = Blueprint("kommunikation", __name__, url_prefix="/kommunikation")
