"""Good requests about accounts: one's own, those made with a PIN code, and those of others."""

from typing import TYPE_CHECKING
from uuid import UUID

import pyotp
from sqlalchemy import text

from chassis.permissions import CLIENT_PERMISSIONS, bitmap
from chassis.tokens import SERVICES, Caller, CallerKind
from rf.auth.v1 import (
    accounts_pb2,
    clients_pb2,
    credentials_pb2,
    pins_pb2,
    registration_pb2,
    sessions_pb2,
    users_pb2,
)
from services.auth.usecases import registration
from tests.component.fuzz.hostile import MARK
from tests.component.fuzz.requests import STRANGER
from tests.served import A_TEST_LONG

if TYPE_CHECKING:
    from tests.component.fuzz.world import World

PASSWORD = "sju-granar-i-rad"


def make(world: "World") -> None:
    """Somebody with an account and a session, whom every RPC about accounts is good for."""
    ours = str(world.clients[0])
    user_id, session_id = _signed_in(world, "asa")
    rights = {world.clients[0]: bitmap(CLIENT_PERMISSIONS)}
    caller = Caller(user_id, "asa", CallerKind.CLIENT_USER, rights, session=session_id)
    world.callers["person"] = world.house.signer.sign(caller, list(SERVICES), A_TEST_LONG)
    world.strangers["person"] = [STRANGER]
    own = {"first_name": "Åsa", "last_name": MARK, "email": "a@example.se", "client_ip": "192.0.2.1"}
    for name, request in (
        ("GetOwnAccount", accounts_pb2.GetOwnAccountRequest()),
        ("UpdateOwnAccount", accounts_pb2.UpdateOwnAccountRequest(request_id=world._id(), **own)),
        ("SetOwnAppearance", accounts_pb2.SetOwnAppearanceRequest(request_id=world._id(), theme="dark")),
        ("ListOwnSessions", accounts_pb2.ListOwnSessionsRequest(page_size=1)),
        ("EndOwnSessions", accounts_pb2.EndOwnSessionsRequest(request_id=world._id())),
    ):
        world.ask(name, request, caller="person")
    client = clients_pb2.Client(client_id=ours, name="Kvarnåsens Energi AB", manages_own_users=True)
    world.ask("UpdateClient", clients_pb2.UpdateClientRequest(request_id=world._id(), client=client))
    pins = [
        world.ask(
            "CreatePin",
            pins_pb2.CreatePinRequest(request_id=world._id(), client_id=ours, permissions=["ledger.read"]),
        )
        for _ in range(2)
    ]
    world.ask("ListPins", pins_pb2.ListPinsRequest(page_size=1))
    world.ask("RevokePin", pins_pb2.RevokePinRequest(request_id=world._id(), pin_id=pins[1].pin.pin_id))
    person = sessions_pb2.User(user_name="bo", first_name="Bo", last_name=MARK, email="bo@example.se")
    made = world.ask(
        "CreateUserWithPin",
        registration_pb2.CreateUserWithPinRequest(
            request_id=world._id(), pin=pins[0].code, user=person, password=PASSWORD, client_ip="192.0.2.1"
        ),
    ).user
    world.ask(
        "RequestPasswordReset",
        registration_pb2.RequestPasswordResetRequest(
            request_id=world._id(), name_or_email="bo@example.se", client_ip="192.0.2.1"
        ),
    )
    with world.house.opened["auth"].everywhere() as tx:
        token = registration.new_token(tx, UUID(made.user_id))
    world.ask(
        "ResetPassword",
        registration_pb2.ResetPasswordRequest(
            request_id=world._id(), token=token, new_password=PASSWORD, client_ip="192.0.2.1"
        ),
    )
    _second_factor(world)
    _managed(world, made.user_id, ours)


def _second_factor(world: "World") -> None:
    secret = world.ask(
        "StartTotp",
        accounts_pb2.StartTotpRequest(current_password=PASSWORD, client_ip="192.0.2.1"),
        caller="person",
    ).secret
    codes = world.ask(
        "ConfirmTotp",
        accounts_pb2.ConfirmTotpRequest(request_id=world._id(), code=pyotp.TOTP(secret).now(), client_ip="192.0.2.1"),
        caller="person",
    ).recovery_codes
    waiting = world.ask(
        "SignIn", sessions_pb2.SignInRequest(user_name="asa", password=PASSWORD, client_ip="192.0.2.1")
    ).second_factor_token
    world.ask(
        "ConfirmSignIn",
        sessions_pb2.ConfirmSignInRequest(second_factor_token=waiting, code=codes[0], client_ip="192.0.2.1"),
    )
    world.ask(
        "RemoveTotp",
        accounts_pb2.RemoveTotpRequest(request_id=world._id(), current_password=PASSWORD, client_ip="192.0.2.1"),
        caller="person",
    )


def _managed(world: "World", user_id: str, client: str) -> None:
    """What is done with the accounts of others."""
    officer = world.ask(
        "CreateUser",
        users_pb2.CreateUserRequest(
            request_id=world._id(),
            user=sessions_pb2.User(
                user_name="petra", first_name="Petra", last_name="Ek", kind=sessions_pb2.USER_KIND_OFFICER
            ),
            password=PASSWORD,
        ),
    ).user
    access = sessions_pb2.ClientAccess(client_id=client, permissions=["ledger.read", "files.send"])
    for name, request in (
        ("ListUsers", users_pb2.ListUsersRequest(page_size=1)),
        ("GetUser", users_pb2.GetUserRequest(user_id=user_id)),
        ("SetUserAccess", users_pb2.SetUserAccessRequest(request_id=world._id(), user_id=user_id, clients=[access])),
        (
            "SetStaffPermissions",
            users_pb2.SetStaffPermissionsRequest(
                request_id=world._id(), user_id=officer.user_id, permissions=["audit.read"]
            ),
        ),
        ("RemoveSecondFactor", users_pb2.RemoveSecondFactorRequest(request_id=world._id(), user_id=user_id)),
        ("SendPasswordReset", users_pb2.SendPasswordResetRequest(request_id=world._id(), user_id=user_id)),
        ("EndUserSessions", users_pb2.EndUserSessionsRequest(request_id=world._id(), user_id=user_id)),
        (
            "SetUserDisabled",
            users_pb2.SetUserDisabledRequest(request_id=world._id(), user_id=user_id, disabled=True),
        ),
        ("ListCredentials", credentials_pb2.ListCredentialsRequest(page_size=1)),
        ("DisableCredential", credentials_pb2.DisableCredentialRequest(request_id=world._id(), name="affarssystem")),
    ):
        world.ask(name, request)


def _signed_in(world: "World", user_name: str) -> tuple[str, str]:
    """The ids of a user and of a session of theirs."""
    with world.house.opened["auth"].everywhere() as tx:
        row = tx.execute(
            text("SELECT user_id, session_id FROM session JOIN user_account USING (user_id) WHERE user_key = :key"),
            {"key": user_name},
        ).one()
    return str(row.user_id), str(row.session_id)
