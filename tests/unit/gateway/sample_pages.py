"""Renders the sample pages of this folder with the gateway's own templates and filters.

``python -m tests.unit.gateway.sample_pages DIR`` writes them as files to look at beside the pictures.
"""

import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, FileSystemLoader

from gateway import presentation

HERE: Final = Path(__file__).parent
TEMPLATES: Final = Path(presentation.__file__).parent / "templates"
PAGES: Final = ("list", "invoice", "customer", "login", "pieces", "statistics", "start", "questions", "upload")
_ROWS: Final = (
    "Energi 40718562 108520 118 624000 624000 F Faktura Inkasso 3 Tuva Ekbacke",
    "Fiber 40718624 107994 103 0 123456 F Reskontra Inkasso 3 Ossian Brännvik",
    "Fiber 40718557 105170 88 18331 54994 F Reskontra Inkasso 3 Majken Sundgren-Holm",
    "Energi 40718810 100886 74 0 61250 F Faktura Inkasso 3 Torkel Fjällhage",
    "Fiber 40718738 100445 52 8725 26175 F Reskontra Påminnelse 2 Ylva Nattsjö",
    "Fiber 40718294 104163 47 0 61250 F Reskontra Påminnelse 2 Sixten Råbergh",
    "Fiber 40718434 107417 41 0 48900 R Reskontra Påminnelse 2 Frisör Saxen HB",
    "Fiber 40718755 105019 33 0 -34900 K Reskontra Förfallen 1 Bygg & Puts i Lidsjö AB",
    "Energi 40718568 104757 33 0 48900 F Faktura Påminnelse 2 Elvira Kornstrand",
    "Energi 40718824 104361 26 312000 936000 F Faktura Påminnelse 2 Nils-Petter Avasjö",
    "Energi 40718395 100687 21 0 21800 F Faktura Förfallen 1 Café Tre Kransar",
    "Energi 40718510 101966 14 0 73325 F Faktura Förfallen 1 Hedda Lövkulle",
    "Energi 40718117 100208 12 0 34900 S Faktura Förfallen 1 Brf Hällmarken 4",
    "Energi 40718161 107817 -4 0 150640 F Faktura Betald 1 Saga Tornevall",
)
_TODAY: Final = date(2026, 11, 24)


def _row(line: str) -> dict[str, Any]:
    client, number, customer, days, paid, left, letter, service, status, step, name = line.split(" ", 10)
    due = _TODAY - timedelta(int(days))
    return {
        "client": client,
        "number": number,
        "customer": customer,
        "days": int(days),
        "due": due,
        "invoiced": due - timedelta(30),
        "paid": int(paid),
        "left": int(left),
        "type": letter,
        "service": service,
        "status": status,
        "step": int(step),
        "name": name,
        "stop": number == "40718738",
    }


@cache
def environment() -> Environment:
    """The gateway's templates with the sample pages beside them."""
    loader = ChoiceLoader([FileSystemLoader(HERE / "pages"), FileSystemLoader(TEMPLATES)])
    env = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    presentation.equip(env)
    env.globals["csrf_token"] = lambda: "token"
    return env


def context(page: str) -> dict[str, Any]:
    """What the gateway gives each page."""
    links = ("Reskontra", "Registrera faktura", "Artikelregister", "Kundregister", "Registrera transaktion")
    current = "Registrera faktura" if page == "invoice" else "Reskontra"
    return {
        "tabs": [
            {"name": name, "url": f"/{name.lower()}", "current": name == "Reskontra"}
            for name in ("Mina sidor", "Reskontra", "Inkasso", "Rapporter", "Kommunikation")
        ],
        "links": [
            *({"name": name, "url": "#", "current": name == current} for name in links),
            {"name": "Överbetalningar", "url": "#"},
            {"name": "Oplacerade betalningar", "url": "#", "count": 3},
        ],
        "clients": [{"name": name, "url": "#", "current": True} for name in ("Energi", "Fiber", "Vatten")],
        "user": {"name": "Frida Ahlgård"},
        "theme": "light",
        "density": "normal",
        "session": {"idle_s": 1800, "warn_s": 1680, "ping_url": "/session", "end_url": "/logga-in"},
        "search_url": "/sok",
        "help_url": "/hjalp",
        "logout_url": "/logga-ut",
        "rows": [_row(line) for line in _ROWS],
        "day": _TODAY,
    }


def render(page: str, **changes: Any) -> str:
    """One sample page as HTML."""
    return environment().get_template(f"{page}.html").render(context(page) | changes)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for page in PAGES:
        for theme in ("light", "dark"):
            (target / f"{page}-{theme}.html").write_text(render(page, theme=theme), "utf-8")
