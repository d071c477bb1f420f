"""Handläggning > Administration, and the same for a client's own administrator under Mina sidor."""

from typing import Any

import pytest

from chassis.permissions import ADMINISTRATOR_PERMISSIONS, CLIENT_PERMISSIONS
from gateway.views.administration.blueprint import FUNCTIONS, STAFF_FUNCTIONS
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind
from rf.auth.v1 import clients_pb2, credentials_pb2, pins_pb2, sessions_pb2, users_pb2
from tests.unit.gateway.house import ENERGI, FIBER, House, access, authorized, page_of, text_of
from tests.unit.gateway.invoices import an_id

SOMEBODY = sessions_pb2.User(
    user_id=an_id(1),
    user_name="nils",
    first_name="<svg onload=alert(1)>",
    last_name="Ek",
    email="nils@example.se",
    kind=sessions_pb2.USER_KIND_CLIENT,
)


@pytest.fixture
def staff(house: House) -> House:
    """An administrator, and one user with rights at one of two clients."""
    labels = [permission.label for permission in ADMINISTRATOR_PERMISSIONS]
    answer = authorized(
        access(ENERGI, "1042", "Kvarnåsens Energi", *labels),
        access(FIBER, "1043", "Kvarnåsens Fiber", *labels),
        kind=sessions_pb2.USER_KIND_ADMINISTRATOR,
    )
    answer.permissions.extend(labels)
    house.answers["Authorize"] = answer
    listed = users_pb2.ListedUser(user=SOMEBODY)
    house.answers["ListUsers"] = users_pb2.ListUsersResponse(users=[listed], next_page_token="vidare")
    house.answers["GetUser"] = users_pb2.GetUserResponse(
        user=listed, clients=[access(ENERGI, "1042", "Kvarnåsens Energi", "ledger.read")], managed_whole=True
    )
    house.answers["SetUserAccess"] = users_pb2.SetUserAccessResponse()
    pin = pins_pb2.Pin(pin_id=an_id(2), client_id=ENERGI, start="7K3M", state=pins_pb2.PIN_STATE_OPEN)
    house.answers["ListPins"] = pins_pb2.ListPinsResponse(pins=[pin])
    house.answers["CreatePin"] = pins_pb2.CreatePinResponse(code="7K3M-Q2XF-9TRW-H4PD", pin=pin)
    client = clients_pb2.Client(client_id=ENERGI, number="1042", name="Kvarnåsens Energi")
    house.answers["ListClients"] = clients_pb2.ListClientsResponse(clients=[client])
    house.answers["ListCredentials"] = credentials_pb2.ListCredentialsResponse(
        credentials=[
            credentials_pb2.Credential(name="gateway", of_the_house=True),
            credentials_pb2.Credential(name="bokforing", permissions=["ledger.read"]),
        ]
    )
    return house


@pytest.fixture
def own(staff: House) -> House:
    """A client's own administrator, who may read and manage users at one of two clients."""
    staff.answers["Authorize"] = authorized(
        access(ENERGI, "1042", "Kvarnåsens Energi", "client.users", "ledger.read"),
        access(FIBER, "1043", "Kvarnåsens Fiber", "ledger.read"),
        kind=sessions_pb2.USER_KIND_CLIENT,
    )
    return staff


def post(house: House, path: str, fields: dict[str, Any]) -> Any:
    browser = house.browser()
    return browser.post(path, data=house.form(browser, {"request_id": "r", **fields}))


def links(answer: Any, place: str) -> list[str]:
    return [one.text_content().strip() for one in page_of(answer).xpath(f"//header//*[@class='{place}']//li/a")]


def test_every_permission_that_can_be_given_has_the_name_of_a_function() -> None:
    assert set(FUNCTIONS) == {permission.label for permission in CLIENT_PERMISSIONS}
    assert set(STAFF_FUNCTIONS) == {permission.label for permission in ADMINISTRATOR_PERMISSIONS}


def test_staff_have_a_tab_that_clients_never_see(staff: House) -> None:
    answer = staff.browser().get("/administration/anvandare")
    assert links(answer, "tabs") == ["Mina sidor", "Handläggning"]
    assert links(answer, "links")[:4] == ["Användare", "Pinkoder", "Klienter", "Systemkonton"]


def test_a_clients_own_administrator_finds_users_and_codes_under_mina_sidor(own: House) -> None:
    answer = own.browser().get("/administration/anvandare")
    assert "Handläggning" not in links(answer, "tabs")
    assert {"Användare", "Pinkoder"} <= set(links(answer, "links"))
    for path in ("klienter", "systemkonton", "ny-anvandare"):
        assert own.browser().get(f"/administration/{path}").status_code == 403


def test_who_manages_nobody_finds_neither(house: House) -> None:
    for path in ("anvandare", "pinkoder", f"anvandare/{an_id(1)}"):
        assert house.browser().get(f"/administration/{path}").status_code == 403


def test_the_list_searches_pages_and_shows_markup_as_text(staff: House) -> None:
    answer = staff.browser().get("/administration/anvandare?sok=ni")
    assert staff.requests("ListUsers")[0].begins_with == "ni"
    assert page_of(answer).xpath("//a[@rel='next']/@href") == ["/administration/anvandare?fran=vidare&sok=ni"]
    assert "<svg onload" not in text_of(answer)


