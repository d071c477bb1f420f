"""From the domain's values to messages."""

from uuid import UUID

from chassis.permissions import labels
from chassis.wire import from_time
from rf.auth.v1 import clients_pb2, documents_pb2, sessions_pb2
from services.auth.domain.documents import DocumentKind
from services.auth.domain.users import Profile, UserKind
from services.auth.storage.clients import Access, StoredClient
from services.auth.storage.documents import StoredDocument
from services.auth.usecases.sessions import Authorized

USER_KINDS = {
    UserKind.CLIENT: sessions_pb2.USER_KIND_CLIENT,
    UserKind.OFFICER: sessions_pb2.USER_KIND_OFFICER,
    UserKind.ADMINISTRATOR: sessions_pb2.USER_KIND_ADMINISTRATOR,
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
    )


def client(stored: StoredClient) -> clients_pb2.Client:
    return clients_pb2.Client(
        client_id=str(stored.client_id),
        number=str(stored.number),
        name=stored.name,
        organisation_number=stored.organisation_number,
    )


def access(one: Access) -> sessions_pb2.ClientAccess:
    return sessions_pb2.ClientAccess(
        client_id=str(one.client_id), number=str(one.number), name=one.name, permissions=labels(one.permissions)
    )


def authorized(answer: Authorized) -> sessions_pb2.AuthorizeResponse:
    return sessions_pb2.AuthorizeResponse(
        access_token=answer.token,
        user=user(answer.session.user_id, answer.session.profile),
        clients=[access(one) for one in answer.clients],
        idle_seconds_left=answer.idle_seconds_left,
        previous_login_at=from_time(answer.session.previous_login_at),
        login_at=from_time(answer.session.login_at),
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
