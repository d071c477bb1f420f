"""Kontoplan: the accounts of a client, and what each is used for."""

from uuid import UUID

from chassis.database import Tx
from chassis.permissions import Permission
from kernel.errors import NotFound, Violations
from services.ledger.domain import sie
from services.ledger.domain.accounts import Account, AccountInUse
from services.ledger.storage import accounts as storage
from services.ledger.storage import terms as terms_storage


def list_accounts(tx: Tx, client_id: UUID, after: str, limit: int) -> list[Account]:
    """Accounts by number. Raises PermissionDenied."""
    if not tx.caller.may(Permission.CHART_OF_ACCOUNTS, client_id):
        tx.caller.require(Permission.LEDGER_READ, client_id)
    return storage.page(tx, client_id, after, limit)


def put(tx: Tx, client_id: UUID, account: Account, *, is_new: bool) -> Account:
    """Add or change an account; what it is to be used for moves to it.

    Raises NotFound, TermsMissing, InvalidInput: ``TAKEN``, and ``USE_NEEDS_ACCOUNT`` for a use that would have none.
    """
    tx.caller.require(Permission.CHART_OF_ACCOUNTS, client_id)
    terms_storage.get(tx, client_id)
    stored = storage.lock(tx, client_id, account.number)
    with Violations() as v:
        v.require("account.number", not (is_new and stored), "TAKEN")
        kept = stored is None or is_new or set(stored.uses) <= set(account.uses)
        v.require("account.uses", kept, "USE_NEEDS_ACCOUNT")
    if stored is None and not is_new:
        raise NotFound("account")
    storage.put(tx, client_id, account)
    tx.audit("account.put", "account", account.number, client_id, uses=len(account.uses))
    saved = storage.lock(tx, client_id, account.number)
    assert saved is not None  # noqa: S101 - just written
    return saved


def remove(tx: Tx, client_id: UUID, number: str) -> None:
    """Remove an account. Raises NotFound, AccountInUse."""
    tx.caller.require(Permission.CHART_OF_ACCOUNTS, client_id)
    stored = storage.lock(tx, client_id, number)
    if stored is None:
        raise NotFound("account")
    if stored.booked or stored.uses:
        raise AccountInUse(number=number, why="BOOKED" if stored.booked else "MAPPED")
    storage.remove(tx, client_id, number)
    tx.audit("account.remove", "account", number, client_id)


def bring_in(tx: Tx, client_id: UUID, content: bytes) -> tuple[int, int]:
    """Add and rename accounts from a SIE 4 file. Raises InvalidInput, TermsMissing."""
    tx.caller.require(Permission.CHART_OF_ACCOUNTS, client_id)
    terms_storage.get(tx, client_id)
    with Violations() as v, v.field("content"):
        found = sie.accounts(content)
    added, changed = storage.bring_in(tx, client_id, found)
    tx.audit("accounts.import", "client", client_id, client_id, added=added, changed=changed)
    return added, changed
