"""Återkalla bunt and the mirrored journal (B6): undone as a whole, or refused with what has been built on it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.business_day import STOCKHOLM
from chassis.permissions import Permission
from chassis.wire import from_date
from kernel.errors import DomainError
from rf.ledger.v1 import events_pb2, invoices_pb2, journals_pb2
from tests.component.ledger.world import Desk, World, a_followed_up, a_payment, a_printed, a_row, faults

CREDIT, FINAL = invoices_pb2.INVOICE_KIND_CREDIT, invoices_pb2.INVOICE_KIND_FINAL
REVOCATION = journals_pb2.JOURNAL_REVERSAL_REVOCATION
REVERSAL = journals_pb2.JOURNAL_REVERSAL_REVERSAL


DAY = datetime.now(STOCKHOLM).date()
LATER = DAY + timedelta(400)
OLD = from_date(DAY - timedelta(90))


@pytest.fixture(autouse=True)
def business_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The true day: approvals carry the database's clock, and the nightly run is counted from it."""
    monkeypatch.setenv("RF_TODAY", DAY.isoformat())


@pytest.fixture
def next_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let days pass, and the nightly runs with them."""
    return lambda: monkeypatch.setenv("RF_TODAY", LATER.isoformat())


def state(world: World, desk: Desk, client_id: UUID) -> dict[str, Any]:
    """All that a person can see of a ledger in sums and rows."""
    return {
        "balance": world.balance(client_id),
        "invoices": [
            (one.number, one.paid.minor_units, one.remaining.minor_units, one.status)
            for one in desk.search(client_ids=[str(client_id)], page_size=200).invoices
        ],
        "unplaced": world.rows(
            "SELECT sum(unplaced_minor) FROM payment WHERE client_id = :id AND reversed_by IS NULL", id=client_id
        ),
    }


def series(world: World, client_id: UUID) -> list[tuple[Any, ...]]:
    return world.rows(
        "SELECT series, array_agg(number ORDER BY number) FROM voucher WHERE client_id = :id GROUP BY series "
        "ORDER BY series",
        id=client_id,
    )


def test_revoking_leaves_the_ledger_as_it_was(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    """B6."""
    old = desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    before = state(world, desk, client_id)
    receipt = desk.approve(
        desk.register(
            client_id,
            a_printed(client_id, customer),
            a_followed_up(client_id, customer, "F2"),
            a_followed_up(client_id, customer, "K1", -4_000, -1_000, kind=CREDIT, credits_invoice_number="F1"),
        ).journal
    )
    assert desk.look(old.line.invoice_id).line.remaining.minor_units == 7_500
    assert receipt.revocable_until.seconds > receipt.approved_at.seconds

    undone = desk.revoke(receipt)

    assert state(world, desk, client_id) == before
    for invoice_id in receipt.invoice_ids:
        with pytest.raises(DomainError, match="NOT_FOUND"):
            desk.look(invoice_id)
    assert (undone.reversal, undone.undoes_journal_number) == (REVOCATION, receipt.journal_number)
    assert [one.minor_units for one in undone.sums] == [-one.minor_units for one in receipt.sums]
    assert undone.previous_hash == receipt.hash
    shown = desk.journals.GetReceipt(
        journals_pb2.GetReceiptRequest(client_id=str(client_id), journal_id=receipt.journal_id)
    ).receipt
    assert (shown.undone, shown.undone_by_journal_id) == (REVOCATION, undone.journal_id)
    assert shown.HasField("revocable_until") is False
    history = [(item.kind, item.amount.minor_units) for item in desk.look(old.line.invoice_id).history[:2]]
    assert history == [("CREDIT_REVERSED", 5_000), ("CREDIT", -5_000)]
    assert series(world, client_id) == [("F", [1, 2, 3, 4, 5, 6, 7]), ("K", [1, 2])]
    assert world.findings() == []


def test_what_was_revoked_can_be_registered_again(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    """Its number and OCR number are free; numbers of the client's own series are not used twice."""
    drafts = [a_followed_up(client_id, customer, "9001"), a_printed(client_id, customer)]
    for _ in range(3):
        receipt = desk.approve(desk.register(client_id, *drafts).journal)
        desk.revoke(receipt)
    last = desk.approve(desk.register(client_id, *drafts).journal)
    assert [desk.look(one).line.number for one in last.invoice_ids] == ["9001", "1004"]
    assert len(desk.search(client_ids=[str(client_id)]).invoices) == 2
    assert world.findings() == []


