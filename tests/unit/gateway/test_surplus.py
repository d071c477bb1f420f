"""Överbetalningar (Ö-01…Ö-04) and Oplacerade betalningar (U-01, U-02): lists, filter, and Ta bort of what is ticked."""

from typing import Any

import pytest

from chassis import wire
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind
from rf.ledger.v1 import payments_pb2, surplus_pb2, terms_pb2
from tests.unit.gateway.house import ALL, ENERGI, FIBER, House, access, page_of, text_of
from tests.unit.gateway.invoices import TODAY, an_id
from tests.unit.gateway.journals import a_payment

OVERPAYMENTS, UNPLACED = "/reskontra/overbetalningar", "/reskontra/oplacerade-betalningar"
ROW = f"1042.{an_id(1)}.50000.SEK"


class Changed(DomainError):
    reason = "SURPLUS_CHANGED"
    kind = Kind.CONFLICT


@pytest.fixture
def ledger(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """Kvarnåsens Energi holds its bank account, Kvarnåsens Fiber does not."""
    monkeypatch.setenv("RF_TODAY", TODAY.isoformat())
    rights = (*ALL, "ledger.write_off")
    house.sign_in_as(
        access(ENERGI, "1042", "Kvarnåsens Energi", *rights), access(FIBER, "1043", "Kvarnåsens Fiber", *rights)
    )
    payment = a_payment(payments_pb2.MATCH_VERDICT_UNPLACED).payment
    unplaced = payments_pb2.UnplacedPayment(
        payment_id=an_id(1), client_id=ENERGI, payment=payment, remaining=wire.money(50_000)
    )
    over = surplus_pb2.Overpayment(
        overpayment_id=an_id(1), client_id=ENERGI, customer_number="100445", customer_name="Ylva Nattsjö",
        invoice_id=an_id(9), invoice_number="40711972", booking_date=wire.from_date(TODAY),
        paid=wire.money(62_500), amount=wire.money(50_000), remaining=wire.money(50_000),
    )  # fmt: skip
    suggestion = surplus_pb2.Suggestion(
        invoice_number="40711074", customer_name="Ylva Nattsjö", due_date=wire.from_date(TODAY),
        remaining=wire.money(79_900), reasons=[surplus_pb2.SUGGESTION_REASON_PAYER],
    )  # fmt: skip
    house.answers |= {
        "GetTerms": lambda asked: terms_pb2.GetTermsResponse(
            terms=terms_pb2.Terms(holds_bank_account=asked.client_id == ENERGI)
        ),
        "ListOverpayments": surplus_pb2.ListOverpaymentsResponse(overpayments=[over]),
        "ListUnplaced": surplus_pb2.ListUnplacedResponse(payments=[unplaced]),
        "GetSurplus": lambda asked: surplus_pb2.GetSurplusResponse(
            overpayments=[over] if asked.overpayment_ids else [], payments=[unplaced] if asked.payment_ids else []
        ),
        "SuggestInvoices": surplus_pb2.SuggestInvoicesResponse(suggestions=[suggestion]),
        "ClearSurplus": surplus_pb2.ClearSurplusResponse(clearing_ids=[an_id(5)], vouchers=["U 1"]),
    }
    return house


def post(house: House, address: str, fields: dict[str, Any]) -> Any:
    browser = house.browser()
    values = {"request_id": an_id(77), "rad": ROW, **fields}
    return browser.post(f"{address}/ta-bort", data=house.form(browser, values))


@pytest.mark.parametrize(("address", "name"), [(OVERPAYMENTS, "ListOverpayments"), (UNPLACED, "ListUnplaced")])
def test_only_those_of_clients_that_hold_their_bank_account_are_asked_for(
    ledger: House, address: str, name: str
) -> None:
    """Ö-01, U-01."""
    assert ledger.browser().get(address).status_code == 200
    assert list(ledger.requests(name)[0].filter.client_ids) == [ENERGI]
    assert ledger.browser().get(f"{address}?klient=1043").status_code == 200
    assert len(ledger.requests(name)) == 1


def test_o_02_an_overpayment_shows_its_columns(ledger: House) -> None:
    page = page_of(ledger.browser().get(OVERPAYMENTS))
    cells = [cell.text_content() for cell in page.xpath("//table[@id='overbetalningar']/tbody/tr/td")]
    assert cells == [
        "", "Kvarnåsens Energi", "100445", "Ylva Nattsjö", "40711972", "2026-11-24", "625,00", "500,00", "SEK",
    ]  # fmt: skip


def test_o_03_the_filter_is_an_interval_of_days_or_of_what_is_left(ledger: House) -> None:
    ledger.browser().get(f"{OVERPAYMENTS}?fran=2026-11-01&till=24&minst=100&hogst=1 250,50")
    [asked] = [one.filter for one in ledger.requests("ListOverpayments")]
    assert (asked.from_date.day, asked.to_date.day, asked.from_minor, asked.to_minor) == (1, 24, 10_000, 125_050)
    refused = ledger.browser().get(f"{OVERPAYMENTS}?fran=igår&minst=mycket")
    assert refused.status_code == 422
    page = page_of(refused)
    assert [page.xpath(f"//*[@id='f-{name}-error']") != [] for name in ("fran", "minst", "till")] == [True, True, False]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "Kryssa i minst en rad"),
        (["1042", "x.y.z.w"], "Kryssa i minst en rad"),
        ([ROW, f"1043.{an_id(2)}.100.SEK"], "Ta en klient i taget"),
        ([ROW, f"1042.{an_id(2)}.100.EUR"], "Ta en valuta i taget"),
        ([f"1042.{an_id(n)}.100.SEK" for n in range(101)], "Ta högst 100"),
    ],
)
def test_rows_that_cannot_go_together_are_refused_in_the_list(ledger: House, rows: list[str], said: str) -> None:
    answer = ledger.browser().get(f"{UNPLACED}/ta-bort", query_string={"rad": rows})
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert ledger.requests("GetSurplus") == []


