"""The web before the world's services, and people of all kinds who are signed in."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import Flask

from chassis.permissions import CLIENT_PERMISSIONS
from chassis.settings import Secret
from gateway.app import Settings, build
from gateway.neighbours import Neighbours
from rf.auth.v1 import sessions_pb2, users_pb2
from tests.component.fuzz.accounts import PASSWORD
from tests.component.fuzz.requests import STRANGER
from tests.component.fuzz.survey import Ask, Survey, Visitor
from tests.component.fuzz.world import World

ALL: Final = tuple(permission.label for permission in CLIENT_PERMISSIONS)
READING: Final = tuple(label for label in ALL if label.endswith((".read", ".fetch")))


class Web:
    """The gateway in this process."""

    def __init__(self, world: World, credential: str, secrets: Sequence[str]) -> None:
        self.world = world
        self._secrets = [*secrets, PASSWORD]
        self._user_ids: set[str] = set()
        self.app = self._app(credential)
        ours, theirs = (str(client) for client in world.clients)
        self.visitors: Mapping[str, Visitor] = {
            "clerk": self._visitor("karin", 1, ours, ALL),
            "reader": self._visitor("rut", 2, ours, READING),
            "stranger": self._visitor("stig", 3, theirs, ALL),
            "officer": self._visitor("olle", 4, kind=sessions_pb2.USER_KIND_OFFICER),
            "administrator": self._visitor("alma", 5, kind=sessions_pb2.USER_KIND_ADMINISTRATOR),
        }

    def spares_visitors(self, ask: Ask) -> bool:
        """Whether it leaves the visitors their accounts and rights, which an administrator could change."""
        return ask.method == "GET" or not any(user_id in ask.path for user_id in self._user_ids)

    def _app(self, credential: str) -> Flask:
        at = self.world.house.targets
        settings = Settings(
            "", "", "http://localhost:8080", Secret(credential),
            at["auth"], at["ledger"], at["collection"], at["reports"], at["files"],
        )  # fmt: skip
        app = build(settings, Neighbours(settings))
        app.testing = False
        return app

    def _visitor(
        self,
        name: str,
        place: int,
        client: str = "",
        may: tuple[str, ...] = (),
        kind: sessions_pb2.UserKind.ValueType = sessions_pb2.USER_KIND_CLIENT,
    ) -> Visitor:
        access = [sessions_pb2.ClientAccess(client_id=client, permissions=may)] if client else []
        user = sessions_pb2.User(
            user_name=name, first_name=name.title(), last_name="Provare", email="p@example.se", kind=kind
        )
        made = self.world.ask(
            "CreateUser",
            users_pb2.CreateUserRequest(request_id=self.world._id(), user=user, password=PASSWORD, clients=access),
        ).user
        self._user_ids.add(made.user_id)
        visitor = Visitor(self.app, name, f"192.0.2.{place}")
        visitor.sign_in(PASSWORD)
        return visitor

    def secrets(self) -> list[str]:
        """What may stand in no answer and in no log: passwords, credentials, sessions."""
        return [*self._secrets, *(one.session for one in self.visitors.values() if one.session)]

    def strangers(self, visitor: Visitor) -> Sequence[str]:
        """Words that this person may not see."""
        ours_only = visitor in {self.visitors["clerk"], self.visitors["reader"]}
        return [STRANGER, str(self.world.clients[1])] if ours_only else []

    def endpoint(self, ask: Ask) -> str:
        """Whose request it is."""
        return Survey(self.app).endpoint(ask)

    def needs(self, ask: Ask) -> tuple[str, ...]:
        """The permissions of which a page asks one."""
        found: tuple[str, ...] = getattr(self.app.view_functions[self.endpoint(ask)], "needs", ())
        return found
