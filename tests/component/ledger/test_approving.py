"""Godkänn Bunt: all of a journal becomes real, once, or nothing of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import events_pb2, invoices_pb2, journals_pb2
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up, a_printed, a_row, faults


def refused(attempt):
    """The reason that an attempt is refused with, None when it is not."""
    try:
        attempt()
    except RemoteError as error:
        return error.reason
    return None


def test_an_approved_invoice_is_in_the_ledger_and_the_books(world: World, desk: Desk, client_id: UUID, customer: str):
    draft = a_printed(
        client_id, customer, a_row("100", 25), a_row("50.50", 12), a_row("10", 6), a_row("9", 0), with_invoice_fee=True
    )
    invoice = desk.invoice(client_id, draft)
    assert invoice.line.number == "1001"
    assert invoice.ocr_number == "100164"
    assert invoice.line.due_date == from_date(TODAY + timedelta(30))
    assert invoice.line.status == invoices_pb2.INVOICE_STATUS_TO_BE_INVOICED
    # 129.00 at 25 % with the fee, 50.50 at 12, 10 at 6, 9 at 0: 198.50 + 38.91 = 237.41, rounded to 237
    assert (invoice.net.minor_units, invoice.vat.minor_units, invoice.rounding.minor_units) == (19850, 3891, -41)
    assert invoice.line.original == invoice.line.remaining == money(23700)
    assert [(s.vat_percent, s.net.minor_units, s.vat.minor_units) for s in invoice.vat_sums] == [
        (25, 12900, 3225),
        (12, 5050, 606),
        (6, 1000, 60),
        (0, 900, 0),
    ]
    assert world.balance(client_id) == {
        "1510": 23700,
        "2611": -3225,
        "2621": -606,
        "2631": -60,
        "3001": -10000,
        "3002": -5050,
        "3003": -1000,
        "3004": -900,
        "3540": -2900,
        "3740": 41,
    }
    [item] = invoice.history
    assert (item.kind, item.voucher, item.by, item.amount) == ("REGISTERED", "F 1", "Ulla", money(23700))
    assert world.findings() == []


def test_what_waits_in_a_journal_is_nowhere_else(world: World, desk: Desk, client_id: UUID, customer: str):
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    assert desk.search().total_count == 0
    assert world.balance(client_id) == {}
    desk.approve(journal)
    assert desk.search().total_count == 1


def test_a_journal_is_told_in_chunks_of_five_hundred(world: World, desk: Desk, client_id: UUID, customer: str):
    journal = desk.register(client_id, *[a_printed(client_id, customer) for _ in range(501)]).journal
    receipt = desk.approve(journal)
    told = world.approved(client_id)
    assert [(one.chunk, one.chunk_count, len(one.invoices)) for one in told] == [(1, 2, 500), (2, 2, 1)]
    assert [one.invoice_id for chunk in told for one in chunk.invoices] == list(receipt.invoice_ids)
    assert {one.receipt_hash for one in told} == {receipt.hash}
    assert receipt.item_count == 501
    assert receipt.sums == [money(501 * 12500)]
    assert world.findings() == []


def test_receipts_are_chained(world: World, desk: Desk, client_id: UUID, customer: str):
    receipts = [desk.approve(desk.register(client_id, a_printed(client_id, customer)).journal) for _ in range(3)]
    assert [one.receipt_number for one in receipts] == [1, 2, 3]
    assert [one.previous_hash for one in receipts] == ["", receipts[0].hash, receipts[1].hash]
    request = journals_pb2.GetReceiptRequest(client_id=str(client_id), journal_id=receipts[1].journal_id)
    assert desk.journals.GetReceipt(request).receipt == receipts[1]


def test_two_who_approve_at_once_make_it_real_once(world: World, client_id: UUID, desk: Desk, customer: str):
    journal = desk.register(client_id, *[a_printed(client_id, customer) for _ in range(20)]).journal
    with ThreadPoolExecutor(4) as pool:
        reasons = list(pool.map(lambda _: refused(lambda: desk.approve(journal)), range(4)))
    assert sorted(reasons, key=str) == ["JOURNAL_ALREADY_APPROVED"] * 3 + [None]
    assert desk.search().total_count == 20
    assert world.findings() == []


def test_the_same_request_again_gets_the_first_receipt(world: World, desk: Desk, client_id: UUID, customer: str):
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    request_id = str(uuid4())
    with ThreadPoolExecutor(3) as pool:
        receipts = list(pool.map(lambda _: desk.approve(journal, request_id=request_id), range(3)))
    assert receipts[0] == receipts[1] == receipts[2]
    assert desk.search().total_count == 1


def test_a_journal_that_changed_meanwhile_is_not_approved(desk: Desk, client_id: UUID, customer: str):
    seen = desk.register(client_id, a_printed(client_id, customer)).journal
    desk.register(client_id, a_printed(client_id, customer))
    assert refused(lambda: desk.approve(seen, version=seen.version)) == "JOURNAL_CHANGED"
    assert refused(lambda: desk.approve(seen, version=seen.version + 1)) is None


def test_an_empty_journal_cannot_be_approved(desk: Desk, client_id: UUID, customer: str):
    answer = desk.register(client_id, a_printed(client_id, customer))
    desk.journals.RemoveItem(
        journals_pb2.RemoveItemRequest(
            request_id=str(uuid4()),
            client_id=str(client_id),
            journal_id=answer.journal.journal_id,
            item_id=answer.item_ids[0],
        )
    )
    assert refused(lambda: desk.approve(answer.journal)) == "JOURNAL_EMPTY"


def test_one_faulty_item_stops_all_of_them_and_each_is_named(world: World, desk: Desk, client_id: UUID, customer: str):
    other = world.user(client_id)
    mine = desk.register(
        client_id,
        a_printed(client_id, customer),
        a_followed_up(client_id, customer, "7001"),
        a_printed(client_id, customer),
        a_followed_up(client_id, customer, "7002"),
    ).journal
    theirs = [a_followed_up(client_id, customer, number) for number in ("7001", "7002")]
    other.approve(other.register(client_id, *theirs).journal)
    with pytest.raises(RemoteError) as error:
        desk.approve(mine)
    assert error.value.reason == "JOURNAL_HAS_FAULTS"
    assert faults(error.value) == {"items[1].invoice_number": "TAKEN", "items[3].invoice_number": "TAKEN"}
    assert desk.search().total_count == 2
    assert world.findings() == []


def test_numbers_have_no_gaps_whoever_approves(world: World, client_id: UUID, customer: str):
    desks = [world.user(client_id) for _ in range(8)]

    def work(desk: Desk) -> None:
        for count in (1, 3, 2):
            desk.approve(desk.register(client_id, *[a_printed(client_id, customer) for _ in range(count)]).journal)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, desks))
    numbers = [
        int(number) for (number,) in world.rows("SELECT number FROM invoice WHERE client_id = :id", id=client_id)
    ]
    assert sorted(numbers) == list(range(1001, 1001 + 48))
    journals = world.rows("SELECT number FROM journal WHERE client_id = :id ORDER BY number", id=client_id)
    assert [number for (number,) in journals] == list(range(1, 25))
    assert world.findings() == []


def test_the_series_leaves_out_numbers_that_are_taken(world: World, desk: Desk, client_id: UUID, customer: str):
    desk.approve(desk.register(client_id, a_followed_up(client_id, customer, "1002")).journal)
    receipt = desk.approve(
        desk.register(
            client_id,
            a_printed(client_id, customer),
            a_followed_up(client_id, customer, "1003"),
            a_printed(client_id, customer),
        ).journal
    )
    numbers = [desk.look(invoice_id).line.number for invoice_id in receipt.invoice_ids]
    assert numbers == ["1001", "1003", "1004"]
    assert world.findings() == []


def test_terms_that_changed_the_amount_are_noticed(world: World, desk: Desk, client_id: UUID, customer: str):
    journal = desk.register(client_id, a_printed(client_id, customer, with_invoice_fee=True)).journal
    world.set_terms(client_id, invoice_fee_minor=4900)
    with pytest.raises(RemoteError) as error:
        desk.approve(journal)
    assert faults(error.value) == {"items[0].total": "CHANGED"}


def test_four_eyes(world: World):
    client_id = world.client(four_eyes=True)
    registers, approves = world.user(client_id), world.user(client_id)
    customer = registers.customer(client_id).number
    journal = registers.register(client_id, a_printed(client_id, customer)).journal
    assert refused(lambda: registers.approve(journal)) == "FOUR_EYES"
    seen = approves.journals.GetJournal(
        journals_pb2.GetJournalRequest(client_id=str(client_id), journal_id=journal.journal_id)
    )
    assert seen.journal.item_count == 1
    assert approves.approve(journal, seen.journal.version).item_count == 1


def test_without_four_eyes_a_journal_is_its_owners_alone(world: World, desk: Desk, client_id: UUID, customer: str):
    journal = desk.register(client_id, a_printed(client_id, customer)).journal
    other = world.user(client_id)
    assert refused(lambda: other.approve(journal)) == "NOT_FOUND"
    get = journals_pb2.GetJournalRequest(client_id=str(client_id), journal_id=journal.journal_id)
    assert refused(lambda: other.journals.GetJournal(get)) == "NOT_FOUND"
    assert list(other.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest()).journals) == []


def test_the_reference_of_an_event_is_that_of_the_ledger(world: World, desk: Desk, client_id: UUID, customer: str):
    invoice = desk.invoice(client_id, a_followed_up(client_id, customer, "A-17"))
    [told] = world.told(client_id, events_pb2.JournalApproved)
    [one] = told.invoices
    assert one.invoice_id == invoice.line.invoice_id
    assert one.customer_id == invoice.customer.customer_id
    assert (one.total, one.service, one.kind) == (
        money(12500),
        invoices_pb2.SERVICE_KIND_LEDGER,
        invoices_pb2.INVOICE_KIND_INVOICE,
    )
    assert told.booking_date == from_date(TODAY)
