"""From the domain's values to messages."""

from uuid import UUID

from chassis.permissions import labels
from chassis.wire import from_time
from rf.auth.v1 import accounts_pb2, clients_pb2, credentials_pb2, documents_pb2, pins_pb2, sessions_pb2, users_pb2
from services.auth.domain.documents import DocumentKind
from services.auth.domain.users import Profile, UserKind
from services.auth.storage.clients import Access, StoredClient
from services.auth.storage.credentials import ListedCredential
from services.auth.storage.documents import StoredDocument
from services.auth.storage.pins import StoredPin
from services.auth.storage.sessions import Listed
from services.auth.storage.user_lists import ListedUser
from services.auth.usecases.installation import RESERVED_NAMES
from services.auth.usecases.sessions import Authorized

USER_KINDS = {
    UserKind.CLIENT: sessions_pb2.USER_KIND_CLIENT,
    UserKind.OFFICER: sessions_pb2.USER_KIND_OFFICER,
    UserKind.ADMINISTRATOR: sessions_pb2.USER_KIND_ADMINISTRATOR,
}
PIN_STATES = {
    "open": pins_pb2.PIN_STATE_OPEN,
    "used": pins_pb2.PIN_STATE_USED,
    "revoked": pins_pb2.PIN_STATE_REVOKED,
    "expired": pins_pb2.PIN_STATE_EXPIRED,
    "locked": pins_pb2.PIN_STATE_LOCKED,
}
DOCUMENT_KINDS = {
    DocumentKind.SAVED_SEARCH: documents_pb2.DOCUMENT_KIND_SAVED_SEARCH,
    DocumentKind.DRAFT: documents_pb2.DOCUMENT_KIND_DRAFT,
    DocumentKind.PREFERENCE: documents_pb2.DOCUMENT_KIND_PREFERENCE,
}


def user(user_id: UUID, profile: Profile) -> sessions_pb2.User:
    return sessions_pb2.User(
        user_id=str(user_id),
        user_name=profile.user_name,
        first_name=profile.first_name,
        last_name=profile.last_name,
        email=profile.email,
        kind=USER_KINDS[profile.kind],
        theme=profile.theme,
        density=profile.density,
        phone=profile.phone,
    )


def client(stored: StoredClient) -> clients_pb2.Client:
    return clients_pb2.Client(
        client_id=str(stored.client_id),
        number=str(stored.number),
        name=stored.name,
        organisation_number=stored.organisation_number,
        manages_own_users=stored.manages_own_users,
        second_factor_for_approval=stored.second_factor_for_approval,
    )


def access(one: Access) -> sessions_pb2.ClientAccess:
    return sessions_pb2.ClientAccess(
        client_id=str(one.client_id),
        number=str(one.number),
        name=one.name,
        permissions=labels(one.permissions),
        withheld=labels(one.withheld),
    )


def authorized(answer: Authorized) -> sessions_pb2.AuthorizeResponse:
    return sessions_pb2.AuthorizeResponse(
        access_token=answer.token,
        user=user(answer.session.user_id, answer.session.profile),
        clients=[access(one) for one in answer.clients],
        idle_seconds_left=answer.idle_seconds_left,
        previous_login_at=from_time(answer.session.previous_login_at),
        login_at=from_time(answer.session.login_at),
        permissions=labels(answer.everywhere),
    )


def session(one: Listed, *, current: UUID | None = None) -> accounts_pb2.SessionInfo:
    return accounts_pb2.SessionInfo(
        session_id=str(one.session_id),
        started_at=from_time(one.started_at),
        last_seen_at=from_time(one.last_seen_at),
        client_ip=one.client_ip,
        user_agent=one.user_agent,
        current=one.session_id == current,
    )


def pin(stored: StoredPin) -> pins_pb2.Pin:
    return pins_pb2.Pin(
        pin_id=str(stored.pin_id),
        client_id=str(stored.client_id),
        start=stored.start,
        permissions=labels(stored.permissions),
        state=PIN_STATES[stored.state],
        created_at=from_time(stored.created_at),
        expires_at=from_time(stored.expires_at),
        used_by=stored.used_by,
    )


def listed_user(one: ListedUser) -> users_pb2.ListedUser:
    return users_pb2.ListedUser(
        user=user(one.user_id, one.profile),
        disabled=one.disabled,
        last_login_at=from_time(one.last_login_at),
        second_factor=one.second_factor,
    )


def credential(one: ListedCredential) -> credentials_pb2.Credential:
    return credentials_pb2.Credential(
        name=one.name,
        client_ids=[str(client_id) for client_id in one.client_ids],
        permissions=labels(one.permissions),
        created_at=from_time(one.created_at),
        disabled_at=from_time(one.disabled_at),
        of_the_house=one.name in RESERVED_NAMES,
    )


def document(stored: StoredDocument) -> documents_pb2.Document:
    return documents_pb2.Document(
        kind=DOCUMENT_KINDS[stored.kind],
        key=stored.key,
        title=stored.title,
        body=stored.body,
        size_bytes=stored.size_bytes,
        version=stored.version,
        changed_at=from_time(stored.changed_at),
        expires_at=from_time(stored.expires_at),
    )
