"""AccountService: translate, call, translate."""

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import refuse, to_uuid
from kernel.errors import Violations
from rf.ledger.v1 import accounts_pb2, accounts_pb2_grpc
from services.ledger.api.from_proto import text
from services.ledger.domain.accounts import MAX_NAME, TYPES, VAT_CODES, Account, Use, is_number
from services.ledger.usecases import accounts

MAX_CONTENT = 1024 * 1024


class AccountServicer(accounts_pb2_grpc.AccountServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def ListAccounts(
        self, request: accounts_pb2.ListAccountsRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.ListAccountsResponse:
        client_id, size = to_uuid(request.client_id, "client_id"), paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        with self.database.read() as tx:
            found = accounts.list_accounts(tx, client_id, str(key[0]) if key else "", size + 1)
        token = paging.token(found[size - 1].number) if len(found) > size else ""
        return accounts_pb2.ListAccountsResponse(accounts=[_told(one) for one in found[:size]], next_page_token=token)

    def PutAccount(
        self, request: accounts_pb2.PutAccountRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.PutAccountResponse:
        client_id, account = to_uuid(request.client_id, "client_id"), _asked(request.account)
        return self.database.once(
            request,
            accounts_pb2.PutAccountResponse,
            lambda tx: accounts_pb2.PutAccountResponse(
                account=_told(accounts.put(tx, client_id, account, is_new=request.is_new))
            ),
        )

    def RemoveAccount(
        self, request: accounts_pb2.RemoveAccountRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.RemoveAccountResponse:
        client_id = to_uuid(request.client_id, "client_id")
        if not is_number(request.number):
            raise refuse("number", "FORMAT" if request.number else "REQUIRED")

        def remove(tx: Tx) -> accounts_pb2.RemoveAccountResponse:
            accounts.remove(tx, client_id, request.number)
            return accounts_pb2.RemoveAccountResponse()

        return self.database.once(request, accounts_pb2.RemoveAccountResponse, remove)

    def ImportAccounts(
        self, request: accounts_pb2.ImportAccountsRequest, context: grpc.ServicerContext
    ) -> accounts_pb2.ImportAccountsResponse:
        client_id = to_uuid(request.client_id, "client_id")
        if not request.content or len(request.content) > MAX_CONTENT:
            raise refuse("content", "TOO_LONG" if request.content else "REQUIRED", max=str(MAX_CONTENT))

        def bring_in(tx: Tx) -> accounts_pb2.ImportAccountsResponse:
            added, changed = accounts.bring_in(tx, client_id, request.content)
            return accounts_pb2.ImportAccountsResponse(added=added, changed=changed)

        return self.database.once(request, accounts_pb2.ImportAccountsResponse, bring_in)


def _asked(message: accounts_pb2.Account) -> Account:
    uses = {use.name: use for use in Use}
    name = ""
    with Violations() as v:
        v.require("account.number", is_number(message.number), "FORMAT" if message.number else "REQUIRED")
        v.require("account.type", message.type in TYPES, "CHOICE")
        v.require("account.vat_code", message.vat_code in VAT_CODES, "CHOICE")
        v.require("account.uses", all(use in uses for use in message.uses), "CHOICE")
        with v.field("account.name"):
            name = text(message.name, MAX_NAME, required=True)
    return Account(message.number, name, message.type, message.vat_code, tuple(uses[use] for use in message.uses))


def _told(account: Account) -> accounts_pb2.Account:
    return accounts_pb2.Account(
        number=account.number,
        name=account.name,
        type=account.type,
        vat_code=account.vat_code,
        uses=[use.name for use in account.uses],
        booked=account.booked,
    )