def test_revoking_twice_gives_one_answer(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    receipt = desk.approve(desk.register(client_id, a_printed(client_id, customer)).journal)
    request_id = str(uuid4())
    first = desk.revoke(receipt, request_id)
    assert desk.revoke(receipt, request_id) == first
    with pytest.raises(DomainError, match="JOURNAL_UNDONE_ALREADY"):
        desk.revoke(receipt)
    with pytest.raises(DomainError, match="JOURNAL_UNDOES_ANOTHER"):
        desk.revoke(first)
    assert world.findings() == []


def test_two_who_revoke_at_once_undo_it_once(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    receipt = desk.approve(desk.register(client_id, a_printed(client_id, customer)).journal)

    def attempt(_: int) -> str:
        try:
            desk.revoke(receipt)
        except DomainError as error:
            return error.reason
        return "done"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(attempt, range(4)))
    assert sorted(outcomes) == ["JOURNAL_UNDONE_ALREADY"] * 3 + ["done"]
    assert world.findings() == []


def test_it_is_told_with_the_ids_of_what_is_gone(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    receipt = desk.approve(desk.register(client_id, a_printed(client_id, customer)).journal)
    undone = desk.revoke(receipt)
    [told] = world.told(client_id, events_pb2.JournalRevoked)
    assert (told.journal_id, told.by_journal_id) == (receipt.journal_id, undone.journal_id)
    assert list(told.item_ids) == list(receipt.invoice_ids)
    assert (told.chunk, told.chunk_count, told.receipt_hash) == (1, 1, undone.hash)


def test_payments_are_revoked_and_can_come_again(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    invoice = desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    before = state(world, desk, client_id)
    payments = [a_payment(15_000, "F1", is_ocr=False), a_payment(700)]
    receipt = desk.pay(client_id, *payments)
    assert desk.look(invoice.line.invoice_id).line.remaining.minor_units == 0
    desk.revoke(receipt)
    assert state(world, desk, client_id) == before
    assert desk.look(invoice.line.invoice_id).history[0].kind == "PAYMENT_REVERSED"
    assert world.findings() == []
    desk.pay(client_id, *payments)  # the same references of the bank
    assert desk.look(invoice.line.invoice_id).line.status == invoices_pb2.INVOICE_STATUS_PAID
    assert world.findings() == []


def test_a_final_invoice_is_revoked_and_its_items_are_open_again(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    for number, net in (("F1", 10_000), ("F2", 20_000), ("K1", -500)):
        kind = CREDIT if net < 0 else invoices_pb2.INVOICE_KIND_INVOICE
        desk.invoice(client_id, a_followed_up(client_id, customer, number, net, 0, kind=kind))
    before = state(world, desk, client_id)
    final = a_printed(client_id, customer, kind=FINAL)
    del final.rows[:]
    receipt = desk.approve(desk.register(client_id, final).journal)
    desk.revoke(receipt)
    assert state(world, desk, client_id) == before
    assert world.findings() == []
    again = desk.approve(desk.register(client_id, final).journal)
    assert desk.look(again.invoice_ids[0]).line.remaining.minor_units == 29_500
    assert world.findings() == []


def test_after_the_nightly_run_a_mirrored_journal_reverses_it(
    world: World, desk: Desk, client_id: UUID, customer: str, next_day: Callable[[], None]
) -> None:
    """The invoices stay, credited: whoever has got one can find it."""
    receipt = desk.approve(
        desk.register(
            client_id,
            a_printed(client_id, customer, a_row("100"), with_invoice_fee=True),
            a_followed_up(client_id, customer, "K1", -4_000, -1_000, kind=CREDIT),
        ).journal
    )
    with pytest.raises(DomainError, match="TOO_EARLY_TO_REVERSE"):
        desk.reverse(receipt)
    next_day()
    with pytest.raises(DomainError, match="TOO_LATE_TO_REVOKE"):
        desk.revoke(receipt)
    undone = desk.reverse(receipt)
    assert undone.reversal == REVERSAL
    assert world.balance(client_id) == {}
    invoice = desk.look(receipt.invoice_ids[0])
    assert (invoice.line.status, invoice.reversed) == (invoices_pb2.INVOICE_STATUS_CREDITED, True)
    assert (invoice.history[0].kind, invoice.history[0].note) == ("REVERSED", str(undone.journal_number))
    [told] = world.told(client_id, events_pb2.JournalReversed)
    assert list(told.item_ids) == list(receipt.invoice_ids)
    assert world.findings() == []


def test_a_reversal_is_booked_on_its_own_day(
    world: World, desk: Desk, client_id: UUID, customer: str, next_day: Callable[[], None]
) -> None:
    receipt = desk.approve(desk.register(client_id, a_printed(client_id, customer)).journal)
    next_day()
    desk.reverse(receipt)
    days = world.rows("SELECT booking_date FROM voucher WHERE client_id = :id ORDER BY registered_at", id=client_id)
    assert days == [(DAY,), (LATER,)]
    numbers = world.rows("SELECT year, number FROM voucher WHERE client_id = :id ORDER BY year", id=client_id)
    assert numbers == [(DAY.year, 1), (LATER.year, 1)]


def refusal(desk: Desk, receipt: journals_pb2.Receipt) -> dict[str, str]:
    with pytest.raises(DomainError) as refused:
        desk.revoke(receipt)
    assert refused.value.reason == "JOURNAL_BUILT_UPON"
    return faults(refused.value)


def test_it_is_refused_when_somebody_has_paid(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    receipt = desk.approve(
        desk.register(
            client_id, a_followed_up(client_id, customer, "F1"), a_followed_up(client_id, customer, "F2")
        ).journal
    )
    paid = desk.pay(client_id, a_payment(100, "F2", is_ocr=False))
    before = state(world, desk, client_id)
    assert refusal(desk, receipt) == {"items[1]": "PAID"}
    assert state(world, desk, client_id) == before
    desk.revoke(paid)  # what was built is taken away first
    desk.revoke(receipt)
    assert world.findings() == []


def test_it_is_refused_when_something_is_credited_listed_or_collected(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    other = str(desk.customer(client_id).number)
    overdue = a_followed_up(client_id, other, "F3", invoice_date=OLD)
    receipt = desk.approve(
        desk.register(
            client_id,
            a_followed_up(client_id, customer, "F1"),
            a_followed_up(client_id, customer, "F2"),
            overdue,
        ).journal
    )
    desk.invoice(client_id, a_followed_up(client_id, customer, "K1", -100, 0, kind=CREDIT, credits_invoice_number="F1"))
    desk.hand_over(desk.look(receipt.invoice_ids[2]).line)
    assert refusal(desk, receipt) == {"items[0]": "CREDITED", "items[2]": "IN_COLLECTION"}
    final = a_printed(client_id, customer, kind=FINAL)
    del final.rows[:]
    desk.approve(desk.register(client_id, final).journal)
    assert refusal(desk, receipt) == {
        "items[0]": "FINAL_INVOICED",
        "items[1]": "FINAL_INVOICED",
        "items[2]": "IN_COLLECTION",
    }
    assert world.findings() == []


def test_payments_that_a_case_has_got_are_not_revoked(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    old = a_followed_up(client_id, customer, "F1", invoice_date=OLD)
    invoice = desk.invoice(client_id, old)
    desk.hand_over(invoice.line)
    receipt = desk.pay(client_id, a_payment(5_000, "F1", is_ocr=False))
    assert refusal(desk, receipt) == {"items[0]": "IN_COLLECTION"}


def test_a_credit_of_what_has_gone_to_collection_is_not_revoked(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    """The case owns the debt, and would not know that it is larger again."""
    old = a_followed_up(client_id, customer, "F1", invoice_date=OLD)
    invoice = desk.invoice(client_id, old)
    credit = a_followed_up(client_id, customer, "K1", -100, 0, kind=CREDIT, credits_invoice_number="F1")
    receipt = desk.approve(desk.register(client_id, credit).journal)
    desk.hand_over(invoice.line)
    assert refusal(desk, receipt) == {"invoices": "IN_COLLECTION"}


def test_a_journal_that_waits_is_not_undone(desk: Desk, client_id: UUID, customer: str) -> None:
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    with pytest.raises(DomainError, match="JOURNAL_NOT_APPROVED"):
        desk.revoke(journals_pb2.Receipt(client_id=str(client_id), journal_id=journal.journal_id))


def test_only_whoever_approves_undoes(world: World, desk: Desk, client_id: UUID, customer: str) -> None:
    receipt = desk.approve(desk.register(client_id, a_printed(client_id, customer)).journal)
    clerk = world.user(client_id, may=[Permission.LEDGER_READ, Permission.LEDGER_REGISTER])
    with pytest.raises(DomainError, match="PERMISSION_DENIED"):
        clerk.revoke(receipt)
    stranger = world.user(world.client())
    with pytest.raises(DomainError, match="NOT_FOUND"):
        stranger.revoke(receipt)


def test_the_page_is_told_until_when(desk: Desk, client_id: UUID, customer: str) -> None:
    """The hour is a setting; the page's text follows it."""
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    until = datetime.fromtimestamp(journal.revocable_until.seconds, STOCKHOLM)
    assert (until.hour, until.minute) == (18, 0)


def test_a_hundred_invoices_in_a_handful_of_statements(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    drafts = [a_followed_up(client_id, customer, f"F{place}") for place in range(100)]
    receipt = desk.approve(desk.register(client_id, *drafts).journal)
    desk.revoke(receipt)
    assert list(desk.search(client_ids=[str(client_id)]).invoices) == []
    assert world.findings() == []


def test_it_is_told_what_is_given_back_to_other_invoices(
    world: World, desk: Desk, client_id: UUID, customer: str
) -> None:
    invoice = desk.invoice(client_id, a_followed_up(client_id, customer, "F1"))
    desk.revoke(desk.pay(client_id, a_payment(15_000, "F1", is_ocr=False)))
    [told] = world.told(client_id, events_pb2.JournalRevoked)
    assert [(part.invoice_id, part.amount.minor_units) for part in told.takes] == [(invoice.line.invoice_id, -12_500)]
