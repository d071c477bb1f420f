"""Hjälp: one page in a window of its own, with a chapter for each page that exists (manual §1.2)."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from gateway.rendering import page
from gateway.session import needs

hjalp = Blueprint("hjalp", __name__)

# anchor and heading, in the order of the rows above; a link's `help` in navigation.TABS is one of the anchors
CHAPTERS = (
    ("logga-in", "Logga in och logga ut"),
    ("startsida", "Startsida"),
    ("installningar", "Inställningar"),
    ("kontoplan", "Kontoplan"),
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


MAX_LENGTH = 80


@hjalp.get("/hjalp")
@needs()
def chapters() -> ResponseReturnValue:
    """All of them, or those that hold every word asked for."""
    wanted = " ".join(request.args.get("ord", "").split())[:MAX_LENGTH]
    words = wanted.casefold().split()

    def holds(title: str, body: Markup) -> bool:
        said = f"{title} {body.striptags()}".casefold()
        return all(word in said for word in words)

    return page("hjalp/hjalp.html", chapters=CHAPTERS, wanted=wanted, holds=holds)
