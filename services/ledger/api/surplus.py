"""SurplusService: translate, call, translate."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

import grpc

from chassis import paging
from chassis.database import Database, Tx
from chassis.wire import from_date, money, refuse, to_date, to_money, to_uuid, to_uuids
from kernel.errors import Violations
from kernel.free_text import clean
from kernel.money import check_amount
from rf.ledger.v1 import payments_pb2, surplus_pb2, surplus_pb2_grpc
from services.ledger.api import payments as payments_api
from services.ledger.api.enums import chosen
from services.ledger.domain.surplus import (
    MAX_NOTE,
    Candidate,
    ClearingKind,
    Payee,
    PayeeAccountKind,
    Reason,
    Source,
    payee,
)
from services.ledger.storage.surplus import Filter, Overpaid, Place, Unplaced
from services.ledger.usecases import surplus
from services.ledger.usecases.surplus import Choice, Seen

MAX_ITEMS = 100
MAX_CLIENTS = 1_000

KINDS: "Mapping[ClearingKind, surplus_pb2.ClearingKind.ValueType]" = {
    ClearingKind.REFUND: surplus_pb2.CLEARING_KIND_REFUND,
    ClearingKind.PLACE: surplus_pb2.CLEARING_KIND_PLACE,
    ClearingKind.WRITE_OFF: surplus_pb2.CLEARING_KIND_WRITE_OFF,
}
ACCOUNTS: "Mapping[PayeeAccountKind, surplus_pb2.PayeeAccountKind.ValueType]" = {
    PayeeAccountKind.BANKGIRO: surplus_pb2.PAYEE_ACCOUNT_KIND_BANKGIRO,
    PayeeAccountKind.PLUSGIRO: surplus_pb2.PAYEE_ACCOUNT_KIND_PLUSGIRO,
    PayeeAccountKind.BANK_ACCOUNT: surplus_pb2.PAYEE_ACCOUNT_KIND_BANK_ACCOUNT,
}
REASONS: "Mapping[Reason, surplus_pb2.SuggestionReason.ValueType]" = {
    Reason.NUMBER: surplus_pb2.SUGGESTION_REASON_NUMBER,
    Reason.AMOUNT: surplus_pb2.SUGGESTION_REASON_AMOUNT,
    Reason.PAYER: surplus_pb2.SUGGESTION_REASON_PAYER,
}


class SurplusServicer(surplus_pb2_grpc.SurplusServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def ListOverpayments(
        self, request: surplus_pb2.ListOverpaymentsRequest, context: grpc.ServicerContext
    ) -> surplus_pb2.ListOverpaymentsResponse:
        clients, which = _filter(request.filter)
        limit, before = paging.size(request.page_size), _before(request.page_token)
        with self.database.read() as tx:
            found = surplus.list_overpayments(tx, clients, which, before, limit + 1)
        page = found[:limit]
        token = paging.token(page[-1].bank_date.isoformat(), str(page[-1].id)) if len(found) > limit else ""
        return surplus_pb2.ListOverpaymentsResponse(overpayments=map(_overpayment, page), next_page_token=token)

    def ListUnplaced(
        self, request: surplus_pb2.ListUnplacedRequest, context: grpc.ServicerContext
    ) -> surplus_pb2.ListUnplacedResponse:
        clients, which = _filter(request.filter)
        limit, before = paging.size(request.page_size), _before(request.page_token)
        with self.database.read() as tx:
            found = surplus.list_unplaced(tx, clients, which, before, limit + 1)
        page = found[:limit]
        token = paging.token(page[-1].payment.bank_date.isoformat(), str(page[-1].id)) if len(found) > limit else ""
        return surplus_pb2.ListUnplacedResponse(payments=map(_unplaced, page), next_page_token=token)

    def GetSurplus(
        self, request: surplus_pb2.GetSurplusRequest, context: grpc.ServicerContext
    ) -> surplus_pb2.GetSurplusResponse:
        client_id = to_uuid(request.client_id, "client_id")
        overpayment_ids = to_uuids(request.overpayment_ids, "overpayment_ids")
        payment_ids = to_uuids(request.payment_ids, "payment_ids")
        if not 1 <= len(overpayment_ids) + len(payment_ids) <= MAX_ITEMS:
            raise refuse("payment_ids", "OUT_OF_RANGE", min="1", max=str(MAX_ITEMS))
        with self.database.read() as tx:
            overpaid, unplaced = surplus.get(tx, client_id, overpayment_ids, payment_ids)
        return surplus_pb2.GetSurplusResponse(
            overpayments=map(_overpayment, overpaid), payments=map(_unplaced, unplaced)
        )

    def SuggestInvoices(
        self, request: surplus_pb2.SuggestInvoicesRequest, context: grpc.ServicerContext
    ) -> surplus_pb2.SuggestInvoicesResponse:
        client_id = to_uuid(request.client_id, "client_id")
        source, surplus_id = _which(request.overpayment_id, request.payment_id)
        with self.database.read() as tx:
            found = surplus.suggest(tx, client_id, source, surplus_id)
        return surplus_pb2.SuggestInvoicesResponse(suggestions=map(_suggestion, found))

    def ClearSurplus(
        self, request: surplus_pb2.ClearSurplusRequest, context: grpc.ServicerContext
    ) -> surplus_pb2.ClearSurplusResponse:
        client_id = to_uuid(request.client_id, "client_id")
        choice = _choice(request)
        seen = _seen(request.items)

        def work(tx: Tx) -> surplus_pb2.ClearSurplusResponse:
            done = surplus.clear(tx, client_id, seen, choice)
            return surplus_pb2.ClearSurplusResponse(clearing_ids=map(str, done.ids), vouchers=done.vouchers)

        return self.database.once(request, surplus_pb2.ClearSurplusResponse, work)


# -- from messages --------------------------------------------------------------------------------------------------


def _filter(message: surplus_pb2.SurplusFilter) -> tuple[list[UUID], Filter]:
    with Violations() as v:
        v.require("filter.client_ids", len(message.client_ids) <= MAX_CLIENTS, "TOO_MANY", max=MAX_CLIENTS)
        amounts: list[int | None] = []
        for name in ("from_minor", "to_minor"):
            amounts.append(getattr(message, name) if message.HasField(name) else None)
            if amounts[-1] is not None:
                with v.field(f"filter.{name}"):
                    check_amount(amounts[-1])
    first, last = to_date(message.from_date, "filter.from_date"), to_date(message.to_date, "filter.to_date")
    return to_uuids(message.client_ids, "filter.client_ids"), Filter(first, last, *amounts)


def _choice(request: surplus_pb2.ClearSurplusRequest) -> Choice:
    kind = chosen(KINDS, request.kind, "kind")
    payee_ = Payee("", PayeeAccountKind.BANKGIRO, "")
    number = note = ""
    with Violations() as v:
        with v.field("note"):
            note = clean(request.note, MAX_NOTE, multiline=True)
        if kind is ClearingKind.WRITE_OFF:
            v.present("note", request.note.strip())
        if kind is ClearingKind.REFUND:
            with v.field("payee"):
                account_kind = chosen(ACCOUNTS, request.payee.account_kind, "account_kind")
                payee_ = payee(request.payee.name, account_kind, request.payee.account_number)
        if kind is ClearingKind.PLACE:
            with v.field("invoice_number"):
                number = clean(request.invoice_number, 25)
                v.present("invoice_number", number)
        v.require("payee", kind is ClearingKind.REFUND or not request.HasField("payee"), "NOT_ALLOWED")
        v.require("invoice_number", kind is ClearingKind.PLACE or not request.invoice_number, "NOT_ALLOWED")
    return Choice(kind, payee_ if kind is ClearingKind.REFUND else None, number, note)


def _seen(items: Sequence[surplus_pb2.SurplusSeen]) -> list[Seen]:
    if not 1 <= len(items) <= MAX_ITEMS:
        raise refuse("items", "OUT_OF_RANGE", min="1", max=str(MAX_ITEMS))
    made: list[Seen] = []
    with Violations() as v:
        for place, item in enumerate(items):
            with v.field(f"items[{place}]"):
                source, surplus_id = _which(item.overpayment_id, item.payment_id)
                remaining = to_money(item.remaining, "remaining")
                made.append(Seen(source, surplus_id, remaining.minor, remaining.currency))
        ids = [one.id for one in made]
        v.require("items", len(set(ids)) == len(ids), "TWICE")
    return made


def _which(overpayment_id: str, payment_id: str) -> tuple[Source, UUID]:
    if overpayment_id:
        return Source.OVERPAYMENT, to_uuid(overpayment_id, "overpayment_id")
    return Source.UNPLACED, to_uuid(payment_id, "payment_id")


def _before(page_token: str) -> Place | None:
    key = paging.key(page_token, [str, str])
    if key is None:
        return None
    try:
        return date.fromisoformat(str(key[0])), UUID(str(key[1]))
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None


# -- to messages ----------------------------------------------------------------------------------------------------


def _overpayment(one: Overpaid) -> surplus_pb2.Overpayment:
    return surplus_pb2.Overpayment(
        overpayment_id=str(one.id),
        client_id=str(one.client_id),
        customer_id=str(one.customer_id),
        customer_number=one.customer_number,
        customer_name=one.customer_name,
        invoice_id=str(one.invoice_id or ""),
        invoice_number=one.invoice_number,
        booking_date=from_date(one.bank_date),
        paid=money(one.paid_minor, one.currency),
        amount=money(one.amount_minor, one.currency),
        remaining=money(one.remaining_minor, one.currency),
    )


def _unplaced(one: Unplaced) -> payments_pb2.UnplacedPayment:
    return payments_pb2.UnplacedPayment(
        payment_id=str(one.id),
        client_id=str(one.client_id),
        payment=payments_api.to_proto(one.payment),
        remaining=money(one.remaining_minor, one.payment.currency),
    )


def _suggestion(one: Candidate) -> surplus_pb2.Suggestion:
    target = one.target
    return surplus_pb2.Suggestion(
        invoice_id=str(target.id),
        invoice_number=target.number,
        customer_name=target.customer_name,
        customer_number=one.customer_number,
        due_date=from_date(one.due_date),
        remaining=money(target.open_minor, target.currency),
        by_case=target.in_collection,
        reasons=[REASONS[reason] for reason in one.reasons],
    )
