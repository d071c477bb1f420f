"""Registrera faktura comes back as it was left, and Tab stops where the person wants (M-12, N-02, B9, B10)."""

from typing import Any

import pytest

from chassis.rpc_errors import Unavailable
from kernel.errors import FieldViolation, InvalidInput
from rf.auth.v1.documents_pb2 import DOCUMENT_KIND_DRAFT as DRAFT
from rf.auth.v1.documents_pb2 import DOCUMENT_KIND_PREFERENCE as PREFERENCE
from rf.ledger.v1 import customers_pb2
from tests.unit.gateway.house import ENERGI, FIBER, House, page_of, text_of
from tests.unit.gateway.invoices import an_id
from tests.unit.gateway.journals import JOURNAL
from tests.unit.gateway.kept import Kept
from tests.unit.gateway.registering import FORM, WRITTEN, answering, field, post

MINE = {**WRITTEN, "formular": an_id(70), "utkast_av": "1042"}


@pytest.fixture
def ledger(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    return answering(house, monkeypatch)


@pytest.fixture
def kept(ledger: House) -> Kept:
    return Kept(ledger)


def write(house: House, **fields: Any) -> None:
    """What the page sends by itself."""
    sent = {**MINE, "draft_focus": "rad-1-pris", "draft_scroll": "240", **fields}
    assert post(house, FORM + "/utkast", sent).status_code == 204


def form_of(house: House, address: str = FORM) -> Any:
    return page_of(house.browser().get(address))


def test_what_was_written_is_there_again_with_its_field_and_place(ledger: House, kept: Kept) -> None:
    write(ledger, avser="El & fiber ", kundnr="Yl", **{"rad-2-text": "En rad till"})
    page = form_of(ledger)
    assert field(page, "avser").get("value") == "El & fiber "
    assert field(page, "rad-2-text").get("value") == "En rad till"
    form = page.get_element_by_id("faktura")
    assert (form.get("data-draft-at"), form.get("data-draft-scroll")) == ("rad-1-pris", "240")
    assert "är tillbaka" in text_of(ledger.browser().get(FORM))
    assert page.xpath("//input[@name='formular']/@value") == [an_id(70)]
    [document] = kept.documents.values()
    assert "csrf" not in document.body


def test_a_long_one_is_there_again_too(ledger: House, kept: Kept) -> None:
    write(ledger, **{f"rad-{row}-benamning": "Å" * 200 for row in range(1, 60)})
    assert field(form_of(ledger), "rad-59-benamning").get("value") == "Å" * 200


def test_a_new_customer_that_is_being_written_is_there_again(ledger: House, kept: Kept) -> None:
    write(ledger, kundnr="", **{"ny-namn": "Saga", "ny-gata": "G 1"})
    page = form_of(ledger)
    assert (field(page, "ny-namn").get("value"), field(page, "ny-gata").get("value")) == ("Saga", "G 1")
    ledger.answers["PreviewInvoice"] = InvalidInput([FieldViolation("draft.customer_number", "REQUIRED")])
    page = page_of(post(ledger, FORM, {**MINE, "kundnr": "", "ny-namn": "Saga"}))
    assert field(page, "ny-namn").get("value") == "Saga", "not lost by Spara faktura either"


def test_each_client_has_its_draft_and_the_newest_opens_by_itself(ledger: House, kept: Kept) -> None:
    write(ledger, avser="Energi")
    write(ledger, avser="Fiber", klient="1043", utkast_av="1043", formular=an_id(71))
    page = form_of(ledger)
    assert field(page, "avser").get("value") == "Fiber"
    assert page.xpath("//*[@id='innehall']//a[@href='/reskontra/registrera-faktura?utstallare=1042']")
    assert field(form_of(ledger, FORM + "?utstallare=1042"), "avser").get("value") == "Energi"
    assert field(form_of(ledger, FORM + "?klient=1042"), "avser").get("value") == "Energi"


def test_a_change_of_client_takes_the_draft_along(ledger: House, kept: Kept) -> None:
    write(ledger)
    write(ledger, klient="1043")
    assert kept.keys(DRAFT) == [f"faktura/{FIBER}"]


def test_a_change_of_client_leaves_the_draft_of_another_form_alone(ledger: House, kept: Kept) -> None:
    write(ledger, avser="I en annan flik", formular=an_id(71))
    write(ledger, klient="1043")
    assert kept.keys(DRAFT) == [f"faktura/{ENERGI}", f"faktura/{FIBER}"]


def test_one_that_is_saved_is_gone(ledger: House, kept: Kept) -> None:
    write(ledger)
    assert post(ledger, FORM + "/spara", MINE).status_code == 303
    assert kept.keys(DRAFT) == []


def test_one_that_the_ledger_refuses_is_kept(ledger: House, kept: Kept) -> None:
    ledger.answers["PreviewInvoice"] = Unavailable(neighbour="ledger")
    assert post(ledger, FORM, {**MINE, "avser": "Inte borta"}).status_code == 503
    assert field(form_of(ledger), "avser").get("value") == "Inte borta"


def test_clear_throws_it_away(ledger: House, kept: Kept) -> None:
    write(ledger, avser="Bort")
    answer = post(ledger, FORM, {**MINE, "gor": "rensa"})
    assert (answer.status_code, answer.location) == (303, FORM + "?utstallare=1042")
    assert kept.keys(DRAFT) == []
    assert field(form_of(ledger), "avser").get("value") == ""


def test_a_waiting_invoice_that_is_changed_has_a_draft_of_its_own(ledger: House, kept: Kept) -> None:
    write(ledger, avser="Ny")
    write(ledger, avser="Ändrad", bunt=JOURNAL, post=an_id(502))
    waiting = f"{FORM}?utstallare=1042&bunt={JOURNAL}&post={an_id(502)}"
    assert field(form_of(ledger, waiting), "avser").get("value") == "Ändrad"
    assert field(form_of(ledger), "avser").get("value") == "Ny"
    assert ledger.browser().get(waiting.replace("502", "777")).status_code == 404
    assert post(ledger, FORM, {**MINE, "bunt": JOURNAL, "post": an_id(502), "gor": "rensa"}).status_code == 303
    assert kept.keys(DRAFT) == [f"faktura/{ENERGI}"]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"fields": 3, "focus": "", "scroll": 0}', '{"fields": []}'])
