"""The terms of the session's clients, kept for a short while: pages ask for them all the time, they seldom change."""

import time
from collections.abc import Iterator
from typing import Final

from flask import current_app, g

from kernel.errors import DomainError
from rf.ledger.v1.terms_pb2 import GetTermsRequest, Terms

KEPT_S: Final = 300.0
KEPT_AFTER_FAULT_S: Final = 15.0
"""How long a page does without, before it asks again: navigation must not wait for a ledger that does not answer."""
TIMEOUT_S: Final = 1.0

_Kept = dict[str, tuple[float, Terms | None]]


def of(client_id: str) -> Terms | None:
    """The terms of a client of the session's; None when there are none or the ledger does not tell them."""
    if g.session.client(client_id) is None:
        return None
    kept: _Kept = current_app.extensions.setdefault("terms", {})
    good_until, terms = kept.get(client_id, (0.0, None))
    now = time.monotonic()
    if now < good_until:
        return terms
    try:
        terms = g.ledger.terms.GetTerms(GetTermsRequest(client_id=client_id), timeout=TIMEOUT_S).terms
        kept[client_id] = (now + KEPT_S, terms)
    except DomainError:
        terms = None
        kept[client_id] = (now + KEPT_AFTER_FAULT_S, None)
    return terms


def somebody_holds_bank_account() -> bool:
    """Whether overpayments and unplaced payments are the person's business (SPEC part 2, Own bank account)."""
    return g.session.is_staff or any(terms is not None and terms.holds_bank_account for terms in _readable())


def chosen_that_hold_bank_account() -> list[str]:
    """Ids of those of a client user's chosen clients whose overpayments and unplaced payments are theirs to see.

    A client whose terms are not known is among them: the ledger then says itself that it does not answer.
    """
    known = ((one.client_id, of(one.client_id)) for one in g.session.clients_with("ledger.read"))
    return [client_id for client_id, terms in known if terms is None or terms.holds_bank_account]


def nobody_holds_bank_account() -> bool:
    """The opposite, said only when the terms of all are known."""
    return not g.session.is_staff and all(terms is not None and not terms.holds_bank_account for terms in _readable())


def _readable() -> Iterator[Terms | None]:
    return (of(one.client_id) for one in g.session.clients if "ledger.read" in one.permissions)
