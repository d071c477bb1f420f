"""Messages between a client's users and the officer, about an invoice or a case (SPEC I-09, D-03, D-06)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.permissions import Permission
from chassis.rpc_errors import RemoteError, Unavailable
from chassis.tokens import CallerKind
from rf.collection.v1 import events_pb2, messages_pb2, officers_pb2
from rf.collection.v1.cases_pb2 import Officer
from rf.collection.v1.messages_pb2 import ThreadSubject
from rf.ledger.v1 import customers_pb2
from tests.component.collection.world import Door, World

CLIENT, OFFICER = messages_pb2.THREAD_SIDE_CLIENT, messages_pb2.THREAD_SIDE_OFFICER


@pytest.fixture
def client_id() -> UUID:
    return uuid4()


@pytest.fixture
def invoice_id(world: World) -> str:
    """One that the ledger knows and that is not in collection."""
    invoice_id = str(uuid4())
    world.ledger.invoices[invoice_id] = customers_pb2.Customer(name="Ylva Ek"), ""
    return invoice_id


def send(door: Door, client_id: UUID, words: str = "Kunden har ringt.", **subject: str) -> messages_pb2.Thread:
    answer: messages_pb2.SendMessageResponse = door.messages.SendMessage(
        messages_pb2.SendMessageRequest(
            request_id=str(uuid4()), client_id=str(client_id), subject=ThreadSubject(**subject), text=words
        )
    )
    return answer.thread


def reply(door: Door, thread_id: str, words: str = "Tack, jag väntar.") -> messages_pb2.Thread:
    answer: messages_pb2.ReplyToThreadResponse = door.messages.ReplyToThread(
        messages_pb2.ReplyToThreadRequest(request_id=str(uuid4()), thread_id=thread_id, text=words)
    )
    return answer.thread


def get(door: Door, **which: Any) -> messages_pb2.GetThreadResponse:
    answer: messages_pb2.GetThreadResponse = door.messages.GetThread(messages_pb2.GetThreadRequest(**which))
    return answer


def listed(door: Door, **terms: Any) -> list[messages_pb2.Thread]:
    return list(door.messages.ListThreads(messages_pb2.ListThreadsRequest(**terms)).threads)


def reason(call: Callable[[], object]) -> str:
    with pytest.raises(RemoteError) as refused:
        call()
    found = refused.value
    return " ".join([found.reason, *(f"{one.field}:{one.reason}" for one in found.violations)])


def test_a_question_about_an_invoice_is_read_and_answered_by_the_officer(
    world: World, client_id: UUID, invoice_id: str
) -> None:
    clerk, officer = world.client_user(client_id, may=[Permission.LEDGER_READ]), world.officer()
    thread = send(clerk, client_id, "Kan vi vänta?\nKunden betalar fredag.", invoice_id=invoice_id)
    assert (thread.turn, thread.message_count, thread.unread_count) == (OFFICER, 1, 0)
    assert thread.subject_number == f"F-{invoice_id[:4]}"

    [waiting] = listed(officer, client_ids=[str(client_id)], turn=OFFICER, unread_only=True)
    assert (waiting.thread_id, waiting.unread_count) == (thread.thread_id, 1)
    seen = get(officer, thread_id=thread.thread_id)
    assert [(one.side, one.author, one.text) for one in seen.messages] == [
        (CLIENT, "somebody", "Kan vi vänta?\nKunden betalar fredag.")
    ]
    officer.messages.MarkThreadRead(
        messages_pb2.MarkThreadReadRequest(request_id=str(uuid4()), thread_id=thread.thread_id, place=1)
    )
    assert reply(officer, thread.thread_id).turn == CLIENT
    assert listed(officer, client_ids=[str(client_id)], turn=OFFICER) == []
    assert listed(officer, client_ids=[str(client_id)], unread_only=True) == []

    answered = get(clerk, client_id=str(client_id), subject=ThreadSubject(invoice_id=invoice_id))
    assert (answered.thread.turn, answered.thread.unread_count) == (CLIENT, 1)
    newest = answered.messages[0]
    assert (newest.place, newest.side, newest.text) == (2, OFFICER, "Tack, jag väntar.")
    read = clerk.messages.MarkThreadRead(
        messages_pb2.MarkThreadReadRequest(request_id=str(uuid4()), thread_id=thread.thread_id, place=99)
    ).thread
    assert read.unread_count == 0


def test_a_thread_about_a_case_has_its_number_and_its_officer(world: World, client_id: UUID) -> None:
    boss, user_id = world.administrator(), str(uuid4())
    petra = Officer(user_id=user_id, name="Petra Sjögårde", phone="08-465 004 22", email="p@example.se")
    boss.officers.SetOfficer(
        officers_pb2.SetOfficerRequest(request_id=str(uuid4()), officer=petra, client_ids=[str(client_id)])
    )
    case_id = world.case_of(world.an_invoice_in_collection(client_id))
    clerk = world.client_user(client_id)
    empty = get(clerk, client_id=str(client_id), subject=ThreadSubject(case_id=case_id))
    assert (empty.thread.thread_id, empty.thread.officer.name, list(empty.messages)) == ("", "Petra Sjögårde", [])
    thread = send(clerk, client_id, case_id=case_id)
    assert thread.subject_number == clerk.case(case_id).line.number
    assert thread.officer == petra
    assert send(clerk, client_id, "Och en sak till.", case_id=case_id).thread_id == thread.thread_id


def test_what_is_told_are_ids_and_the_side(world: World, client_id: UUID, invoice_id: str) -> None:
    thread = send(world.client_user(client_id), client_id, "Hemligheten", invoice_id=invoice_id)
    [told] = world.told(thread.thread_id, events_pb2.MessageSent)
    assert (told.thread_id, told.invoice_id, told.case_id, told.side) == (thread.thread_id, invoice_id, "", "CLIENT")
    assert b"Hemligheten" not in told.SerializeToString()
    [trail] = world.audit("message.sent", thread.thread_id)
    assert "Hemligheten" not in str(trail)


def test_many_who_write_at_once_share_one_thread_in_order(world: World, client_id: UUID, invoice_id: str) -> None:
    clerk = world.client_user(client_id)
    with ThreadPoolExecutor(4) as pool:
        threads = list(pool.map(lambda n: send(clerk, client_id, f"Nr {n}", invoice_id=invoice_id), range(8)))
    assert len({one.thread_id for one in threads}) == 1
    answer = get(clerk, thread_id=threads[0].thread_id, page_size=5)
    assert [one.place for one in answer.messages] == [8, 7, 6, 5, 4]
    rest = get(clerk, thread_id=threads[0].thread_id, page_token=answer.next_page_token)
    assert [one.place for one in rest.messages] == [3, 2, 1]
    assert rest.next_page_token == ""


def test_threads_are_listed_from_the_one_written_in_last(world: World, client_id: UUID) -> None:
    cases = [world.case_of(world.an_invoice_in_collection(client_id)) for _ in range(3)]
    clerk = world.client_user(client_id)
    made = [send(clerk, client_id, case_id=case_id).thread_id for case_id in cases]
    reply(clerk, made[0])
    page = clerk.messages.ListThreads(messages_pb2.ListThreadsRequest(page_size=2))
    rest = clerk.messages.ListThreads(messages_pb2.ListThreadsRequest(page_size=2, page_token=page.next_page_token))
    assert [one.thread_id for one in (*page.threads, *rest.threads)] == [made[0], made[2], made[1]]
    assert rest.next_page_token == ""


def test_a_repeat_of_a_message_is_sent_once(world: World, client_id: UUID, invoice_id: str) -> None:
    clerk = world.client_user(client_id)
    request = messages_pb2.SendMessageRequest(
        request_id=str(uuid4()), client_id=str(client_id), subject=ThreadSubject(invoice_id=invoice_id), text="En gång"
    )
    first, second = (clerk.messages.SendMessage(request) for _ in range(2))
    assert first.message.message_id == second.message.message_id
    assert get(clerk, thread_id=first.thread.thread_id).thread.message_count == 1


def test_who_may_not_see_it_may_not_write_about_it(world: World, client_id: UUID, invoice_id: str) -> None:
    case_id = world.case_of(world.an_invoice_in_collection(client_id))
    thread_id = send(world.client_user(client_id), client_id, case_id=case_id).thread_id
    only_ledger = world.client_user(client_id, may=[Permission.LEDGER_READ])
    assert reason(lambda: send(only_ledger, client_id, case_id=case_id)) == "PERMISSION_DENIED"
    assert reason(lambda: get(only_ledger, thread_id=thread_id)) == "PERMISSION_DENIED"
    assert reason(lambda: reply(world.administrator(), thread_id)) == "PERMISSION_DENIED"
    stranger = world.client_user(other := uuid4())
    for call in (
        lambda: send(stranger, client_id, invoice_id=invoice_id),
        lambda: send(stranger, other, case_id=case_id),
        lambda: get(stranger, thread_id=thread_id),
        lambda: reply(stranger, thread_id),
        lambda: get(stranger, client_id=str(client_id), subject=ThreadSubject(case_id=case_id)),
        lambda: listed(stranger, client_ids=[str(client_id)]),
        lambda: send(stranger, other, invoice_id=str(uuid4())),  # no client's invoice
    ):
        assert reason(call) == "NOT_FOUND"
    assert listed(stranger) == []


def test_the_ledger_is_asked_only_about_what_is_new(world: World, client_id: UUID, invoice_id: str) -> None:
    clerk = world.client_user(client_id)
    in_collection = world.an_invoice_in_collection(client_id)
    send(clerk, client_id, invoice_id=invoice_id)
    world.ledger.down = True
    try:
        assert send(clerk, client_id, invoice_id=invoice_id).message_count == 2
        assert send(clerk, client_id, invoice_id=str(in_collection.id)).subject_number == in_collection.number
        with pytest.raises(Unavailable):
            send(clerk, client_id, invoice_id=str(uuid4()))
    finally:
        world.ledger.down = False


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"text": ""}, "text:REQUIRED"),
        ({"text": " \n "}, "text:REQUIRED"),
        ({"text": "x" * 4_001}, "text:TOO_LONG"),
        ({"text": "a\x00b"}, "text:CONTROL_CHARACTER"),
        ({"text": "a\u202eb"}, "text:CONTROL_CHARACTER"),
        ({"subject": ThreadSubject()}, "subject:REQUIRED"),
        ({"subject": ThreadSubject(invoice_id="x")}, "subject.invoice_id:BAD_ID"),
        ({"client_id": "x"}, "client_id:BAD_ID"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(
    world: World, client_id: UUID, invoice_id: str, changes: dict[str, Any], wrong: str
) -> None:
    values: dict[str, Any] = {
        "client_id": str(client_id),
        "subject": ThreadSubject(invoice_id=invoice_id),
        "text": "Hej",
    }
    request = messages_pb2.SendMessageRequest(request_id=str(uuid4()), **(values | changes))
    assert reason(lambda: world.client_user(client_id).messages.SendMessage(request)) == f"INVALID_INPUT {wrong}"


def test_a_system_of_resultat_finans_answers_in_the_officers_place(
    world: World, client_id: UUID, invoice_id: str
) -> None:
    thread_id = send(world.client_user(client_id), client_id, invoice_id=invoice_id).thread_id
    rights = [Permission.COLLECTION_READ, Permission.COLLECTION_REGISTER]
    system = world._door(world.token(CallerKind.SERVICE, {client_id: rights}))
    assert reply(system, thread_id).turn == CLIENT