def test_one_that_cannot_be_read_is_as_none(ledger: House, kept: Kept, body: str) -> None:
    write(ledger)
    kept.documents[DRAFT, f"faktura/{ENERGI}"].body = body
    assert field(form_of(ledger), "avser").get("value") == ""


@pytest.mark.parametrize("odd", [{"post": "'; --"}, {"draft_scroll": "9" * 400}, {"draft_focus": "x" * 4000}])
def test_odd_values_are_no_fault_of_ours(ledger: House, kept: Kept, odd: dict[str, str]) -> None:
    write(ledger, **odd)
    assert ledger.browser().get(FORM).status_code == 200


def test_what_cannot_be_kept_is_told_to_the_page_and_stops_nobody(ledger: House, kept: Kept) -> None:
    ledger.answers["PutDocument"] = ledger.answers["ListDocuments"] = Unavailable(neighbour="auth")
    assert post(ledger, FORM + "/utkast", MINE).status_code == 503
    assert ledger.browser().get(FORM).status_code == 200
    assert "Godkänn fakturan" in text_of(post(ledger, FORM, MINE))


def test_who_may_not_register_for_a_client_keeps_none_there(ledger: House, kept: Kept) -> None:
    assert post(ledger, FORM + "/utkast", {**MINE, "klient": "9999"}).status_code == 404
    assert kept.keys(DRAFT) == []


def test_five_thousand_rows_are_refused_whole_and_not_kept(ledger: House, kept: Kept) -> None:
    many = {f"rad-{row}-benamning": "x" for row in range(5_000)}
    for url in (FORM, FORM + "/spara", FORM + "/utkast"):
        answer = post(ledger, url, {**MINE, **many})
        assert answer.status_code == 422
        assert "En faktura har högst 500 rader" in text_of(answer)
    assert kept.keys(DRAFT) == []
    assert not ledger.requests("RegisterInvoices")
    assert not ledger.requests("PreviewInvoice")


# -- Smarttab ------------------------------------------------------------------------------------------------------


def test_smarttab_begins_with_the_yellow_fields_as_stops(ledger: House, kept: Kept) -> None:
    page = form_of(ledger)
    assert field(page, "smarttab").get("checked") is not None
    chosen = set(page.xpath("//input[@name='stopp'][@checked]/@value"))
    yellow = {one.get("name") for one in page.get_element_by_id("faktura").xpath(".//*[@required]")}
    plain = {f"rad-{name.split('-', 2)[2]}" if name.startswith("rad-") else name for name in yellow}
    assert chosen == plain
    assert page.get_element_by_id("faktura").get("data-enter-next") == ""


def test_own_stops_enter_and_the_switch_are_kept_for_the_person(ledger: House, kept: Kept) -> None:
    answer = post(ledger, FORM + "/smarttab", {"stopp": ["kundnr", "rad-artikel", "finns-inte"]})
    assert answer.status_code == 204
    assert kept.keys(PREFERENCE) == ["settings", "smarttab"]
    page = form_of(ledger)
    assert page.xpath("//input[@name='stopp'][@checked]/@value") == ["kundnr", "rad-artikel"]
    assert field(page, "smarttab").get("checked") is None
    assert page.get_element_by_id("faktura").get("data-enter-next") == "off"
    post(ledger, FORM + "/smarttab", {"smarttab": "1", "enter": "1"})
    assert len(form_of(ledger).xpath("//input[@name='stopp'][@checked]")) == 17, "none at all is the yellow ones"


@pytest.mark.parametrize("body", ["", "7", '{"stops": 7, "enter": true}', '{"stops": [["x"]], "enter": 1}'])
def test_stops_that_cannot_be_read_are_the_yellow_ones(ledger: House, kept: Kept, body: str) -> None:
    post(ledger, FORM + "/smarttab", {"stopp": ["kundnr"]})
    kept.documents[PREFERENCE, "smarttab"].body = body
    assert len(form_of(ledger).xpath("//input[@name='stopp'][@checked]")) == 17


def test_a_name_of_several_customers_is_kept_as_it_was_written(ledger: House, kept: Kept) -> None:
    ledger.answers["LookUpCustomers"] = customers_pb2.LookUpCustomersResponse()
    write(ledger, kundnr="Nätt")
    assert field(form_of(ledger), "kundnr").get("value") == "Nätt"
