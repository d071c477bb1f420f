"""Kontoplan (SPEC M-17 to M-20)."""

from io import BytesIO

import pytest

from gateway.forms.chart_of_accounts import USES
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind
from rf.ledger.v1 import accounts_pb2 as pb
from services.ledger.domain.accounts import TYPES, VAT_CODES, Use
from tests.unit.gateway.house import ALL, ENERGI, FIBER, House, access
from tests.unit.gateway.reading import shown, table, words

RECEIVABLE = pb.Account(number="1510", name="Kundfordringar", type="T", uses=["RECEIVABLE"], booked=True)
FEES = pb.Account(number="3911", name="Avgifter", type="I", vat_code="42")


class AccountInUse(DomainError):
    reason = "ACCOUNT_IN_USE"
    kind = Kind.CONFLICT


@pytest.fixture
def chart(house: House) -> House:
    rights = (*ALL, "chart_of_accounts")
    house.sign_in_as(access(ENERGI, "1042", "Energi", *rights), access(FIBER, "1043", "Fiber", *rights))
    house.answers["ListAccounts"] = pb.ListAccountsResponse(accounts=[RECEIVABLE, FEES])
    house.answers["PutAccount"] = pb.PutAccountResponse(account=FEES)
    house.answers["RemoveAccount"] = pb.RemoveAccountResponse()
    house.answers["ImportAccounts"] = pb.ImportAccountsResponse(added=3, changed=1)
    return house


def test_it_lists_the_accounts_of_a_client_that_one_chooses(chart: House) -> None:
    """M-17, M-18."""
    page = shown(chart.browser().get("/kontoplan"))
    assert [words(head) for head in page.xpath("//table[@id='konton']//th")][:5] == [
        "Kontonummer", "Benämning", "Typ", "Momskod", "Används för",
    ]  # fmt: skip
    assert [row[:5] for row in table(page, "konton")] == [
        ["1510", "Kundfordringar", "Tillgång", "–", "Kundfordringar"],
        ["3911", "Avgifter", "Intäkt", "42", "–"],
    ]
    assert [words(option) for option in page.xpath("//select[@name='visa']/option")] == ["1042 Energi", "1043 Fiber"]
    chart.browser().get("/kontoplan?visa=1043")
    assert [request.client_id for request in chart.requests("ListAccounts")] == [ENERGI, FIBER]
    assert chart.browser().get("/kontoplan?visa=9999").status_code == 404


def test_it_says_so_where_there_is_none(chart: House) -> None:
    """M-17."""
    chart.answers["ListAccounts"] = pb.ListAccountsResponse()
    page = shown(chart.browser().get("/kontoplan"))
    assert "Resultat Finans lämnar inget bokföringsunderlag till Energi" in words(page)
    assert not page.xpath("//a[normalize-space()='Nytt konto']")


def test_a_new_account_is_saved_with_what_it_is_used_for(chart: House) -> None:
    """M-20."""
    browser = chart.browser()
    page = shown(browser.get("/kontoplan"))
    address = page.xpath("//a[normalize-space()='Nytt konto']")[0].get("href")
    fields = {
        "kontonummer": "3911", "benamning": " Egna  avgifter ", "typ": "I", "momskod": "42",
        "anvands": ["REMINDER_FEE", "NOTHING"],
    }  # fmt: skip
    answer = browser.post(address, data=chart.form(browser, fields))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/kontoplan?visa=1042&gjort=sparat")
    [request] = chart.requests("PutAccount")
    assert request.is_new
    assert request.account == pb.Account(
        number="3911", name="Egna avgifter", type="I", vat_code="42", uses=["REMINDER_FEE"]
    )


def test_an_account_keeps_its_number_when_it_is_changed(chart: House) -> None:
    """M-19."""
    browser = chart.browser()
    page = shown(browser.get("/kontoplan/1042/3911"))
    assert page.xpath("//input[@name='kontonummer']")[0].get("readonly") is not None
    fields = {"kontonummer": "9999", "benamning": "Nytt namn", "typ": "I"}
    assert browser.post("/kontoplan/1042/3911", data=chart.form(browser, fields)).status_code == 303
    [request] = chart.requests("PutAccount")
    assert (request.account.number, request.is_new) == ("3911", False)
    assert browser.get("/kontoplan/1042/1234").status_code == 404


def test_faults_stand_at_their_fields_and_nothing_is_cleared(chart: House) -> None:
    chart.answers["PutAccount"] = InvalidInput(
        [FieldViolation("account.number", "TAKEN"), FieldViolation("account.uses", "USE_NEEDS_ACCOUNT")]
    )
    browser = chart.browser()
    answer = browser.post("/kontoplan/1042/nytt", data=chart.form(browser, {"kontonummer": "1510", "typ": "T"}))
    page = shown(answer)
    assert answer.status_code == 422
    assert page.xpath("//input[@name='kontonummer']")[0].get("value") == "1510"
    assert "finns redan" in words(page.xpath("//*[@id='f-kontonummer-error']")[0])
    assert "annat konto" in words(page.xpath("//*[@id='f-anvands-error']")[0])


def test_an_account_in_use_is_not_removed_and_one_is_told_why(chart: House) -> None:
    """M-19."""
    browser = chart.browser()
    assert browser.post("/kontoplan/1042/3911/ta-bort", data=chart.form(browser, {})).status_code == 303
    chart.answers["RemoveAccount"] = AccountInUse()
    answer = browser.post("/kontoplan/1042/1510/ta-bort", data=chart.form(browser, {}))
    assert answer.status_code == 409
    assert "Kontot kan inte tas bort" in words(shown(answer).xpath("//main//*[@role='alert']")[0])


def test_a_chart_comes_from_a_sie_file(chart: House) -> None:
    browser = chart.browser()
    sent = chart.form(browser, {"fil": (BytesIO(b"#KONTO 1510 X"), "plan.se")})
    answer = browser.post("/kontoplan/1042/hamta-in", data=sent, content_type="multipart/form-data")
    assert chart.requests("ImportAccounts")[0].content == b"#KONTO 1510 X"
    assert "3 nya konton, 1 ändrade" in words(shown(browser.get(answer.headers["Location"])))
    chart.answers["ImportAccounts"] = InvalidInput([FieldViolation("content", "NOT_SIE")])
    sent = chart.form(browser, {"fil": (BytesIO(b"x"), "x.txt")})
    answer = browser.post("/kontoplan/1042/hamta-in", data=sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "går inte att läsa" in words(shown(answer).xpath("//*[@id='f-fil-error']")[0])


def test_whoever_only_reads_sees_no_way_to_change(chart: House) -> None:
    chart.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"))
    page = shown(chart.browser().get("/kontoplan"))
    assert not page.xpath("//a[normalize-space()='Nytt konto']")
    assert chart.browser().get("/kontoplan/1042/nytt").status_code == 403
    chart.sign_in_as(access(ENERGI, "1042", "Energi", "ledger.read"), access(FIBER, "1043", "F", "chart_of_accounts"))
    assert chart.browser().get("/kontoplan/1042/nytt").status_code == 404


def test_every_use_type_and_code_of_the_ledger_has_its_words() -> None:
    from gateway.forms.chart_of_accounts import TYPES as WORDS
    from gateway.forms.chart_of_accounts import VAT_CODES as CODES

    assert set(USES) == {use.name for use in Use}
    assert (tuple(WORDS), tuple(CODES)) == (TYPES, VAT_CODES)
