"""Ändra markerade (K-13) and Kravstoppad (I-06): due day and demand stop of approved invoices, all or none."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import demand_stops_pb2, events_pb2, invoices_pb2
from rf.ledger.v1.demand_stops_pb2 import DemandStop
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up, faults

LATER = TODAY + timedelta(14)
KIND = demand_stops_pb2.DemandStopKind.Value
STATUS = invoices_pb2.InvoiceStatus.Value


def a_stop(kind: str, until: date | None = None, reason: str = "") -> DemandStop:
    return DemandStop(kind=KIND(f"DEMAND_STOP_KIND_{kind}"), until_date=from_date(until), reason=reason)


def changes(client_id: UUID, ids: list[str], **what: Any) -> invoices_pb2.InvoiceChanges:
    return invoices_pb2.InvoiceChanges(client_id=str(client_id), invoice_ids=ids, **what)


def change(
    desk: Desk, client_id: UUID, ids: list[str], request_id: str = "", etag: str = "", **what: Any
) -> list[invoices_pb2.ChangedInvoice]:
    request = invoices_pb2.ChangeInvoicesRequest(
        request_id=request_id or str(uuid4()), changes=changes(client_id, ids, **what), etag=etag
    )
    return list(desk.invoices.ChangeInvoices(request).invoices)


def preview(desk: Desk, client_id: UUID, ids: list[str], **what: Any) -> invoices_pb2.PreviewInvoiceChangesResponse:
    request = invoices_pb2.PreviewInvoiceChangesRequest(changes=changes(client_id, ids, **what))
    answer: invoices_pb2.PreviewInvoiceChangesResponse = desk.invoices.PreviewInvoiceChanges(request)
    return answer


@pytest.fixture
def overdue(desk: Desk, client_id: UUID, customer: str) -> list[str]:
    """Three invoices of a customer, ten days overdue."""
    day = from_date(TODAY - timedelta(40))
    drafts = [a_followed_up(client_id, customer, number, invoice_date=day) for number in ("31", "32", "33")]
    return list(desk.approve(desk.register(client_id, *drafts).journal).invoice_ids)


def test_all_that_are_marked_change_and_each_remembers_old_and_new(
    world: World, desk: Desk, client_id: UUID, overdue: list[str]
):
    """K-13: due day, stop and end of the stop, for all of them."""
    stop = a_stop("BOTH", LATER, "Väntar på besked")
    marked = overdue[:2]
    made = change(desk, client_id, marked, due_date=from_date(LATER), stop=stop)
    assert [one.invoice.invoice_id for one in made] == marked
    assert {one.status_before for one in made} == {STATUS("INVOICE_STATUS_OVERDUE")}
    assert {one.invoice.status for one in made} == {STATUS("INVOICE_STATUS_NOT_DUE")}
    due_before = from_date(TODAY - timedelta(10))
    for invoice_id in marked:
        seen = desk.look(invoice_id)
        assert seen.line.due_date == from_date(LATER)
        assert seen.stop == stop
        item = seen.history[0]
        assert (item.kind, item.by, item.note) == ("CHANGED", "Ulla", "Väntar på besked")
        assert item.change.due_date_before == due_before
        assert item.change.due_date == from_date(LATER)
        assert item.change.stop_before == a_stop("NONE")
        assert item.change.stop == stop
    left = desk.look(overdue[2])
    assert left.line.due_date == due_before
    assert left.stop == a_stop("NONE")
    told = world.told(client_id, events_pb2.InvoiceChanged)
    assert {one.invoice_id for one in told} == set(marked)
    assert {(one.stop, one.stop_until_date.day, one.due_date_before.day) for one in told} == {
        (stop.kind, LATER.day, due_before.day)
    }
    assert world.findings() == []


def test_the_consequence_is_shown_first_and_changes_nothing(desk: Desk, client_id: UUID, overdue: list[str]):
    shown = preview(desk, client_id, overdue, due_date=from_date(LATER))
    assert [one.invoice.due_date for one in shown.invoices] == [from_date(LATER)] * 3
    assert {one.change.due_date_before.day for one in shown.invoices} == {(TODAY - timedelta(10)).day}
    assert desk.look(overdue[0]).line.due_date == from_date(TODAY - timedelta(10))
    made = change(desk, client_id, overdue, etag=shown.etag, due_date=from_date(LATER))
    assert made == list(shown.invoices)


def test_what_somebody_else_changed_meanwhile_is_not_changed_unseen(desk: Desk, client_id: UUID, overdue: list[str]):
    shown = preview(desk, client_id, overdue, stop=a_stop("BOTH"))
    change(desk, client_id, overdue[:1], due_date=from_date(LATER))
    with pytest.raises(RemoteError, match="INVOICES_CHANGED_MEANWHILE"):
        change(desk, client_id, overdue, etag=shown.etag, stop=a_stop("BOTH"))
    assert {desk.look(one).stop.kind for one in overdue} == {KIND("DEMAND_STOP_KIND_NONE")}


def test_all_or_none_with_every_fault(desk: Desk, client_id: UUID, customer: str, overdue: list[str]):
    credit = desk.invoice(
        client_id,
        a_followed_up(
            client_id,
            customer,
            "K31",
            -12_500,
            0,
            kind=invoices_pb2.INVOICE_KIND_CREDIT,
            credits_invoice_number="31",
        ),
    )
    unknown = str(uuid4())
    ids = [overdue[0], unknown, overdue[1], credit.line.invoice_id]
    with pytest.raises(RemoteError) as error:
        change(desk, client_id, ids, due_date=from_date(LATER))
    assert faults(error.value) == {
        "changes.invoice_ids[0]": "SETTLED",
        "changes.invoice_ids[1]": "UNKNOWN_INVOICE",
        "changes.invoice_ids[3]": "CREDIT",
    }
    assert desk.look(overdue[1]).line.due_date == from_date(TODAY - timedelta(10))
    assert [item.kind for item in desk.look(overdue[1]).history] == ["REGISTERED"]


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "nothing": ({}, "due_date", "REQUIRED"),
    "no such day": ({"due_date": {"year": 2026, "month": 2, "day": 30}}, "due_date", "BAD_DATE"),
    "unknown stop": ({"stop": {"kind": 9}}, "stop.kind", "UNKNOWN"),
    "long reason": ({"stop": {"kind": 4, "reason": "x" * 201}}, "stop.reason", "TOO_LONG"),
    "control character": ({"stop": {"kind": 4, "reason": "a\x07b"}}, "stop.reason", "CONTROL_CHARACTER"),
    "ended": ({"stop": {"kind": 4, "until_date": {"year": 2026, "month": 11, "day": 23}}}, "stop.until_date", "PAST"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused_with_the_field_named(desk: Desk, client_id: UUID, case: str):
    what, field, reason = FAULTS[case]
    for ask in (change, preview):
        with pytest.raises(RemoteError) as error:
            ask(desk, client_id, [str(uuid4())], **what)
        assert faults(error.value) == {f"changes.{field}": reason}


@pytest.mark.parametrize(
    ("ids", "field", "reason"),
    [
        ([], "invoice_ids", "REQUIRED"),
        ([str(uuid4())] * 2, "invoice_ids", "TWICE"),
        ([str(uuid4()) for _ in range(1_001)], "invoice_ids", "TOO_MANY"),
        (["7"], "invoice_ids[0]", "BAD_ID"),
    ],
)
def test_which_invoices(desk: Desk, client_id: UUID, ids: list[str], field: str, reason: str):
    with pytest.raises(RemoteError) as error:
        change(desk, client_id, ids, due_date=from_date(LATER))
    assert faults(error.value) == {f"changes.{field}": reason}


def test_a_repeat_changes_nothing_more(world: World, desk: Desk, client_id: UUID, overdue: list[str]):
    once = str(uuid4())
    first = change(desk, client_id, overdue, request_id=once, stop=a_stop("BOTH"))
    assert change(desk, client_id, overdue, request_id=once, stop=a_stop("BOTH")) == first
    again = change(desk, client_id, overdue, stop=a_stop("BOTH"))
    assert not any(one.HasField("change") for one in again)
    assert len(world.told(client_id, events_pb2.InvoiceChanged)) == 3
    assert len(desk.look(overdue[0]).history) == 2


def test_a_stopped_invoice_is_not_handed_over(
    desk: Desk, client_id: UUID, overdue: list[str], monkeypatch: pytest.MonkeyPatch
):
    """I-06: until the stop is lifted, or the day after its last."""
    invoice = desk.look(overdue[0]).line
    change(desk, client_id, [invoice.invoice_id], stop=a_stop("COLLECTION", LATER))
    assert not desk.look(overdue[0]).can_hand_over
    with pytest.raises(RemoteError) as error:
        desk.hand_over(invoice)
    assert error.value.details == {"because": "STOPPED", "until": LATER.isoformat()}
    change(desk, client_id, [invoice.invoice_id], stop=a_stop("NONE"))
    assert desk.hand_over(invoice).status == STATUS("INVOICE_STATUS_COLLECTION")
    change(desk, client_id, [overdue[1]], stop=a_stop("BOTH", LATER))
    monkeypatch.setenv("RF_TODAY", (LATER + timedelta(1)).isoformat())
    assert desk.hand_over(desk.look(overdue[1]).line).remaining == money(12_500)


def test_the_due_day_of_an_invoice_in_collection_is_its_cases(desk: Desk, client_id: UUID, overdue: list[str]):
    desk.hand_over(desk.look(overdue[0]).line)
    with pytest.raises(RemoteError) as error:
        change(desk, client_id, overdue, due_date=from_date(LATER))
    assert faults(error.value) == {"changes.invoice_ids[0]": "IN_COLLECTION"}
    change(desk, client_id, overdue[:1], stop=a_stop("BOTH"))
    assert desk.look(overdue[0]).stop == a_stop("BOTH")


def test_rights(world: World, client_id: UUID, overdue: list[str]):
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    for ask in (change, preview):
        with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
            ask(reader, client_id, overdue, due_date=from_date(LATER))
        with pytest.raises(RemoteError, match="NOT_FOUND"):
            ask(world.user(world.client()), client_id, overdue, due_date=from_date(LATER))
    other = world.client()
    with pytest.raises(RemoteError) as error:
        change(world.user(other), other, overdue[:1], due_date=from_date(LATER))
    assert faults(error.value) == {"changes.invoice_ids[0]": "UNKNOWN_INVOICE"}
