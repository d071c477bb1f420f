"""Registrera faktura before a ledger that answers: the form as it is sent, and what it finds on the page."""

from typing import Any

import pytest

from rf.ledger.v1 import customers_pb2, invoices_pb2, journals_pb2, terms_pb2
from tests.unit.gateway.house import House
from tests.unit.gateway.invoices import TODAY, a_customer, an_invoice
from tests.unit.gateway.journals import a_journal, a_preview, a_receipt, some_items

FORM = "/reskontra/registrera-faktura"
WRITTEN = {
    "klient": "1042",
    "tjanst": "fakturaservice",
    "typ": "F",
    "kundnr": "100445",
    "fakturadatum": "2026-11-24",
    "villkor": "30",
    "forfallodatum": "+30",
    "valuta": "SEK",
    "avser": "El & fiber",
    "rad-1-benamning": "Fast avgift",
    "rad-1-antal": "1",
    "rad-1-pris": "39",
    "rad-1-moms": "25",
}


def answering(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house with a ledger that has a customer, a journal and its terms."""
    monkeypatch.setenv("RF_TODAY", TODAY.isoformat())
    terms = terms_pb2.Terms(payment_terms_days=20, rounds_to_krona=True, invoice_fee_minor=2500)
    house.answers |= {
        "GetTerms": terms_pb2.GetTermsResponse(terms=terms),
        "LookUpCustomers": customers_pb2.LookUpCustomersResponse(customers=[a_customer()]),
        "PreviewInvoice": journals_pb2.PreviewInvoiceResponse(preview=a_preview()),
        "RegisterInvoices": journals_pb2.RegisterInvoicesResponse(journal=a_journal()),
        "ChangeInvoice": journals_pb2.ChangeInvoiceResponse(journal=a_journal()),
        "RemoveItem": journals_pb2.RemoveItemResponse(journal=a_journal()),
        "ListOpenJournals": journals_pb2.ListOpenJournalsResponse(journals=[a_journal()]),
        "GetJournal": journals_pb2.GetJournalResponse(journal=a_journal(), items=some_items()),
        "ApproveJournal": journals_pb2.ApproveJournalResponse(receipt=a_receipt()),
        "GetReceipt": journals_pb2.GetReceiptResponse(receipt=a_receipt()),
        "GetInvoice": invoices_pb2.GetInvoiceResponse(invoice=an_invoice()),
    }
    return house


def post(house: House, url: str, fields: dict[str, Any], **kwargs: Any) -> Any:
    browser = house.browser()
    return browser.post(url, data=house.form(browser, fields), **kwargs)


def field(page: Any, name: str) -> Any:
    return page.xpath(f"//*[@id='f-{name}']")[0]
