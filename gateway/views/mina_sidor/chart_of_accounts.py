"""Kontoplan: the accounts of a client, Nytt konto, Ändra, Ta bort, and a chart from a SIE file (M-17 to M-20)."""

from typing import Any, Final

from flask import Response, abort, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from gateway import texts
from gateway.forms.chart_of_accounts import TYPES, USES, VAT_CODES, AccountForm
from gateway.rendering import page
from gateway.session import needs
from gateway.views.mina_sidor.blueprint import mina_sidor
from kernel.errors import DomainError, Kind
from rf.auth.v1.sessions_pb2 import ClientAccess
from rf.ledger.v1.accounts_pb2 import (
    Account,
    ImportAccountsRequest,
    ListAccountsRequest,
    PutAccountRequest,
    RemoveAccountRequest,
)

CHANGE: Final = "chart_of_accounts"
READ: Final = ("ledger.read", CHANGE)
AT_ONCE: Final = 200  # of a question to the ledger
MAX_ACCOUNTS: Final = 6_000
MAX_FILE: Final = 1024 * 1024


@mina_sidor.get("/kontoplan")
@needs(*READ)
def accounts() -> ResponseReturnValue:
    return _list_page()


@mina_sidor.get("/kontoplan/<client>/nytt")
@needs(CHANGE)
def new_account(client: str) -> ResponseReturnValue:
    return _form_page(_changeable(client), AccountForm())


@mina_sidor.post("/kontoplan/<client>/nytt")
@needs(CHANGE)
def create_account(client: str) -> ResponseReturnValue:
    """Spara in Nytt konto."""
    return _put(_changeable(client), AccountForm.read(request.form))


@mina_sidor.get("/kontoplan/<client>/<number>")
@needs(CHANGE)
def account(client: str, number: str) -> ResponseReturnValue:
    """Ändra."""
    of = _changeable(client)
    found = next((one for one in _accounts(of) if one.number == number), None)
    if found is None:
        abort(404)
    return _form_page(of, AccountForm.of(found), number)


@mina_sidor.post("/kontoplan/<client>/<number>")
@needs(CHANGE)
def change_account(client: str, number: str) -> ResponseReturnValue:
    form = AccountForm.read(request.form)
    form.values["kontonummer"] = number
    return _put(_changeable(client), form, number)


@mina_sidor.post("/kontoplan/<client>/<number>/ta-bort")
@needs(CHANGE)
def remove_account(client: str, number: str) -> ResponseReturnValue:
    """Ta bort, refused with the reason while something needs the account."""
    of = _changeable(client)
    try:
        g.ledger.accounts.RemoveAccount(
            RemoveAccountRequest(request_id=request.form.get("request_id", ""), client_id=of.client_id, number=number)
        )
    except DomainError as error:
        if error.reason != "ACCOUNT_IN_USE":
            raise
        return _list_page(409, of=of, refused=texts.reason(error), about=number)
    return _done(of, "borttaget")


@mina_sidor.post("/kontoplan/<client>/hamta-in")
@needs(CHANGE)
def import_accounts(client: str) -> ResponseReturnValue:
    """Hämta in the accounts of a SIE file."""
    of = _changeable(client)
    sent = request.files.get("fil")
    content = sent.read(MAX_FILE + 1) if sent else b""
    try:
        answer = g.ledger.accounts.ImportAccounts(
            ImportAccountsRequest(
                request_id=request.form.get("request_id", ""), client_id=of.client_id, content=content
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        fault = texts.fault(error.violations[0], "SIE-filen", "Välj en SIE 4-fil med er kontoplan.")
        return _list_page(422, of=of, file_fault=fault)
    return _done(of, "inhamtat", nya=answer.added, andrade=answer.changed)


def _put(of: ClientAccess, form: AccountForm, number: str = "") -> ResponseReturnValue:
    try:
        g.ledger.accounts.PutAccount(
            PutAccountRequest(
                request_id=request.form.get("request_id", ""),
                client_id=of.client_id,
                account=form.account(number),
                is_new=not number,
            )
        )
    except DomainError as error:
        if error.kind is not Kind.INVALID or not error.violations:
            raise
        form.refuse(error.violations)
        return _form_page(of, form, number, 422)
    return _done(of, "andrat" if number else "sparat")


def _list_page(status: int = 200, of: ClientAccess | None = None, **more: Any) -> Response:
    of = of or _shown()
    usable = [one for one in g.session.clients if any(right in one.permissions for right in READ)]
    return page(
        "mina_sidor/kontoplan.html",
        status,
        of=of,
        clients_to_choose=[(one.number, f"{one.number} {one.name}") for one in usable],
        accounts=_accounts(of),
        may_change=CHANGE in of.permissions,
        types=TYPES,
        uses=USES,
        done=request.args.get("gjort", ""),
        **more,
    )


def _form_page(of: ClientAccess, form: AccountForm, number: str = "", status: int = 200) -> Response:
    action = (
        url_for("mina_sidor.change_account", client=of.number, number=number)
        if number
        else url_for("mina_sidor.create_account", client=of.number)
    )
    return page(
        "mina_sidor/konto.html",
        status,
        of=of,
        form=form,
        number=number,
        action=action,
        types=list(TYPES.items()),
        vat_codes=list(VAT_CODES.items()),
        uses=USES,
        back_url=url_for("mina_sidor.accounts", visa=of.number),
    )


def _accounts(of: ClientAccess) -> list[Account]:
    found: list[Account] = []
    token = ""
    while len(found) < MAX_ACCOUNTS:
        answer = g.ledger.accounts.ListAccounts(
            ListAccountsRequest(client_id=of.client_id, page_size=AT_ONCE, page_token=token)
        )
        found += answer.accounts
        token = answer.next_page_token
        if not token:
            break
    return found


def _shown() -> ClientAccess:
    """The client of the page's own chooser, else the first of the row above."""
    wanted = request.args.get("visa", "")
    usable = [
        one for one in (g.session.clients if wanted else g.session.chosen) if any(r in one.permissions for r in READ)
    ]
    found: ClientAccess | None = next((one for one in usable if not wanted or one.number == wanted), None)
    if found is None:
        abort(404 if wanted else 403)
    return found


def _changeable(number: str) -> ClientAccess:
    found: ClientAccess | None = g.session.numbered(number, CHANGE)
    if found is None:
        abort(404)
    return found


def _done(of: ClientAccess, what: str, **more: Any) -> ResponseReturnValue:
    return redirect(url_for("mina_sidor.accounts", visa=of.number, gjort=what, **more), 303)