def test_u_02_the_choices_stand_with_the_sum_and_the_suggested_invoice(ledger: House) -> None:
    page = page_of(ledger.browser().get(f"{UNPLACED}/ta-bort", query_string={"rad": ROW}))
    buttons = [one.text_content() for one in page.xpath("//main//form//footer//button")]
    assert buttons == [f"{word} 500,00\u00a0kr" for word in ("Placera", "Återbetala", "Skriv av")]
    assert page.xpath("//input[@name='forslag' and @checked]/@value") == ["40711074"]
    assert "Samma betalare" in page.text_content()


@pytest.mark.parametrize(
    ("rights", "buttons"), [(("ledger.approve",), 2), (("ledger.write_off",), 1)], ids=["approves", "writes off"]
)
def test_only_what_one_may_do_is_shown(ledger: House, rights: tuple[str, ...], buttons: int) -> None:
    ledger.sign_in_as(access(ENERGI, "1042", "Kvarnåsens Energi", "ledger.read", *rights))
    page = page_of(ledger.browser().get(f"{UNPLACED}/ta-bort", query_string={"rad": ROW}))
    assert len(page.xpath("//main//form//footer//button")) == buttons


@pytest.mark.parametrize(
    ("address", "fields", "kind", "said"),
    [
        (UNPLACED, {"val": "placera", "forslag": "40711074"}, surplus_pb2.CLEARING_KIND_PLACE, "1 rad är placerad."),
        (OVERPAYMENTS, {"val": "aterbetala", "mottagare": "Ylva", "kontotyp": "bankgiro", "kontonr": "5050-1055"},
         surplus_pb2.CLEARING_KIND_REFUND, "1 rad är återbetald."),
        (UNPLACED, {"val": "skriv-av", "notering": "Okänd"},
         surplus_pb2.CLEARING_KIND_WRITE_OFF, "1 rad är avskriven."),
    ],
)  # fmt: skip
def test_a_choice_is_carried_out_for_what_was_seen_and_said(
    ledger: House, address: str, fields: dict[str, str], kind: int, said: str
) -> None:
    """Ö-04, U-02."""
    answer = post(ledger, address, fields)
    assert answer.status_code == 303
    [asked] = ledger.requests("ClearSurplus")
    [item] = asked.items
    assert (asked.kind, asked.client_id, item.remaining) == (kind, ENERGI, wire.money(50_000))
    assert (item.overpayment_id or item.payment_id) == an_id(1)
    assert bool(item.overpayment_id) is (address == OVERPAYMENTS)
    assert said in text_of(ledger.browser().get(answer.headers["Location"]))


def test_several_are_said_in_the_plural(ledger: House) -> None:
    for choice, word in (("placera", "placerade"), ("aterbetala", "återbetalda"), ("skriv-av", "avskrivna")):
        assert f"12 rader är {word}." in text_of(ledger.browser().get(f"{UNPLACED}?klart={choice}&antal=12"))


def test_what_is_wrong_stands_at_the_field_of_the_choice_that_was_made(ledger: House) -> None:
    ledger.answers["ClearSurplus"] = InvalidInput([FieldViolation("payee.account_number", "CHECK_DIGIT")])
    answer = post(ledger, UNPLACED, {"val": "aterbetala", "mottagare": "Ylva", "kontonr": "5050-1056"})
    assert answer.status_code == 422
    page = page_of(answer)
    assert "fel kontrollsiffra" in page.xpath("//*[@id='f-kontonr-error']")[0].text_content()
    assert page.xpath("//*[@id='f-kontonr']/@value") == ["5050-1056"]


def test_what_has_changed_meanwhile_is_told_and_nothing_is_lost(ledger: House) -> None:
    ledger.answers["ClearSurplus"] = Changed()
    answer = post(ledger, UNPLACED, {"val": "skriv-av", "notering": "Okänd avsändare"})
    assert answer.status_code == 409
    assert "har ändrats sedan sidan visades" in text_of(answer)
    assert page_of(answer).xpath("//*[@id='f-skriv-av-notering']")[0].text_content() == "Okänd avsändare"


def test_a_row_of_a_client_without_the_right_is_not_found(ledger: House) -> None:
    ledger.sign_in_as(
        access(ENERGI, "1042", "Kvarnåsens Energi", "ledger.read"), access(FIBER, "1043", "Fiber", "ledger.approve")
    )
    assert ledger.browser().get(f"{UNPLACED}/ta-bort", query_string={"rad": ROW}).status_code == 404
