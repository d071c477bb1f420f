"""Skicka: the payments of a file come into journals once, whatever fails on the way and however often it is pressed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import Unavailable
from kernel.errors import DomainError
from rf.files.v1 import uploads_pb2
from services.files.domain import writers
from tests.component.files.world import Door, World
from tests.unit.files.builders import a_deposit, a_payment

ACCEPTED = uploads_pb2.UPLOAD_STATUS_ACCEPTED


@pytest.fixture(scope="module", autouse=True)
def working(world: World) -> Iterator[None]:
    """The work role runs beside."""
    with world.working():
        yield


@pytest.fixture
def sender(world: World, client_id: UUID) -> Door:
    return world.user(client_id)


def a_file(count: int) -> bytes:
    key = uuid4().hex[:8]
    payments = [a_payment(100, bank_reference=f"{key}/{number}", row_no=number) for number in range(1, count + 1)]
    now = datetime(2026, 11, 24, tzinfo=UTC)
    return writers.camt054([a_deposit(*payments)], message_id=key, created_at=now)


def refused(call, *arguments):
    with pytest.raises(DomainError) as caught:
        call(*arguments)
    return caught.value.reason


def test_a_file_is_accepted_in_pieces_into_one_journal(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, a_file(2_300), "november.xml")
    answer = sender.accept(upload)
    assert (answer.added_count, answer.duplicate_count) == (2_300, 0)
    assert answer.upload.status == ACCEPTED
    assert len(world.ledger.journals[answer.upload.journal_id]) == 2_300
    assert world.ledger.sources[-1] == "november.xml"
    assert world.told(upload.upload_id) == ["UploadParsed", "UploadAccepted"]
    assert sender.get(upload).upload == answer.upload


def test_a_ledger_that_fails_in_the_middle_is_gone_on_with(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, a_file(2_300))
    world.ledger.registers_left = 1
    with pytest.raises(Unavailable):
        sender.accept(upload)
    assert sender.get(upload).upload.status == uploads_pb2.UPLOAD_STATUS_PARSED
    world.ledger.registers_left = None
    answer = sender.accept(upload)
    assert (answer.added_count, answer.duplicate_count) == (2_300, 0)
    assert len(world.ledger.journals[answer.upload.journal_id]) == 2_300


def test_a_repeated_request_gets_the_first_answer_and_another_one_is_told(world: World, sender: Door, client_id: UUID):
    upload, request_id = sender.send(client_id, a_file(2)), str(uuid4())
    first = sender.accept(upload, request_id)
    assert sender.accept(upload, request_id) == first
    assert refused(sender.accept, upload) == "UPLOAD_ALREADY_ACCEPTED"


def test_two_tabs_that_accept_at_once_have_one_effect(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, a_file(1_200))

    def press(_: int) -> str:
        try:
            return sender.accept(upload).upload.journal_id
        except DomainError as error:
            return error.reason

    with ThreadPoolExecutor(4) as tabs:
        outcomes = set(tabs.map(press, range(4)))
    (journal_id,) = outcomes - {"UPLOAD_ALREADY_ACCEPTED"}
    assert len(world.ledger.journals[journal_id]) == 1_200
    assert world.told(upload.upload_id) == ["UploadParsed", "UploadAccepted"]


def test_another_user_must_wait_for_who_has_begun(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, a_file(1_100))
    world.ledger.registers_left = 1
    with pytest.raises(Unavailable):
        sender.accept(upload)
    world.ledger.registers_left = None
    assert refused(world.user(client_id).accept, upload) == "UPLOAD_BEING_ACCEPTED"
    assert sender.accept(upload).added_count == 1_100


def test_a_journal_that_was_approved_between_the_pieces_is_followed_by_another(
    world: World, sender: Door, client_id: UUID
):
    upload = sender.send(client_id, a_file(2_300))
    world.ledger.registers_left = 1
    with pytest.raises(Unavailable):
        sender.accept(upload)
    (begun,) = [key for key, journal in world.ledger.journals.items() if len(journal) == 1_000]
    world.ledger.closed.add(begun)
    world.ledger.registers_left = None
    answer = sender.accept(upload)
    assert answer.upload.journal_id == begun
    (other,) = answer.upload.more_journal_ids
    assert (answer.added_count, len(world.ledger.journals[other])) == (2_300, 1_300)


def test_more_than_a_journal_holds_goes_into_several(world: World, sender: Door, client_id: UUID):
    upload = sender.send(client_id, a_file(5_100))
    answer = sender.accept(upload)
    journals = [answer.upload.journal_id, *answer.upload.more_journal_ids]
    assert [len(world.ledger.journals[one]) for one in journals] == [5_000, 100]


def test_duplicates_are_counted_and_a_file_of_nothing_else_has_no_journal(world: World, sender: Door, client_id: UUID):
    content = a_file(2)
    sender.accept(sender.send(client_id, content))
    upload = sender.send(client_id, content.replace(b"<MsgId>", b"<MsgId>N"))
    answer = sender.accept(upload)
    assert (answer.added_count, answer.duplicate_count) == (0, 2)
    assert answer.upload.journal_id == ""
    assert answer.upload.status == ACCEPTED


def test_the_ledgers_own_right_decides(world: World, client_id: UUID):
    weak = world.user(client_id, may=[Permission.FILES_SEND, Permission.LEDGER_READ])
    upload = weak.send(client_id, a_file(1))
    assert refused(weak.accept, upload) == "PERMISSION_DENIED"
    assert weak.get(upload).upload.status == uploads_pb2.UPLOAD_STATUS_PARSED
