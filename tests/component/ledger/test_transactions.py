"""Registrera transaktion: direct payments and credits wait in a journal, are changed, and become real (T-01…T-03)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import events_pb2, invoices_pb2, journals_pb2, transactions_pb2
from rf.ledger.v1.transactions_pb2 import TransactionDraft
from tests.component.ledger.bank import Bank
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up, a_payment, a_row, faults

DIRECT = transactions_pb2.TRANSACTION_KIND_DIRECT_PAYMENT
CREDIT = transactions_pb2.TRANSACTION_KIND_CREDIT


def a_transaction(invoice: invoices_pb2.Invoice, minor: int, **fields: Any) -> TransactionDraft:
    values: dict[str, Any] = {
        "kind": DIRECT,
        "invoice_number": invoice.line.number,
        "date": from_date(TODAY),
        "amount": money(minor),
    }
    return TransactionDraft(**(values | fields))


class Clerk(Bank):
    """A desk with the words of this module."""

    def add(self, *drafts: TransactionDraft, desk: Desk | None = None) -> journals_pb2.RegisterTransactionsResponse:
        request = journals_pb2.RegisterTransactionsRequest(
            request_id=str(uuid4()), client_id=str(self.client_id), transactions=drafts
        )
        answer: journals_pb2.RegisterTransactionsResponse = (desk or self.desk).journals.RegisterTransactions(request)
        return answer

    def change(self, journal_id: str, item_id: str, draft: TransactionDraft) -> journals_pb2.Journal:
        request = journals_pb2.ChangeTransactionRequest(
            request_id=str(uuid4()),
            client_id=str(self.client_id),
            journal_id=journal_id,
            item_id=item_id,
            transaction=draft,
        )
        answer: journals_pb2.ChangeTransactionResponse = self.desk.journals.ChangeTransaction(request)
        return answer.journal

    def items(self, journal_id: str) -> list[transactions_pb2.RegisteredTransaction]:
        request = journals_pb2.GetJournalRequest(client_id=str(self.client_id), journal_id=journal_id)
        return [item.transaction for item in self.desk.journals.GetJournal(request).items]

    def book(self, *drafts: TransactionDraft) -> journals_pb2.Receipt:
        return self.approve(self.add(*drafts).journal.journal_id)


@pytest.fixture
def clerk(world: World, desk: Desk, client_id: UUID, customer: str) -> Clerk:
    return Clerk(world, desk, client_id, customer)


def refused(call: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(RemoteError) as error:
        call()
    return faults(error.value)


def test_several_wait_in_one_journal_and_count_nowhere_until_it_is_approved(clerk: Clerk) -> None:
    """T-01, T-02, I-08."""
    first, second = clerk.an_invoice(12_500), clerk.an_invoice(10_000)
    journal = clerk.add(a_transaction(first, 5_000), a_transaction(second, 2_500, kind=CREDIT)).journal
    assert clerk.add(a_transaction(first, 1_000)).journal.journal_id == journal.journal_id
    assert clerk.look(first).line.remaining == money(12_500)
    one, two, three = clerk.items(journal.journal_id)
    assert (one.customer_name, one.remaining, two.draft.kind) == ("Ylva Ek", money(12_500), CREDIT)
    assert three.remaining == money(7_500)
    opened = clerk.desk.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest()).journals
    assert [(one.item_count, list(one.sums)) for one in opened] == [(3, [money(8_500)])]


def test_a_direct_payment_comes_to_the_clients_own_bank_and_its_note_into_the_history(clerk: Clerk) -> None:
    """I-07, T-03; DOMAIN 3.2: +1930, −1510, also where Resultat Finans holds the account of the others."""
    invoice = clerk.an_invoice(12_500)
    day = TODAY - timedelta(3)
    clerk.book(a_transaction(invoice, 5_000, date=from_date(day), note="Kom via Swish"))
    paid = clerk.look(invoice)
    assert (paid.line.paid, paid.line.remaining) == (money(5_000), money(7_500))
    balance = clerk.world.balance(clerk.client_id)
    assert balance["1930"] == 5_000
    assert "1684" not in balance
    item = paid.history[0]
    assert (item.kind, item.note, item.amount) == ("DIRECT_PAYMENT", "Kom via Swish", money(5_000))
    detail = item.transaction
    assert (detail.channel, detail.amount, detail.date) == ("DIRECT", money(5_000), from_date(day))
    assert detail.journal_number > 0
    assert detail.receipt_number > 0
    assert clerk.world.findings() == []


def test_what_is_paid_too_much_is_the_customers(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(12_500)
    journal = clerk.add(a_transaction(invoice, 15_000)).journal
    assert clerk.items(journal.journal_id)[0].overpaid == money(2_500)
    clerk.approve(journal.journal_id)
    assert clerk.world.balance(clerk.client_id)["2420"] == -2_500
    assert clerk.world.findings() == []


def test_a_credit_takes_back_revenue_and_vat_in_proportion_and_in_the_end_to_the_ore(clerk: Clerk) -> None:
    desk, client = clerk.desk, clerk.client_id
    draft = a_followed_up(client, clerk.customer, "K-1", 10_001, 2_500)
    invoice = desk.invoice(client, draft)
    clerk.book(a_transaction(invoice, 3_333, kind=CREDIT, note="Prisavdrag"))
    credited = clerk.look(invoice)
    assert (credited.line.remaining, credited.line.paid) == (money(9_168), money(0))
    assert (credited.history[0].kind, credited.history[0].amount) == ("CREDIT", money(-3_333))
    assert (credited.history[0].note, credited.history[0].transaction.date) == ("Prisavdrag", from_date(TODAY))
    assert clerk.world.balance(client)["2611"] == -1_833  # 2 500 less 3 333 of 12 501
    clerk.book(a_transaction(invoice, 4_000, kind=CREDIT), a_transaction(invoice, 5_168, kind=CREDIT))
    assert clerk.look(invoice).line.status == invoices_pb2.INVOICE_STATUS_CREDITED
    assert clerk.world.balance(client) == {}
    assert clerk.world.findings() == []


def test_fee_and_rounding_and_several_rates_are_credited_with_the_rest(clerk: Clerk) -> None:
    desk, client = clerk.desk, clerk.client_id
    draft = invoices_pb2.InvoiceDraft(
        client_id=str(client),
        service=invoices_pb2.SERVICE_KIND_INVOICING,
        kind=invoices_pb2.INVOICE_KIND_INVOICE,
        customer_number=clerk.customer,
        invoice_date=from_date(TODAY),
        payment_terms_days=30,
        currency_code="SEK",
        with_invoice_fee=True,
        rows=[a_row("99.37"), a_row("55.11", vat=6), a_row("12.34", vat=12)],
    )
    invoice = desk.invoice(client, draft)
    total = invoice.line.remaining.minor_units
    clerk.book(*[a_transaction(invoice, minor, kind=CREDIT) for minor in (1, 4_711, total - 4_712)])
    assert clerk.world.balance(client) == {}
    assert clerk.world.findings() == []


def test_in_another_currency_payment_and_credit_go_by_the_invoices_rate(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(10_000, currency_code="EUR", exchange_rate="11.2345")
    clerk.book(
        a_transaction(invoice, 3_300, amount=money(3_300, "EUR")),
        a_transaction(invoice, 1, amount=money(6_700, "EUR"), kind=CREDIT),
    )
    settled = clerk.look(invoice)
    assert (settled.line.remaining, settled.remaining_sek) == (money(0, "EUR"), money(0))
    assert clerk.world.balance(clerk.client_id).keys() >= {"1930", "3001"}
    assert clerk.world.findings() == []


def test_a_direct_payment_of_an_invoice_in_collection_goes_by_way_of_the_case(clerk: Clerk) -> None:
    """DESIGN 6."""
    invoice, case_id = clerk.in_collection(10_000)
    journal = clerk.add(a_transaction(invoice, 4_000, note="Betalt i butiken")).journal
    assert clerk.items(journal.journal_id)[0].by_case
    clerk.approve(journal.journal_id)
    waiting = clerk.look(invoice)
    assert (waiting.line.remaining, waiting.awaiting_settlement) == (money(10_000), money(4_000))
    assert (waiting.history[0].kind, waiting.history[0].note) == ("RECEIVED_FOR_CASE", "Betalt i butiken")
    [received] = clerk.world.told(clerk.client_id, events_pb2.InvoiceCasePaymentReceived)
    clerk.settle(case_id, received.case_payment_id, invoice, 1_000, 0, 3_000, 0)
    assert clerk.look(invoice).line.remaining == money(7_000)
    assert refused(lambda: clerk.add(a_transaction(invoice, 100, kind=CREDIT))) == {
        "transactions[0].invoice_number": "IN_COLLECTION"
    }
    assert clerk.world.findings() == []


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"kind": 0}, {"kind": "REQUIRED"}),
        ({"kind": 99}, {"kind": "UNKNOWN"}),
        ({"invoice_number": ""}, {"invoice_number": "REQUIRED"}),
        ({"invoice_number": "finns-inte"}, {"invoice_number": "UNKNOWN"}),
        ({"date": None}, {"date": "REQUIRED"}),
        ({"date": from_date(TODAY + timedelta(1))}, {"date": "FUTURE"}),
        ({"date": from_date(TODAY - timedelta(4_000))}, {"date": "TOO_EARLY"}),
        ({"amount": None}, {"amount": "REQUIRED"}),
        ({"amount": money(0)}, {"amount": "NOT_POSITIVE"}),
        ({"amount": money(-100)}, {"amount": "NOT_POSITIVE"}),
        ({"amount": money(10**15)}, {"amount": "OUT_OF_RANGE"}),
        ({"amount": money(100, "XXX")}, {"amount.currency_code": "CURRENCY"}),
        ({"amount": money(100, "EUR")}, {"amount.currency_code": "CURRENCY_MISMATCH"}),
        ({"amount": money(12_501), "kind": CREDIT}, {"amount": "OVER_CREDITED"}),
        ({"note": "x" * 501}, {"note": "TOO_LONG"}),
        ({"note": "a\x00b"}, {"note": "CONTROL_CHARACTER"}),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_nothing_is_stored(
    clerk: Clerk, fields: dict[str, Any], fault: dict[str, str]
) -> None:
    invoice = clerk.an_invoice(12_500)
    good = a_transaction(invoice, 1_000)
    bad = a_transaction(invoice, 1_000, **fields)
    expected = {f"transactions[1].{field}": reason for field, reason in fault.items()}
    assert refused(lambda: clerk.add(good, bad)) == expected
    opened = clerk.desk.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest()).journals
    assert [one.item_count for one in opened] in ([], [0])


def test_credits_that_wait_count_against_what_is_open(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(12_500)
    clerk.add(a_transaction(invoice, 10_000, kind=CREDIT))
    assert refused(lambda: clerk.add(a_transaction(invoice, 2_501, kind=CREDIT))) == {
        "transactions[0].amount": "OVER_CREDITED"
    }


def test_a_credit_invoice_can_be_neither_paid_nor_credited(clerk: Clerk) -> None:
    draft = a_followed_up(
        clerk.client_id, clerk.customer, "KR-1", -10_000, -2_500, kind=invoices_pb2.INVOICE_KIND_CREDIT
    )
    credit = clerk.desk.invoice(clerk.client_id, draft)
    assert refused(lambda: clerk.add(a_transaction(credit, 100), a_transaction(credit, 100, kind=CREDIT))) == {
        "transactions[0].invoice_number": "CREDIT_INVOICE",
        "transactions[1].invoice_number": "CREDIT_INVOICE",
    }


def test_one_that_waits_is_changed_at_its_place_or_removed(clerk: Clerk) -> None:
    """T-02."""
    invoice = clerk.an_invoice(12_500)
    added = clerk.add(a_transaction(invoice, 1_000), a_transaction(invoice, 2_000))
    journal_id, (first, second) = added.journal.journal_id, added.item_ids
    changed = clerk.change(journal_id, first, a_transaction(invoice, 12_500, kind=CREDIT, note="Rättad"))
    assert (changed.item_count, list(changed.sums), changed.version) == (2, [money(14_500)], 2)
    assert [one.draft.amount for one in clerk.items(journal_id)] == [money(12_500), money(2_000)]
    assert refused(lambda: clerk.change(journal_id, second, a_transaction(invoice, 1, kind=CREDIT))) == {
        "transaction.amount": "OVER_CREDITED"
    }  # the first takes all
    clerk.desk.journals.RemoveItem(
        journals_pb2.RemoveItemRequest(
            request_id=str(uuid4()), client_id=str(clerk.client_id), journal_id=journal_id, item_id=second
        )
    )
    assert len(clerk.items(journal_id)) == 1
    with pytest.raises(RemoteError) as gone:
        clerk.change(journal_id, second, a_transaction(invoice, 1_000))
    assert gone.value.reason == "NOT_FOUND"


def test_approving_takes_all_or_nothing_and_names_the_faults_by_place(clerk: Clerk) -> None:
    """T-03."""
    first, second = clerk.an_invoice(12_500), clerk.an_invoice(10_000)
    journal = clerk.add(
        a_transaction(first, 1_000), a_transaction(second, 10_000, kind=CREDIT), a_transaction(second, 1_000)
    ).journal
    clerk.pay(a_payment(4_000, second.ocr_number))
    with pytest.raises(RemoteError) as error:
        clerk.approve(journal.journal_id)
    assert (error.value.reason, faults(error.value)) == ("JOURNAL_HAS_FAULTS", {"items[1].amount": "OVER_CREDITED"})
    assert clerk.look(first).line.paid == money(0)
    assert clerk.world.findings() == []


def test_what_is_changed_while_somebody_approves_is_either_approved_or_refused(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(12_500)
    for _ in range(3):
        added = clerk.add(a_transaction(invoice, 100))
        journal_id, item_id = added.journal.journal_id, added.item_ids[0]

        def approve(seen: journals_pb2.Journal = added.journal) -> str:
            try:
                return clerk.desk.approve(seen, version=seen.version).hash
            except RemoteError as error:
                return error.reason

        def change(journal_id: str = journal_id, item_id: str = item_id) -> str:
            try:
                return str(clerk.change(journal_id, item_id, a_transaction(invoice, 200)).version)
            except RemoteError as error:
                return error.reason

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(approve), pool.submit(change)
            outcome = (first.result(), second.result())
        assert (outcome[0] == "JOURNAL_CHANGED") != (outcome[1] == "JOURNAL_ALREADY_APPROVED"), outcome
        if outcome[0] == "JOURNAL_CHANGED":
            clerk.approve(journal_id)
    assert clerk.world.findings() == []


def test_credits_from_several_journals_at_once_never_come_to_more_than_is_open(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(10_000)
    others = [clerk.world.user(clerk.client_id) for _ in range(4)]
    journals = [(one, clerk.add(a_transaction(invoice, 4_000, kind=CREDIT), desk=one).journal) for one in others]

    def approve(pair: tuple[Desk, journals_pb2.Journal]) -> str:
        try:
            return pair[0].approve(pair[1]).hash
        except RemoteError as error:
            return error.reason

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(approve, journals))
    assert answers.count("JOURNAL_HAS_FAULTS") == 2
    assert clerk.look(invoice).line.remaining == money(2_000)
    assert clerk.world.findings() == []


def test_payments_and_credits_are_told_with_their_journal(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(12_500)
    clerk.book(a_transaction(invoice, 1_000), a_transaction(invoice, 2_000, kind=CREDIT))
    told = clerk.world.approved(clerk.client_id)[-1]
    assert [(one.amount, one.parts[0].remaining) for one in told.payments] == [(money(1_000), money(11_500))]
    assert [(one.amount, one.remaining) for one in told.credits] == [(money(2_000), money(9_500))]


def test_only_who_may_register_does_and_only_in_their_own_journal(clerk: Clerk) -> None:
    invoice = clerk.an_invoice(12_500)
    reader = clerk.world.user(clerk.client_id, may=[Permission.LEDGER_READ])
    stranger = clerk.world.user(clerk.world.client())
    for desk, reason in ((reader, "PERMISSION_DENIED"), (stranger, "NOT_FOUND")):
        with pytest.raises(RemoteError) as error:
            clerk.add(a_transaction(invoice, 100), desk=desk)
        assert error.value.reason == reason
    added = clerk.add(a_transaction(invoice, 100))
    colleague = Clerk(clerk.world, clerk.world.user(clerk.client_id), clerk.client_id, clerk.customer)
    with pytest.raises(RemoteError) as error:
        colleague.change(added.journal.journal_id, added.item_ids[0], a_transaction(invoice, 200))
    assert error.value.reason == "NOT_FOUND"
    assert refused(
        lambda: Clerk(clerk.world, clerk.world.user(other := clerk.world.client()), other, "1").add(
            a_transaction(invoice, 100)
        )
    ) == {"transactions[0].invoice_number": "UNKNOWN"}  # another client's invoice does not exist


def test_fees_are_the_ledgers_to_say(clerk: Clerk) -> None:
    """I-04."""
    invoice = clerk.an_invoice(12_500)
    assert (invoice.original_fee_sek, invoice.remaining_fee_sek) == (money(0), money(0))
