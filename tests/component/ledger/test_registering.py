"""Registrera faktura: what is refused, with the field named, and what waits in the caller's journal."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from chassis.wire import from_date, money
from rf.ledger.v1 import invoices_pb2, journals_pb2
from rf.type.v1 import date_pb2
from tests.component.ledger.world import TODAY, Desk, World, a_followed_up, a_printed, a_row, faults

BAD_DATE = date_pb2.Date(year=2026, month=2, day=30)

FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no service": ({"service": 0}, "service", "REQUIRED"),
    "an unknown service": ({"service": 99}, "service", "UNKNOWN"),
    "no kind": ({"kind": 0}, "kind", "REQUIRED"),
    "an unknown kind": ({"kind": 99}, "kind", "UNKNOWN"),
    "no customer": ({"customer_number": ""}, "customer_number", "REQUIRED"),
    "an unknown customer": ({"customer_number": "99999"}, "customer_number", "UNKNOWN_CUSTOMER"),
    "a long customer number": ({"customer_number": "9" * 21}, "customer_number", "TOO_LONG"),
    "a long reference": ({"your_reference": "x" * 61}, "your_reference", "TOO_LONG"),
    "a very long reference": ({"our_reference": "x" * 100_000}, "our_reference", "TOO_LONG"),
    "a control character": ({"subject": "a\x00b"}, "subject", "CONTROL_CHARACTER"),
    "text that turns around": ({"subject": "a\u202eb"}, "subject", "CONTROL_CHARACTER"),
    "no day": ({"invoice_date": None}, "invoice_date", "REQUIRED"),
    "a day that is none": ({"invoice_date": BAD_DATE}, "invoice_date", "BAD_DATE"),
    "a due day that is none": ({"due_date": BAD_DATE}, "due_date", "BAD_DATE"),
    "due before its day": ({"due_date": from_date(TODAY - timedelta(1))}, "due_date", "BEFORE_INVOICE_DATE"),
    "negative days": ({"payment_terms_days": -1}, "payment_terms_days", "OUT_OF_RANGE"),
    "too many days": ({"payment_terms_days": 2**31 - 1}, "payment_terms_days", "OUT_OF_RANGE"),
    "no currency": ({"currency_code": ""}, "currency_code", "REQUIRED"),
    "an unknown currency": ({"currency_code": "XYZ", "exchange_rate": "1"}, "currency_code", "CURRENCY"),
    "a rate for kronor": ({"exchange_rate": "2"}, "exchange_rate", "NOT_ALLOWED"),
    "a rate that is no number": ({"currency_code": "EUR", "exchange_rate": "1e3"}, "exchange_rate", "NUMBER"),
    "a rate of nothing": ({"currency_code": "EUR", "exchange_rate": "0"}, "exchange_rate", "RATE"),
    "a number of one's own": ({"invoice_number": "5"}, "invoice_number", "FROM_SERIES"),
    "an unknown invoice to credit": (
        {
            "kind": invoices_pb2.INVOICE_KIND_CREDIT,
            "credits_invoice_number": "404",
            "rows": [a_row("-1")],
        },
        "credits_invoice_number",
        "UNKNOWN_INVOICE",
    ),
    "a plus on a credit": ({"kind": invoices_pb2.INVOICE_KIND_CREDIT}, "rows[0].quantity", "CREDIT_NEEDS_MINUS"),
    "no description": ({"rows": [a_row(description="")]}, "rows[0].description", "REQUIRED"),
    "a long description": ({"rows": [a_row(description="x" * 201)]}, "rows[0].description", "TOO_LONG"),
    "a long article number": ({"rows": [a_row(article_number="x" * 21)]}, "rows[0].article_number", "TOO_LONG"),
    "a long unit": ({"rows": [a_row(unit="x" * 11)]}, "rows[0].unit", "TOO_LONG"),
    "no quantity": ({"rows": [a_row(quantity="")]}, "rows[0].quantity", "REQUIRED"),
    "a comma": ({"rows": [a_row(quantity="1,5")]}, "rows[0].quantity", "NUMBER"),
    "five decimals": ({"rows": [a_row(quantity="0.00001")]}, "rows[0].quantity", "TOO_MANY_DECIMALS"),
    "infinity": ({"rows": [a_row(price="inf")]}, "rows[0].unit_price", "NUMBER"),
    "digits of another script": ({"rows": [a_row(price="\u0661")]}, "rows[0].unit_price", "NUMBER"),
    "seven decimals": ({"rows": [a_row(price="0.0000001")]}, "rows[0].unit_price", "TOO_MANY_DECIMALS"),
    "10^15": ({"rows": [a_row(price="1" + "0" * 14)]}, "rows[0].unit_price", "OUT_OF_RANGE"),
    "more digits than any price": ({"rows": [a_row(price="9" * 39)]}, "rows[0].unit_price", "NUMBER"),
    "a discount of more than all": (
        {"rows": [a_row(discount_percent="101")]},
        "rows[0].discount_percent",
        "OUT_OF_RANGE",
    ),
    "no such VAT": ({"rows": [a_row(vat=24)]}, "rows[0].vat_percent", "VAT_RATE"),
    "VAT below zero": ({"rows": [a_row(vat=-25)]}, "rows[0].vat_percent", "VAT_RATE"),
    "the second row": ({"rows": [a_row(), a_row(vat=24)]}, "rows[1].vat_percent", "VAT_RATE"),
    "too many rows": ({"rows": [a_row()] * 501}, "rows", "TOO_MANY"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused_with_the_field_named(desk: Desk, client_id: UUID, customer: str, case: str):
    fields, field, reason = FAULTS[case]
    draft: Any = a_printed(client_id, customer)
    for name, value in fields.items():
        draft.ClearField(name)
        if name == "rows":
            draft.rows.extend(value)
        elif value is not None:
            given = invoices_pb2.InvoiceDraft(**{name: value})
            draft.MergeFrom(given)
    with pytest.raises(RemoteError) as error:
        desk.preview(draft)
    assert faults(error.value) == {f"draft.{field}": reason}
    with pytest.raises(RemoteError) as error:
        desk.register(client_id, a_printed(client_id, customer), draft)
    assert faults(error.value) == {f"invoices[1].{field}": reason}
    assert desk.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest()).journals == []


def test_reskontraservice_names_its_fields_too(desk: Desk, client_id: UUID, customer: str):
    wrong = a_followed_up(client_id, customer, "")
    wrong.total.minor_units += 1
    wrong.ocr_number = "12345"
    wrong.vat.currency_code = "EUR"
    with pytest.raises(RemoteError) as error:
        desk.preview(wrong)
    assert faults(error.value) == {"draft.vat": "CURRENCY_MISMATCH"}
    wrong.vat.currency_code = "SEK"
    with pytest.raises(RemoteError) as error:
        desk.preview(wrong)
    assert faults(error.value) == {
        "draft.invoice_number": "REQUIRED",
        "draft.total": "SUM",
        "draft.ocr_number": "CHECK_DIGIT",
    }


def test_the_preview_is_what_the_invoice_becomes(desk: Desk, client_id: UUID, customer: str):
    draft = a_followed_up(client_id, customer, "2026-17", 8_000, 2_000)
    preview = desk.preview(draft)
    invoice = desk.invoice(client_id, draft)
    assert preview.total == invoice.line.original == money(10_000)
    assert preview.draft.ocr_number == invoice.ocr_number == "20261780"
    assert preview.draft.due_date == invoice.line.due_date
    assert preview.customer.name == "Ylva Ek"
    printed = desk.preview(a_printed(client_id, customer, a_row("99.99"), with_invoice_fee=True))
    assert printed.invoice_fee == money(2_900)
    assert printed.draft.rows[0].net == money(9_999)
    assert (printed.net, printed.vat, printed.rounding, printed.total) == (
        money(12_899),
        money(3_225),
        money(-24),
        money(16_100),
    )


def test_the_journal_collects_what_this_user_registers(desk: Desk, client_id: UUID, customer: str):
    first = desk.register(client_id, a_printed(client_id, customer))
    second = desk.register(client_id, a_followed_up(client_id, customer, "77"), a_printed(client_id, customer))
    assert first.journal.journal_id == second.journal.journal_id
    assert (second.journal.item_count, list(second.journal.sums)) == (3, [money(37_500)])
    assert second.journal.version > first.journal.version
    get = journals_pb2.GetJournalRequest(client_id=str(client_id), journal_id=first.journal.journal_id, page_size=2)
    page = desk.journals.GetJournal(get)
    assert [item.item_id for item in page.items] == [*first.item_ids, second.item_ids[0]]
    assert page.items[1].invoice.draft.invoice_number == "77"
    assert page.items[0].invoice.customer.number == customer
    rest = desk.journals.GetJournal(
        journals_pb2.GetJournalRequest(
            client_id=str(client_id), journal_id=first.journal.journal_id, page_token=page.next_page_token
        )
    )
    assert [item.position for item in rest.items] == [3]
    assert rest.next_page_token == ""
    [listed] = desk.journals.ListOpenJournals(journals_pb2.ListOpenJournalsRequest()).journals
    assert listed == second.journal


def test_sums_are_kept_by_currency(desk: Desk, client_id: UUID, customer: str):
    euro = a_printed(client_id, customer, currency_code="EUR", exchange_rate="11.5")
    journal = desk.register(client_id, euro, a_printed(client_id, customer)).journal
    assert journal.sums == [money(12_500, "EUR"), money(12_500)]


def test_an_item_is_changed_at_its_place(desk: Desk, client_id: UUID, customer: str):
    answer = desk.register(client_id, a_printed(client_id, customer), a_followed_up(client_id, customer, "5"))
    change = journals_pb2.ChangeInvoiceRequest(
        request_id=str(uuid4()),
        client_id=str(client_id),
        journal_id=answer.journal.journal_id,
        item_id=answer.item_ids[0],
        invoice=a_printed(client_id, customer, a_row("200")),
    )
    journal = desk.journals.ChangeInvoice(change).journal
    assert (journal.item_count, list(journal.sums)) == (2, [money(37_500)])
    change.request_id, change.invoice.payment_terms_days = str(uuid4()), 500
    with pytest.raises(RemoteError) as error:
        desk.journals.ChangeInvoice(change)
    assert faults(error.value) == {"invoice.payment_terms_days": "OUT_OF_RANGE", "invoice.due_date": "TOO_LATE"}
    change.request_id, change.item_id = str(uuid4()), str(uuid4())
    change.invoice.payment_terms_days = 5
    with pytest.raises(RemoteError, match="NOT_FOUND"):
        desk.journals.ChangeInvoice(change)


def test_a_number_can_wait_only_once(desk: Desk, client_id: UUID, customer: str):
    twice = [a_followed_up(client_id, customer, "88"), a_followed_up(client_id, customer, "88")]
    with pytest.raises(RemoteError) as error:
        desk.register(client_id, *twice)
    assert set(faults(error.value)) == {"invoices[0].invoice_number", "invoices[1].invoice_number"}
    answer = desk.register(client_id, twice[0])
    with pytest.raises(RemoteError) as error:
        desk.register(client_id, twice[1])
    assert faults(error.value) == {"invoices[0].invoice_number": "TWICE"}
    change = journals_pb2.ChangeInvoiceRequest(
        request_id=str(uuid4()),
        client_id=str(client_id),
        journal_id=answer.journal.journal_id,
        item_id=answer.item_ids[0],
        invoice=twice[0],
    )
    assert desk.journals.ChangeInvoice(change).journal.item_count == 1


def test_two_numbers_with_one_ocr_number_are_told_apart(desk: Desk, client_id: UUID, customer: str):
    desk.invoice(client_id, a_followed_up(client_id, customer, "A-900"))
    with pytest.raises(RemoteError) as error:
        desk.preview(a_followed_up(client_id, customer, "B-900"))
    assert faults(error.value) == {"draft.invoice_number": "OCR_TAKEN"}


def test_a_draft_of_another_client_is_refused(world: World, desk: Desk, client_id: UUID, customer: str):
    with pytest.raises(RemoteError) as error:
        desk.register(client_id, a_printed(uuid4(), customer))
    assert faults(error.value) == {"invoices[0].client_id": "OTHER_CLIENT"}


def test_how_many_at_once(desk: Desk, client_id: UUID, customer: str):
    for count, reason in ((0, "REQUIRED"), (1_001, "TOO_MANY")):
        with pytest.raises(RemoteError) as error:
            desk.register(client_id, *[a_printed(client_id, customer)] * count)
        assert faults(error.value) == {"invoices": reason}


def test_repeating_a_request_registers_once(desk: Desk, client_id: UUID, customer: str):
    request = journals_pb2.RegisterInvoicesRequest(
        request_id=str(uuid4()), client_id=str(client_id), invoices=[a_printed(client_id, customer)]
    )
    first, second = desk.journals.RegisterInvoices(request), desk.journals.RegisterInvoices(request)
    assert first == second
    request.invoices[0].payment_terms_days = 10
    with pytest.raises(RemoteError, match="REQUEST_ID_REUSED"):
        desk.journals.RegisterInvoices(request)


def test_without_terms_nothing_is_registered(world: World):
    client_id = uuid4()
    with pytest.raises(RemoteError, match="TERMS_MISSING"):
        world.user(client_id).register(client_id, a_printed(client_id, "1"))


@pytest.mark.parametrize("right", [Permission.LEDGER_READ, Permission.LEDGER_APPROVE])
def test_registering_needs_its_permission(world: World, client_id: UUID, customer: str, right: Permission):
    with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
        world.user(client_id, may=[right]).register(client_id, a_printed(client_id, customer))
