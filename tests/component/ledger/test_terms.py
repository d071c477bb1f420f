"""Terms of clients, and reference rates."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError
from rf.ledger.v1 import events_pb2, terms_pb2
from tests.component.ledger.world import Desk, World, a_printed, faults, some_terms


def test_the_first_terms_seed_the_chart_of_accounts(world: World):
    for holds, bank in ((True, "1930"), (False, "1684")):
        client_id = world.client(holds_bank_account=holds)
        mapped = dict(world.rows("SELECT use, account FROM account_mapping WHERE client_id = :id", id=client_id))
        assert mapped["bank"] == bank
        assert (mapped["receivable"], mapped["vat25"], mapped["received_for_case"]) == ("1510", "2611", "2899")
        world.set_terms(client_id, holds_bank_account=not holds)
        mapped = dict(world.rows("SELECT use, account FROM account_mapping WHERE client_id = :id", id=client_id))
        assert mapped["bank"] == {"1930": "1684", "1684": "1930"}[bank]


def test_terms_are_read_as_they_were_set(world: World):
    client_id = uuid4()
    stored = world.set_terms(client_id)
    assert (stored.organisation_number, stored.postcode, stored.bankgiro) == ("5560360793", "11122", "50501055")
    request = terms_pb2.GetTermsRequest(client_id=str(client_id))
    reader = world.user(client_id, may=[Permission.LEDGER_READ])
    assert reader.terms.GetTerms(request).terms == stored
    assert world.administrator().terms.GetTerms(request).terms == stored


def test_a_series_that_has_begun_keeps_its_beginning(world: World, desk: Desk, client_id: UUID):
    world.set_terms(client_id, first_invoice_number=5_001)  # nothing is numbered yet
    customer = desk.customer(client_id).number
    assert desk.invoice(client_id, a_printed(client_id, customer)).line.number == "5001"
    with pytest.raises(RemoteError) as error:
        world.set_terms(client_id, first_invoice_number=1, first_customer_number=1)
    assert faults(error.value) == {
        "terms.first_invoice_number": "SERIES_BEGUN",
        "terms.first_customer_number": "SERIES_BEGUN",
    }


FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "client": ({"client_id": "x"}, "client_id", "BAD_ID"),
    "name": ({"name": ""}, "name", "REQUIRED"),
    "organisation number": ({"organisation_number": "556036-0794"}, "organisation_number", "CHECK_DIGIT"),
    "coordination number": ({"organisation_number": "701063-2391"}, "organisation_number", "ID_KIND"),
    "postcode": ({"postcode": "1"}, "postcode", "POSTCODE"),
    "bankgiro": ({"bankgiro": "5050-1056"}, "bankgiro", "CHECK_DIGIT"),
    "no bankgiro": ({"bankgiro": ""}, "bankgiro", "REQUIRED"),
    "days": ({"payment_terms_days": 181}, "payment_terms_days", "OUT_OF_RANGE"),
    "OCR": ({"ocr_kind": 0}, "ocr_kind", "REQUIRED"),
    "first number": ({"first_invoice_number": 0}, "first_invoice_number", "OUT_OF_RANGE"),
    "eleven digits": ({"first_invoice_number": 10**10}, "first_invoice_number", "OUT_OF_RANGE"),
    "first customer": ({"first_customer_number": -1}, "first_customer_number", "OUT_OF_RANGE"),
    "collection": ({"collection_kind": 7}, "collection_kind", "UNKNOWN"),
    "fee": ({"invoice_fee_minor": 10**15}, "invoice_fee_minor", "OUT_OF_RANGE"),
    "negative fee": ({"invoice_fee_minor": -1}, "invoice_fee_minor", "OUT_OF_RANGE"),
    "e-mail": ({"email": "nobody"}, "email", "FORMAT"),
    "phone": ({"phone": "\x00"}, "phone", "CONTROL_CHARACTER"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_refused_with_the_field_named(world: World, case: str):
    fields, field, reason = FAULTS[case]
    terms = some_terms(uuid4())
    for name, value in fields.items():
        setattr(terms, name, value)
    with pytest.raises(RemoteError) as error:
        world.administrator().terms.SetTerms(terms_pb2.SetTermsRequest(request_id=str(uuid4()), terms=terms))
    assert faults(error.value) == {f"terms.{field}": reason}


def test_terms_are_the_administrators(world: World, desk: Desk, client_id: UUID):
    request = terms_pb2.SetTermsRequest(request_id=str(uuid4()), terms=some_terms(client_id))
    for caller in (desk, world.officer()):
        with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
            caller.terms.SetTerms(request)


def enter(desk: Desk, half_year: str, basis_points: int = 200, source: str = "påhittad"):
    rate = terms_pb2.ReferenceRate(half_year=half_year, basis_points=basis_points, source=source)
    return desk.terms.SetReferenceRate(terms_pb2.SetReferenceRateRequest(request_id=str(uuid4()), rate=rate)).rate


def test_reference_rates_are_there_from_the_start_and_entered_once(world: World, desk: Desk):
    page = desk.terms.ListReferenceRates(terms_pb2.ListReferenceRatesRequest(page_size=2))
    assert [rate.half_year for rate in page.rates] == ["2026H1", "2025H2"]
    assert page.rates[0].basis_points == 200
    rest = desk.terms.ListReferenceRates(
        terms_pb2.ListReferenceRatesRequest(page_size=200, page_token=page.next_page_token)
    )
    assert rest.rates[0].half_year == "2025H1"
    assert rest.rates[-1].half_year == "2002H2"
    assert -50 in {rate.basis_points for rate in rest.rates}

    assert enter(world.administrator(), "2026H2", 175).basis_points == 175
    [told] = world.told(None, events_pb2.ReferenceRateEntered)
    assert (told.half_year, told.basis_points) == ("2026H2", 175)
    with pytest.raises(RemoteError, match="REFERENCE_RATE_ENTERED_ALREADY"):
        enter(world.administrator(), "2026H2", 200)


def test_reference_rates_are_the_administrators(world: World, desk: Desk):
    for caller in (desk, world.officer()):
        with pytest.raises(RemoteError, match="PERMISSION_DENIED"):
            enter(caller, "2027H1")


@pytest.mark.parametrize(
    ("half_year", "basis_points", "source", "field", "reason"),
    [
        ("2027", 200, "x", "half_year", "FORMAT"),
        ("2027H3", 200, "x", "half_year", "FORMAT"),
        ("2027H1", 10_000, "x", "basis_points", "OUT_OF_RANGE"),
        ("2027H1", -2_000, "x", "basis_points", "OUT_OF_RANGE"),
        ("2027H1", 200, "", "source", "REQUIRED"),
    ],
)
def test_a_rate_that_makes_no_sense(world: World, half_year, basis_points, source, field, reason):
    with pytest.raises(RemoteError) as error:
        enter(world.administrator(), half_year, basis_points, source)
    assert faults(error.value) == {f"rate.{field}": reason}
