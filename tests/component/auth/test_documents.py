"""Documents that the web keeps for people: saved searches, drafts (SPEC part 3: saved searches; B10: drafts)."""

from uuid import uuid4

import pytest

from kernel.errors import DomainError
from rf.auth.v1 import documents_pb2, documents_pb2_grpc
from rf.auth.v1.documents_pb2 import DOCUMENT_KIND_DRAFT, DOCUMENT_KIND_SAVED_SEARCH


class Kept:
    """One person's documents."""

    def __init__(self, auth, token):
        self._stub = auth.stub(documents_pb2_grpc.DocumentServiceStub, token)

    def put(self, key="s1", body="filter=inkasso", kind=DOCUMENT_KIND_SAVED_SEARCH, request_id="", **more):
        expected = {"expected_version": more.pop("expected")} if "expected" in more else {}
        document = documents_pb2.Document(kind=kind, key=key, body=body, **{"title": "Inkasso", **more})
        request = documents_pb2.PutDocumentRequest(request_id=request_id or str(uuid4()), document=document, **expected)
        return self._stub.PutDocument(request).document

    def get(self, key="s1", kind=DOCUMENT_KIND_SAVED_SEARCH):
        return self._stub.GetDocument(documents_pb2.GetDocumentRequest(kind=kind, key=key)).document

    def page(self, kind=DOCUMENT_KIND_SAVED_SEARCH, **more):
        return self._stub.ListDocuments(documents_pb2.ListDocumentsRequest(kind=kind, **more))

    def delete(self, key="s1", kind=DOCUMENT_KIND_SAVED_SEARCH, **expected):
        request = documents_pb2.DeleteDocumentRequest(request_id=str(uuid4()), kind=kind, key=key, **expected)
        return self._stub.DeleteDocument(request).deleted


@pytest.fixture
def people(auth):
    """Two people with the same rights for the same client."""
    client = auth.client("Delad AB")
    names = [f"p{uuid4().hex[:8]}" for _ in range(2)]
    for name in names:
        auth.user(name, {client: ["ledger.read"]})
    return [Kept(auth, auth.token_of(name)) for name in names]


def reason_of(work, *args, **more):
    with pytest.raises(DomainError) as refused:
        work(*args, **more)
    return refused.value.reason


def test_a_document_is_kept_whole_listed_and_removed(people):
    [one, _] = people
    stored = one.put(title="  Mina inkassoärenden ")
    assert (stored.title, stored.body, stored.size_bytes) == ("Mina inkassoärenden", "", 14)
    assert not stored.HasField("expires_at")
    assert one.get().body == "filter=inkasso"
    assert [(d.key, d.body) for d in one.page().documents] == [("s1", "filter=inkasso")]
    assert one.delete()
    assert not one.delete()
    assert reason_of(one.get) == "NOT_FOUND"
    assert not one.page().documents


def test_nobody_reaches_anothers(people):
    mine, theirs = people
    mine.put(title="Min")
    assert reason_of(theirs.get) == "NOT_FOUND"
    assert not theirs.page().documents
    assert not theirs.delete()
    theirs.put(title="Deras")
    assert mine.get().title == "Min"


def test_two_tabs_notice_each_other(people):
    [one, _] = people
    first = one.put(kind=DOCUMENT_KIND_DRAFT, key="faktura", expected=0)
    assert reason_of(one.put, kind=DOCUMENT_KIND_DRAFT, key="faktura", expected=0) == "DOCUMENT_CHANGED"
    second = one.put(kind=DOCUMENT_KIND_DRAFT, key="faktura", body="två", expected=first.version)
    assert second.version > first.version
    stale = {"kind": DOCUMENT_KIND_DRAFT, "key": "faktura"}
    assert reason_of(one.put, **stale, expected=first.version) == "DOCUMENT_CHANGED"
    assert reason_of(one.delete, **stale, expected_version=first.version) == "DOCUMENT_CHANGED"
    assert one.delete(**stale, expected_version=second.version)
    again = one.put(**stale, expected=0)
    assert again.version > second.version, "a version is never used again"
    assert one.put(**stale, body="allt").body == ""


