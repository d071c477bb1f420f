"""`EventService`: what every service answers about its events, and how a consumer asks a neighbour.

Replays and heads are for services (permission ``events``), dead letters for services and staff (``dead_letters``).
"""

from collections.abc import Callable, Iterator
from uuid import UUID

import grpc

from chassis import calls, dead_letters, outbox, paging
from chassis.database import Database
from chassis.envelope import Envelope, from_proto, to_proto
from chassis.outbox import Heads
from chassis.permissions import Permission
from chassis.rpc_client import Neighbour
from chassis.rpc_server import Served
from chassis.tokens import Caller
from chassis.wire import refuse, to_uuid
from rf.events.v1 import events_pb2, events_pb2_grpc

REPLAY_LIMIT = 500  # events in one answer; who needs more asks again
HEADS_DEFAULT = 1_000
HEADS_MOST = 5_000

Authorize = Callable[[Permission], Caller]
"""Checks that whoever calls has a permission, and says who it is. Raises Unauthenticated, PermissionDenied."""


def authorized(permission: Permission) -> Caller:
    """The caller that the call's token names, if it has the permission for the house as a whole."""
    caller = calls.caller()
    caller.require_everywhere(permission)
    return caller


_DECISIONS = {"retry": dead_letters.retry, "skip": dead_letters.skip}
_RESOLUTIONS = {
    None: events_pb2.RESOLUTION_UNSPECIFIED,
    "retried": events_pb2.RESOLUTION_RETRIED,
    "skipped": events_pb2.RESOLUTION_SKIPPED,
}


# ruff: noqa: N802, ARG002 - names and signatures of RPCs are the proto's


class EventServicer(events_pb2_grpc.EventServiceServicer):
    """Answers from this service's outbox and dead letters."""

    def __init__(self, database: Database, authorize: Authorize = authorized) -> None:
        self._database = database
        self._authorize = authorize

    def ReplayEvents(
        self, request: events_pb2.ReplayEventsRequest, context: grpc.ServicerContext
    ) -> Iterator[events_pb2.ReplayEventsResponse]:
        self._authorize(Permission.EVENTS)
        aggregate_id = to_uuid(request.aggregate_id, "aggregate_id")
        if request.from_seq < 1:
            raise refuse("from_seq", "OUT_OF_RANGE", min="1")
        with self._database.unscoped() as tx:
            events = list(
                outbox.replay(tx.connection, self._database.service, aggregate_id, request.from_seq, REPLAY_LIMIT)
            )
        for event in events:
            yield events_pb2.ReplayEventsResponse(event=to_proto(event))

    def GetEventHeads(
        self, request: events_pb2.GetEventHeadsRequest, context: grpc.ServicerContext
    ) -> events_pb2.GetEventHeadsResponse:
        self._authorize(Permission.EVENTS)
        limit = paging.size(request.page_size, HEADS_DEFAULT, HEADS_MOST)
        try:
            with self._database.unscoped() as tx:
                page = outbox.heads(tx.connection, request.after_token, limit)
        except ValueError:
            raise refuse("after_token", "BAD_TOKEN") from None
        return events_pb2.GetEventHeadsResponse(
            heads=[events_pb2.EventHead(aggregate_id=str(key), seq=seq) for key, seq in page.heads.items()],
            next_token=page.token,
            more=page.more,
        )

    def ListDeadLetters(
        self, request: events_pb2.ListDeadLettersRequest, context: grpc.ServicerContext
    ) -> events_pb2.ListDeadLettersResponse:
        self._authorize(Permission.DEAD_LETTERS)
        size = paging.size(request.page_size)
        key = paging.key(request.page_token, [str])
        after = to_uuid(str(key[0]), "page_token") if key else None
        with self._database.unscoped() as tx:
            letters = dead_letters.unresolved(tx.connection, after, size + 1)
        more = len(letters) > size
        return events_pb2.ListDeadLettersResponse(
            dead_letters=[_letter(letter) for letter in letters[:size]],
            next_page_token=paging.token(str(letters[size - 1].id)) if more else "",
        )

    def RetryDeadLetter(
        self, request: events_pb2.RetryDeadLetterRequest, context: grpc.ServicerContext
    ) -> events_pb2.RetryDeadLetterResponse:
        return events_pb2.RetryDeadLetterResponse(dead_letter=self._decide("retry", request.dead_letter_id))

    def SkipDeadLetter(
        self, request: events_pb2.SkipDeadLetterRequest, context: grpc.ServicerContext
    ) -> events_pb2.SkipDeadLetterResponse:
        return events_pb2.SkipDeadLetterResponse(dead_letter=self._decide("skip", request.dead_letter_id))

    def _decide(self, decision: str, letter_id: str) -> events_pb2.DeadLetter:
        # A decision is its own guard against repeats, so it needs no stored answer.
        caller = self._authorize(Permission.DEAD_LETTERS)
        with self._database.unscoped() as tx:
            tx.caller = caller  # the trail names who decided; the rows are nobody's
            letter = _DECISIONS[decision](tx.connection, to_uuid(letter_id, "dead_letter_id"), caller.subject)
            client_id = letter.event.client_id if letter.event else None
            tx.audit(f"dead_letter.{decision}", "dead_letter", letter.id, client_id, consumer=letter.consumer)
        return _letter(letter)


def _letter(letter: dead_letters.DeadLetter) -> events_pb2.DeadLetter:
    event = to_proto(letter.event) if letter.event else events_pb2.Event(source=letter.source, payload=letter.payload)
    proto = events_pb2.DeadLetter(
        dead_letter_id=str(letter.id),
        event=event,
        error=letter.error,
        attempts=letter.attempts,
        resolution=_RESOLUTIONS[letter.resolution],
        resolved_by=letter.resolved_by or "",
    )
    proto.died_at.FromDatetime(letter.died_at)
    return proto


def served_events(database: Database) -> Served:
    """The service, for the RPC server of every service."""
    return Served(
        events_pb2_grpc.add_EventServiceServicer_to_server,
        EventServicer(database),
        events_pb2.DESCRIPTOR.services_by_name["EventService"],
    )


class RemoteOutbox:
    """A neighbour's outbox, asked over RPC. Raises what a neighbour's call raises."""

    def __init__(self, neighbour: Neighbour) -> None:
        self._stub = neighbour.stub(events_pb2_grpc.EventServiceStub)

    def replay(self, aggregate_id: UUID, from_seq: int) -> Iterator[Envelope]:
        """Events of an aggregate from a running number on; not always all of them."""
        request = events_pb2.ReplayEventsRequest(aggregate_id=str(aggregate_id), from_seq=from_seq)
        for response in self._stub.ReplayEvents(request):
            yield from_proto(response.event)

    def heads(self, after: str) -> Heads:
        """How far aggregates have come since a token."""
        response = self._stub.GetEventHeads(events_pb2.GetEventHeadsRequest(after_token=after))
        found = {UUID(head.aggregate_id): head.seq for head in response.heads}
        return Heads(found, response.next_token, response.more)
