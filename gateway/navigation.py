"""The two rows: the manual's tabs and links, shown to those who may use them. No link without its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask, g, request, url_for

from gateway import session, terms


@dataclass(frozen=True)
class Link:
    """A link of the lower row. ``also`` names endpoints that belong to it without being it; ``help`` is its chapter."""

    name: str
    endpoint: str
    permission: str = ""
    also: Sequence[str] = ()
    help: str = ""
    shown: Callable[[], bool] = lambda: True  # beyond the permission


@dataclass(frozen=True)
class Tab:
    """A tab of the upper row; clicking it opens its first link."""

    name: str
    links: Sequence[Link]


OF_ONE_CLIENT = frozenset({"klient", "sida", "fran", "utstallare", "bunt", "post", "klart", "utkast"})
"""Parameters of an address that mean nothing for another client."""

_USERS = (
    "administration.user",
    "administration.set_access",
    "administration.set_staff_permissions",
    "administration.set_disabled",
    "administration.end_user_sessions",
    "administration.send_reset",
    "administration.remove_second_factor",
    "administration.new_user",
    "administration.create_user",
)
_PINS = ("administration.create_pin", "administration.revoke_pin")


def _is_staff() -> bool:
    return bool(g.session.is_staff)


def _is_client_user() -> bool:
    return not g.session.is_staff


TABS = (
    Tab(
        "Mina sidor",
        (
            Link(
                "Startsida",
                "mina_sidor.start",
                also=(
                    "mina_sidor.case_statistics",
                    "mina_sidor.cases_of_age",
                    "mina_sidor.case_list",
                    "mina_sidor.statistic",
                ),
                help="startsida",
            ),
            Link(
                "Inställningar",
                "mina_sidor.settings",
                also=(
                    "mina_sidor.save_settings",
                    "mina_sidor.update_account",
                    "mina_sidor.end_sessions",
                    "mina_sidor.two_factor",
                    "mina_sidor.start_two_factor",
                    "mina_sidor.confirm_two_factor",
                    "mina_sidor.remove_two_factor",
                ),
                help="installningar",
            ),
            Link(
                "Kontoplan",
                "mina_sidor.accounts",
                "ledger.read",
                (
                    "mina_sidor.new_account",
                    "mina_sidor.create_account",
                    "mina_sidor.account",
                    "mina_sidor.change_account",
                    "mina_sidor.remove_account",
                    "mina_sidor.import_accounts",
                ),
                "kontoplan",
            ),
            Link("Användare", "administration.users", "client.users", _USERS, "anvandare", _is_client_user),
            Link("Pinkoder", "administration.pins", "client.users", _PINS, "anvandare", _is_client_user),
        ),
    ),
    Tab(
        "Reskontra",
        (
            Link(
                "Reskontra",
                "reskontra.search",
                "ledger.read",
                (
                    "reskontra.invoice",
                    "reskontra.hand_over",
                    "reskontra.stop_invoice",
                    "reskontra.add_transaction",
                    "reskontra.send_message",
                    "reskontra.saved_searches",
                    "reskontra.save_search",
                    "reskontra.rename_search",
                    "reskontra.customer",
                    "reskontra.change_customer",
                    "reskontra.add_customer_note",
                    "reskontra.preview_invoice_changes",
                    "reskontra.change_marked",
                ),
                "reskontra",
            ),
            Link(
                "Registrera faktura",
                "reskontra.register_invoice",
                "ledger.register",
                (
                    "reskontra.do_register_invoice",
                    "reskontra.save_invoice",
                    "reskontra.new_customer",
                    "reskontra.create_customer",
                    "reskontra.journal",
                    "reskontra.approve_journal",
                    "reskontra.receipt",
                    "reskontra.revoke_journal",
                    "reskontra.reverse_journal",
                ),
                "registrera-faktura",
            ),
            Link(
                "Artikelregister",
                "reskontra.articles",
                "ledger.register",
                (
                    "reskontra.new_article",
                    "reskontra.create_article",
                    "reskontra.article",
                    "reskontra.change_article",
                ),
                "artikelregister",
            ),
            Link(
                "Kundregister",
                "reskontra.customer_register",
                "ledger.read",
                ("reskontra.add_customer", "reskontra.do_add_customer"),
                "kundregister",
            ),
            Link(
                "Registrera transaktion",
                "reskontra.register_transaction",
                "ledger.register",
                ("reskontra.do_register_transaction",),
                help="registrera-transaktion",
            ),
            Link(
                "Överbetalningar",
                "reskontra.overpayments",
                "ledger.read",
                ("reskontra.clear_overpayments", "reskontra.do_clear_overpayments"),
                help="oplacerade-betalningar",
                shown=terms.somebody_holds_bank_account,
            ),
            Link(
                "Oplacerade betalningar",
                "reskontra.unplaced_payments",
                "ledger.read",
                ("reskontra.clear_unplaced", "reskontra.do_clear_unplaced"),
                help="oplacerade-betalningar",
                shown=terms.somebody_holds_bank_account,
            ),
        ),
    ),
    Tab(
        "Inkasso",
        (Link("Sök", "inkasso.search", "collection.read", ("inkasso.case", "inkasso.leave_note"), help="inkasso-sok"),),
    ),
    Tab(
        "Kommunikation",
        (
            Link(
                "Skicka fil",
                "kommunikation.send_file",
                "files.send",
                ("kommunikation.do_send_file", "kommunikation.upload", "kommunikation.accept"),
                help="skicka-fil",
            ),
        ),
    ),
    # the officers' sixth, which clients never see
    Tab(
        "Handläggning",
        (
            Link("Användare", "administration.users", "users.manage", _USERS, "anvandare", _is_staff),
            Link("Pinkoder", "administration.pins", "users.manage", _PINS, "anvandare", _is_staff),
            Link(
                "Klienter",
                "administration.clients",
                "clients.manage",
                ("administration.create_client", "administration.change_client"),
                "klienter",
                _is_staff,
            ),
            Link(
                "Systemkonton",
                "administration.credentials",
                "users.manage",
                ("administration.create_credential", "administration.disable_credential"),
                "klienter",
                _is_staff,
            ),
        ),
    ),
)


def install(app: Flask) -> None:
    app.context_processor(_rows)


def _rows() -> dict[str, object]:
    current: session.Session | None = g.get("session")
    if current is None:
        return {"tabs": [], "links": [], "clients": []}
    tabs: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    chapter = ""
    place = g.get("stands_under") or request.endpoint  # a page may belong to one link or another
    for tab in TABS:
        usable = usable_of(tab, current)
        if not usable:
            continue
        here = next((link for link in usable if place in {link.endpoint, *link.also}), None)
        chapter = here.help if here else chapter
        tabs.append({"name": tab.name, "url": url_for(usable[0].endpoint), "current": here is not None})
        if here is not None:
            links = [
                {
                    "name": link.name,
                    "url": url_for(link.endpoint),
                    "current": link is here,
                    "count": 0,
                }
                for link in usable
            ]
    return {
        "tabs": tabs,
        "links": links,
        "home_url": url_for("mina_sidor.start"),
        "search_url": url_for("sok.search"),
        "hits_url": url_for("sok.hits"),
        "help_url": url_for("hjalp.chapters", _anchor=chapter or None),
        **_chooser(current),
    }


def usable_links(current: session.Session) -> list[Link]:
    """The links of all tabs that the person may use."""
    return [link for tab in TABS for link in usable_of(tab, current)]


def usable_of(tab: Tab, current: session.Session) -> list[Link]:
    """The links of a tab that the person may use."""
    return [link for link in tab.links if (not link.permission or current.may(link.permission)) and link.shown()]


def _chooser(current: session.Session) -> dict[str, object]:
    """The Klient chooser: its choice is the query parameter ``klient``, the client's number."""
    chosen = {client.client_id for client in current.chosen}
    here = {name: values for name, values in request.args.lists() if name not in OF_ONE_CLIENT}
    path = request.endpoint if request.method == "GET" else None
    arguments = {**(request.view_args or {}), **here}
    # one address for all: building it costs a page of fifty clients a millisecond
    of_any = "/" if path is None else url_for(path, **{**arguments, "klient": "-"})

    def address(number: str) -> str:
        return of_any.replace("klient=-", f"klient={quote(number)}", 1)

    return {
        "clients": [
            {
                "name": f"{client.number} {client.name}",
                "url": address(client.number),
                "current": client.client_id in chosen,
            }
            for client in current.clients
        ],
        "all_clients_url": "/" if path is None else url_for(path, **{**arguments, "klient": None}),
    }
