"""The two rows: the manual's tabs and links, shown to those who may use them. No link without its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request, url_for

from gateway import session


@dataclass(frozen=True)
class Link:
    """A link of the lower row. ``also`` names endpoints that belong to it without being it."""

    name: str
    endpoint: str
    permission: str = ""
    also: Sequence[str] = ()


@dataclass(frozen=True)
class Tab:
    """A tab of the upper row; clicking it opens its first link."""

    name: str
    links: Sequence[Link]


TABS = (Tab("Mina sidor", (Link("Startsida", "mina_sidor.start"),)),)


def install(app: Flask) -> None:
    app.context_processor(_rows)


def _rows() -> dict[str, object]:
    current: session.Session | None = g.get("session")
    if current is None:
        return {"tabs": [], "links": [], "clients": []}
    tabs: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    for tab in TABS:
        usable = [link for link in tab.links if not link.permission or current.may(link.permission)]
        if not usable:
            continue
        here = any(request.endpoint == link.endpoint or request.endpoint in link.also for link in usable)
        tabs.append({"name": tab.name, "url": url_for(usable[0].endpoint), "current": here})
        if here:
            links = [
                {
                    "name": link.name,
                    "url": url_for(link.endpoint),
                    "current": request.endpoint == link.endpoint or request.endpoint in link.also,
                    "count": 0,
                }
                for link in usable
            ]
    return {"tabs": tabs, "links": links, "home_url": url_for("mina_sidor.start"), **_chooser(current)}


def _chooser(current: session.Session) -> dict[str, object]:
    """The Klient chooser: its choice is the query parameter ``klient``, the client's number."""
    chosen = {client.client_id for client in current.chosen}
    here = {name: values for name, values in request.args.lists() if name not in {"klient", "sida"}}
    path = request.endpoint if request.method == "GET" else None
    arguments = {**(request.view_args or {}), **here}

    def address(number: str | None) -> str:
        if path is None:
            return "/"
        return url_for(path, **{**arguments, "klient": number})

    return {
        "clients": [
            {
                "name": f"{client.number} {client.name}",
                "url": address(client.number),
                "current": client.client_id in chosen,
            }
            for client in current.clients
        ],
        "all_clients_url": address(None),
    }