def test_a_repeated_request_writes_once(people):
    [one, _] = people
    request_id = str(uuid4())
    first = one.put(request_id=request_id)
    assert one.put(request_id=request_id) == first
    assert one.get().version == first.version
    assert reason_of(one.put, request_id=request_id, body="annat") == "REQUEST_ID_REUSED"


def test_a_draft_ends_by_itself_and_is_then_not_there(auth, people):
    [one, other] = people
    stored = one.put(kind=DOCUMENT_KIND_DRAFT, key="faktura")
    assert (stored.expires_at.seconds - stored.changed_at.seconds) == 30 * 86_400
    auth.change("UPDATE user_document SET expires_at = now() - interval '1 s' WHERE kind = 'draft'")
    assert reason_of(one.get, "faktura", DOCUMENT_KIND_DRAFT) == "NOT_FOUND"
    assert not one.page(DOCUMENT_KIND_DRAFT).documents
    other.put()
    assert not auth.rows("SELECT FROM user_document WHERE kind = 'draft'"), "whoever writes clears what has ended"
    one.put(kind=DOCUMENT_KIND_DRAFT, key="faktura", expected=0)


def test_a_list_pages_by_key_and_gives_short_bodies_along(people):
    [one, _] = people
    for number in range(5):
        one.put(kind=DOCUMENT_KIND_DRAFT, key=f"faktura/{number}", body="x" * (4_095 + number))
    one.put(kind=DOCUMENT_KIND_DRAFT, key="artikel/1")
    seen, token = [], ""
    while True:
        answer = one.page(DOCUMENT_KIND_DRAFT, key_prefix="faktura/", page_size=2, page_token=token)
        seen += [(d.key, len(d.body), d.size_bytes) for d in answer.documents]
        token = answer.next_page_token
        if not token:
            break
    assert seen == [(f"faktura/{n}", 4_095 + n if n < 2 else 0, 4_095 + n) for n in range(5)]


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"kind": 0}, "document.kind", "REQUIRED"),
        ({"key": ""}, "document.key", "REQUIRED"),
        ({"key": "å"}, "document.key", "FORMAT"),
        ({"key": "a" * 101}, "document.key", "FORMAT"),
        ({"key": "a\n"}, "document.key", "FORMAT"),
        ({"title": "x" * 121}, "document.title", "TOO_LONG"),
        ({"title": "a\x00"}, "document.title", "CONTROL_CHARACTER"),
        ({"body": "a\x00"}, "document.body", "CONTROL_CHARACTER"),
        ({"body": "å" * 2_049}, "document.body", "TOO_LONG"),
        ({"kind": DOCUMENT_KIND_DRAFT, "body": "x" * 1_048_577}, "document.body", "TOO_LONG"),
    ],
)
def test_a_fault_is_named_by_its_field(people, changed, field, reason):
    with pytest.raises(DomainError) as refused:
        people[0].put(**changed)
    assert [(v.field, v.reason) for v in refused.value.violations] == [(field, reason)]
    assert not people[0].page().documents


def test_the_largest_draft_is_kept(people):
    people[0].put(kind=DOCUMENT_KIND_DRAFT, key="stor", body="å" * 524_288)
    assert people[0].get("stor", DOCUMENT_KIND_DRAFT).size_bytes == 1_048_576


def test_there_is_an_end_to_how_many(people):
    [one, other] = people
    for number in range(100):
        one.put(key=f"s{number}")
    assert reason_of(one.put, key="s100") == "TOO_MANY_DOCUMENTS"
    one.put(key="s7", title="Ändrad går bra")
    other.put()
    one.delete("s7")
    one.put(key="s100")