def test_the_matrix_has_a_box_for_each_function_and_sends_all_of_its_clients(staff: House) -> None:
    page = page_of(staff.browser().get(f"/administration/anvandare/{an_id(1)}"))
    boxes = page.xpath(f"//input[@type='checkbox'][@name='r-{ENERGI}']")
    assert [one.get("value") for one in boxes] == list(FUNCTIONS)
    assert [one.get("value") for one in boxes if one.checked] == ["ledger.read"]
    fields = {"klienter": [ENERGI], f"r-{ENERGI}": ["ledger.approve", "sessions"], "ny_klient": FIBER}
    answer = post(staff, f"/administration/anvandare/{an_id(1)}/rattigheter", fields)
    assert answer.status_code == 303
    sent = staff.requests("SetUserAccess")[0].clients
    assert [(one.client_id, list(one.permissions)) for one in sent] == [
        (ENERGI, ["ledger.approve"]),
        (FIBER, ["ledger.read"]),
    ]


def test_a_clients_own_administrator_ticks_only_what_they_have_and_only_at_their_client(own: House) -> None:
    page = page_of(own.browser().get(f"/administration/anvandare/{an_id(1)}"))
    boxes = page.xpath(f"//input[@type='checkbox'][@name='r-{ENERGI}']/@value")
    assert boxes == ["ledger.read", "client.users"]
    path = f"/administration/anvandare/{an_id(1)}/rattigheter"
    assert post(own, path, {"klienter": [FIBER], f"r-{FIBER}": ["ledger.read"]}).status_code == 404
    assert own.requests("SetUserAccess") == []


def test_a_right_that_is_not_theirs_to_give_is_said_so(own: House) -> None:
    own.answers["SetUserAccess"] = InvalidInput([FieldViolation("clients", "NOT_YOURS_TO_GIVE")])
    fields = {"klienter": [ENERGI], f"r-{ENERGI}": ["ledger.approve"]}
    answer = post(own, f"/administration/anvandare/{an_id(1)}/rattigheter", fields)
    assert answer.status_code == 422
    assert "Du kan bara ge och ta de funktioner som du själv har" in text_of(answer)


def test_a_new_user_gets_a_password_that_nobody_knows_and_a_link(staff: House) -> None:
    staff.answers["CreateUser"] = users_pb2.CreateUserResponse(user=SOMEBODY)
    staff.answers["SendPasswordReset"] = users_pb2.SendPasswordResetResponse()
    fields = {"anvandarnamn": "nils", "fornamn": "Nils", "efternamn": "Ek", "epost": "n@example.se", "slag": "1"}
    rights = {"klient_id": ENERGI, "funktion": ["ledger.read"]}
    assert post(staff, "/administration/ny-anvandare", {**fields, **rights}).status_code == 303
    made = staff.requests("CreateUser")[0]
    assert len(made.password) >= 64
    assert [one.client_id for one in made.clients] == [ENERGI]
    assert staff.requests("SendPasswordReset")[0].user_id == an_id(1)
    assert "minst en funktion" in text_of(post(staff, "/administration/ny-anvandare", fields))


def test_a_pin_is_shown_once_on_a_page_to_print(staff: House) -> None:
    fields = {"klient_id": ENERGI, "funktion": ["ledger.read"], "dagar": "14"}
    answer = post(staff, "/administration/pinkoder", fields)
    assert "7K3M-Q2XF-9TRW-H4PD" in text_of(answer)
    assert "Q2XF" not in text_of(staff.browser().get("/administration/pinkoder"))


@pytest.mark.parametrize(
    "wrong", [{"klient_id": ""}, {"funktion": []}, {"dagar": "0"}, {"dagar": "91"}, {"dagar": "²"}]
)
def test_an_incomplete_pin_is_not_made(staff: House, wrong: dict[str, Any]) -> None:
    fields = {"klient_id": ENERGI, "funktion": ["ledger.read"], "dagar": "14", **wrong}
    answer = post(staff, "/administration/pinkoder", fields)
    assert answer.status_code == 422
    assert staff.requests("CreatePin") == []


def test_terms_of_access_are_changed_in_the_row(staff: House) -> None:
    staff.answers["UpdateClient"] = clients_pb2.UpdateClientResponse()
    page = page_of(staff.browser().get(f"/administration/klienter?andra={ENERGI}"))
    assert page.get_element_by_id("f-namn-andra").value == "Kvarnåsens Energi"
    answer = post(staff, f"/administration/klienter/{ENERGI}", {"namn": "Kvarnåsens El", "egna_anvandare": "1"})
    assert answer.status_code == 303
    sent = staff.requests("UpdateClient")[0].client
    assert (sent.name, sent.manages_own_users, sent.second_factor_for_approval) == ("Kvarnåsens El", True, False)


def test_a_client_number_that_is_taken_is_said_at_its_field(staff: House) -> None:
    class Taken(DomainError):
        reason = "CLIENT_NUMBER_TAKEN"
        kind = Kind.CONFLICT

    staff.answers["CreateClient"] = Taken()
    answer = post(staff, "/administration/klienter", {"nummer": "1042", "namn": "X AB", "orgnr": "5560160680"})
    assert answer.status_code == 422
    assert page_of(answer).get_element_by_id("f-nummer").get("aria-invalid") == "true"


def test_a_credential_shows_its_secret_once_and_the_houses_own_cannot_be_shut(staff: House) -> None:
    staff.answers["CreateCredential"] = credentials_pb2.CreateCredentialResponse(secret="hemligheten")
    answer = post(staff, "/administration/systemkonton", {"namn": "bokforing", "funktion": ["ledger.read"]})
    assert "hemligheten" in text_of(answer)
    page = page_of(staff.browser().get("/administration/systemkonton"))
    assert page.xpath("//button/@formaction") == ["/administration/systemkonton/bokforing/stang"]
