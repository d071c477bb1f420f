"""Hjälp: one page in a window of its own, with a chapter for each page that exists (manual §1.2)."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from gateway.rendering import page
from gateway.session import needs

hjalp = Blueprint("hjalp", __name__)

# anchor and heading, in the order of the rows above; a link's `help` in navigation.TABS is one of the anchors
CHAPTERS = (
    ("logga-in", "Logga in och logga ut"),
    ("startsida", "Startsida"),
    ("installningar", "Inställningar"),
    ("hitta", "Hitta rätt"),
    ("reskontra", "Reskontra"),
    ("registrera-faktura", "Registrera faktura"),
    ("artikelregister", "Artikelregister"),
    ("kundregister", "Kundregister"),
    ("registrera-transaktion", "Registrera transaktion"),
    ("oplacerade-betalningar", "Överbetalningar och oplacerade betalningar"),
    ("inkasso-sok", "Inkasso, Sök"),
    ("skicka-fil", "Skicka fil"),
    ("anvandare", "Användare och Pinkoder"),
    ("klienter", "Klienter och systemkonton"),
    ("kortkommandon", "Kortkommandon"),
)


@hjalp.get("/hjalp")
@needs()
def chapters() -> ResponseReturnValue:
    return page("hjalp/hjalp.html", chapters=CHAPTERS)
