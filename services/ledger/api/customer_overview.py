"""CustomerOverviewService: translate, call, translate."""

from datetime import date
from uuid import UUID

import grpc

from chassis import paging
from chassis.business_day import today
from chassis.database import Database
from chassis.wire import money, refuse, to_uuid
from rf.ledger.v1 import customer_overview_pb2, customer_overview_pb2_grpc
from services.ledger.api import customer_register, to_proto
from services.ledger.api.invoice_changes import demand_stop
from services.ledger.domain.balances import Balance, Part
from services.ledger.domain.statuses import stop_holds
from services.ledger.storage.customer_overview import Listed, Place
from services.ledger.usecases import customer_overview
from services.ledger.usecases.customer_overview import NOTES, Overview


class CustomerOverviewServicer(customer_overview_pb2_grpc.CustomerOverviewServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database

    def GetCustomerOverview(
        self, request: customer_overview_pb2.GetCustomerOverviewRequest, context: grpc.ServicerContext
    ) -> customer_overview_pb2.GetCustomerOverviewResponse:
        client_id = to_uuid(request.client_id, "client_id") if request.client_id else None
        customer_id = to_uuid(request.customer_id, "customer_id")
        size, after = paging.size(request.page_size), _place(request.page_token)
        with self.database.read() as tx:
            found = customer_overview.get(
                tx, client_id, customer_id, settled_too=request.all_invoices, after=after, limit=size
            )
        return _answer(found, size, today())


def _answer(found: Overview, size: int, day: date) -> customer_overview_pb2.GetCustomerOverviewResponse:
    shown, notes = found.invoices[:size], found.notes[:NOTES]
    return customer_overview_pb2.GetCustomerOverviewResponse(
        customer=to_proto.customer(found.customer),
        is_shielded=found.is_shielded,
        balances=[_balance(one) for one in found.balances],
        missing_half_year=_half_year(found.missing_half_year),
        former_address_count=found.former_addresses,
        notes=[customer_register.note(row) for row in notes],
        next_notes_page_token=paging.token(str(notes[-1].id)) if len(found.notes) > NOTES else "",
        invoices=[_invoice(found, one, day) for one in shown],
        next_page_token=_token(shown[-1]) if len(found.invoices) > size else "",
        open_count=found.open_count,
        invoice_count=found.invoice_count,
    )


def _balance(one: Balance) -> customer_overview_pb2.CustomerBalance:
    def part(value: Part) -> customer_overview_pb2.BalancePart:
        return customer_overview_pb2.BalancePart(amount=money(value.minor, one.currency), count=value.count)

    return customer_overview_pb2.CustomerBalance(
        total=money(one.total_minor, one.currency),
        not_due=part(one.not_due),
        overdue=part(one.overdue),
        only_overdue=part(one.only_overdue),
        reminded=part(one.reminded),
        collection=part(one.collection),
        interest=money(one.interest_minor, one.currency),
        credits=part(one.credits),
        overpaid=money(-one.overpaid_minor, one.currency),
    )


def _invoice(found: Overview, one: Listed, day: date) -> customer_overview_pb2.CustomerInvoice:
    facts = one.line.facts
    message = customer_overview_pb2.CustomerInvoice(
        line=to_proto.line(one.line, day),
        remaining_sek=money(one.open_sek_minor),
        fees_and_interest=money(found.interest.get(one.line.id, 0), facts.currency),
        overpaid=money(found.overpaid.get(one.line.id, 0), facts.currency),
        has_copy=facts.printed,
    )
    if stop_holds(facts, day):
        message.stop.CopyFrom(demand_stop(facts.stop, facts.stop_until, one.stop_reason))
    return message


def _half_year(first: date | None) -> str:
    return "" if first is None else f"{first.year}H{1 if first.month == 1 else 2}"


def _token(last: Listed) -> str:
    return paging.token(last.line.facts.due_date.isoformat(), str(last.line.id))


def _place(page_token: str) -> Place | None:
    key = paging.key(page_token, [str, str])
    if key is None:
        return None
    try:
        return Place(date.fromisoformat(str(key[0])), UUID(str(key[1])))
    except ValueError:
        raise refuse("page_token", "BAD_TOKEN") from None
