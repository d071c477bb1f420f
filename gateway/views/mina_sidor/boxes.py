"""The boxes of the start page: each its own request, so that none waits for another nor falls with it (M-07 to M-10).

A box has an address of its own. htmx gets the box alone; a person who opens the address gets a page with it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import g, request
from flask.typing import ResponseReturnValue

from chassis.calls import Unauthenticated
from gateway import texts
from gateway.rendering import page, wants_fragment
from kernel.errors import DomainError

P = ParamSpec("P")


def box(template: str, title: str, **context: Any) -> ResponseReturnValue:
    """A box, or for a person the page around it."""
    if wants_fragment():
        return page(template, title=title, **context)
    return page("mina_sidor/ruta.html", box=template, title=title, **context)


def on_its_own(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """What the box cannot get stands in the box; the page around it stays."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except Unauthenticated:
            raise
        except DomainError as error:
            if not wants_fragment():
                raise
            return page("mina_sidor/_ruta_fel.html", error=texts.reason(error), path=request.full_path.rstrip("?"))

    return guarded


def chosen_clients() -> list[str]:
    """Ids of the clients of the chooser; empty for all."""
    chosen = g.session.chosen
    return [] if len(chosen) == len(g.session.clients) else [client.client_id for client in chosen]
