"""Demand stops and changes of approved invoices, between messages and the domain."""

from datetime import date
from uuid import UUID

from chassis.business_day import today
from chassis.wire import from_date, to_date, to_uuid
from kernel.errors import Violations
from rf.ledger.v1 import demand_stops_pb2, invoices_pb2
from services.ledger.api import enums
from services.ledger.api.from_proto import text
from services.ledger.domain.invoice_changes import MAX_INVOICES, MAX_REASON, Change, Terms, check
from services.ledger.domain.kinds import StopKind
from services.ledger.usecases.customers import NIL


def from_changes(message: invoices_pb2.InvoiceChanges) -> tuple[UUID, list[UUID], Change]:
    """Client, invoices and what is to be changed. Raises InvalidInput with every fault."""
    client_id, ids, due, until, reason = NIL, list[UUID](), None, None, ""
    stop: StopKind | None = None
    with Violations() as v:
        with v.field(""):
            client_id = to_uuid(message.client_id, "client_id")
        if v.present("invoice_ids", message.invoice_ids) and v.require(
            "invoice_ids", len(message.invoice_ids) <= MAX_INVOICES, "TOO_MANY", max=MAX_INVOICES
        ):
            for index, one in enumerate(message.invoice_ids):
                with v.field(""):
                    ids.append(to_uuid(one, f"invoice_ids[{index}]"))
        v.require("invoice_ids", len(set(ids)) == len(ids), "TWICE")
        with v.field(""):
            due = to_date(message.due_date, "due_date")
        with v.field(""):
            until = to_date(message.stop.until_date, "stop.until_date")
        if message.stop.kind:
            with v.field("stop.kind"):
                stop = enums.chosen(enums.STOP_KINDS, message.stop.kind, "")
        with v.field("stop.reason"):
            reason = text(message.stop.reason, MAX_REASON)
        change = Change(due, stop, until, reason)
        if not v:
            with v.field(""):
                check(change, today())
    return client_id, ids, change


def demand_stop(kind: StopKind | str, until: date | None, reason: str) -> demand_stops_pb2.DemandStop:
    return demand_stops_pb2.DemandStop(
        kind=enums.STOP_KINDS[StopKind(kind)], until_date=from_date(until), reason=reason
    )


def to_change(before: Terms, after: Terms) -> demand_stops_pb2.InvoiceChange:
    """What was changed, as it was and as it is."""
    return demand_stops_pb2.InvoiceChange(
        due_date_before=from_date(before.due_date),
        due_date=from_date(after.due_date),
        stop_before=demand_stop(before.stop, before.stop_until, before.stop_reason),
        stop=demand_stop(after.stop, after.stop_until, after.stop_reason),
    )
