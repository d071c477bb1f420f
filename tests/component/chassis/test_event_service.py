"""Who may ask for events and decide about dead letters, over real RPC with real tokens."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.bus import Bus
from chassis.permissions import Permission
from chassis.rpc_client import Neighbour
from kernel.errors import DomainError
from rf.events.v1 import events_pb2, events_pb2_grpc
from tests.component.chassis.world import Hearer, Producer, eventually, put_on_bus, rpc_server, signed_by, token_of


class Door:
    """The hearer's event service, asked by callers with different permissions."""

    def __init__(self, hearer: Hearer, folder: Path) -> None:
        self.signer, public = signed_by(folder)
        self.server = rpc_server(hearer.database, public)
        self.server.start()
        self.neighbours: list[Neighbour] = []

    def asked_with(self, *permissions: Permission) -> events_pb2_grpc.EventServiceStub:
        token = token_of(self.signer, *permissions)
        neighbour = Neighbour("hearing", f"127.0.0.1:{self.server.port}", lambda: token)
        self.neighbours.append(neighbour)
        return neighbour.stub(events_pb2_grpc.EventServiceStub)

    def close(self) -> None:
        for neighbour in self.neighbours:
            neighbour.close()
        self.server.stop()


@pytest.fixture
def door(hearer: Hearer, tmp_path: Path) -> Iterator[Door]:
    folder = tmp_path / "door"
    folder.mkdir()
    door = Door(hearer, folder)
    yield door
    door.close()


def test_events_and_dead_letters_each_need_their_permission(door: Door) -> None:
    letters = door.asked_with(Permission.DEAD_LETTERS)
    events = door.asked_with(Permission.EVENTS)
    with pytest.raises(DomainError, match="PERMISSION_DENIED"):
        letters.GetEventHeads(events_pb2.GetEventHeadsRequest())
    with pytest.raises(DomainError, match="PERMISSION_DENIED"):
        list(letters.ReplayEvents(events_pb2.ReplayEventsRequest(aggregate_id=str(uuid4()), from_seq=1)))
    with pytest.raises(DomainError, match="PERMISSION_DENIED"):
        events.ListDeadLetters(events_pb2.ListDeadLettersRequest())
    with pytest.raises(DomainError, match="PERMISSION_DENIED"):
        events.SkipDeadLetter(events_pb2.SkipDeadLetterRequest(dead_letter_id=str(uuid4())))


@pytest.mark.parametrize(
    "request_",
    [
        events_pb2.GetEventHeadsRequest(after_token="no token"),
        events_pb2.GetEventHeadsRequest(after_token="1:2:3"),
        events_pb2.GetEventHeadsRequest(page_size=-1),
    ],
    ids=str,
)
def test_a_bad_question_is_refused(door: Door, request_: events_pb2.GetEventHeadsRequest) -> None:
    with pytest.raises(DomainError, match="INVALID_INPUT"):
        door.asked_with(Permission.EVENTS).GetEventHeads(request_)


def test_staff_sees_a_dead_letter_and_heals_it(door: Door, producer: Producer, hearer: Hearer, bus: Bus) -> None:
    letters = door.asked_with(Permission.DEAD_LETTERS)
    hearer.poison("bad", "worse")
    producer.tell(uuid4(), "bad")
    producer.tell(uuid4(), "worse")
    put_on_bus(bus, producer.told())
    hearer.start()
    eventually(lambda: hearer.count("dead_letter") == 2)
    first_page = letters.ListDeadLetters(events_pb2.ListDeadLettersRequest(page_size=1))
    second_page = letters.ListDeadLetters(
        events_pb2.ListDeadLettersRequest(page_size=1, page_token=first_page.next_page_token)
    )
    assert second_page.next_page_token == ""
    hearer.cure()
    for page in (first_page, second_page):
        letter = page.dead_letters[0]
        assert letter.event.type == "rf.telling.v1.ThingHappened"
        request = events_pb2.RetryDeadLetterRequest(dead_letter_id=letter.dead_letter_id, request_id=str(uuid4()))
        assert letters.RetryDeadLetter(request).dead_letter.resolution == events_pb2.RESOLUTION_RETRIED
        assert letters.RetryDeadLetter(request).dead_letter.resolved_by == "hearing"
    eventually(lambda: sorted(hearer.heard()) == ["bad", "worse"])
    assert hearer.count("audit_entry") == 4
