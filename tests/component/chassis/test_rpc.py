"""What holds for every RPC: token, deadline, ids, one vocabulary of errors, and a write that has one effect."""

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import grpc
import pytest
import structlog
from grpc_status import rpc_status
from sqlalchemy import text

from chassis import calls, logs
from chassis.calls import Unauthenticated
from chassis.database import Database, Tx
from chassis.permissions import Permission, bitmap
from chassis.rpc_client import Neighbour
from chassis.rpc_errors import RemoteError, Unavailable
from chassis.rpc_server import MAX_MESSAGE_BYTES, RpcServer, Served
from chassis.tokens import Caller, CallerKind, Verifier
from kernel.errors import DomainError, FieldViolation, InvalidInput, Kind
from rf.ledger.v1 import terms_pb2, terms_pb2_grpc
from tests.component.chassis.world import signed_by
from tests.stack import ServiceDatabase

CLIENT = uuid4()


class HouseIsFull(DomainError):
    reason = "HOUSE_IS_FULL"
    kind = Kind.CONFLICT


class Servicer(terms_pb2_grpc.TermsServiceServicer):
    """Does what the test asks for in the name of the client."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.work = _insert
        self.seen: list[calls.Call] = []

    def GetTerms(self, request: terms_pb2.GetTermsRequest, context: object) -> terms_pb2.GetTermsResponse:  # noqa: N802
        call = calls.current()
        assert call is not None
        self.seen.append(call)
        match request.client_id:
            case "full":
                raise HouseIsFull(rooms=7)
            case "bad":
                raise InvalidInput([FieldViolation(f"rows[{n}].price", "REQUIRED", {"max": "3"}) for n in range(100)])
            case "broken":
                raise ZeroDivisionError("Ylva Nattsjö, 19860217-1234")
            case "large":
                return terms_pb2.GetTermsResponse(terms=terms_pb2.Terms(name="a" * MAX_MESSAGE_BYTES))
            case "slow":
                with self.database.read() as tx:
                    tx.execute(text("SELECT pg_sleep(20)"))
        return terms_pb2.GetTermsResponse(terms=terms_pb2.Terms(name=calls.caller().name))

    def SetReferenceRate(self, request: object, context: object) -> terms_pb2.SetReferenceRateResponse:  # noqa: N802
        raise NotImplementedError

    def ListReferenceRates(self, request: object, context: object) -> terms_pb2.ListReferenceRatesResponse:  # noqa: N802
        raise NotImplementedError

    def SetTerms(self, request: terms_pb2.SetTermsRequest, context: object) -> terms_pb2.SetTermsResponse:  # noqa: N802
        return self.database.once(request, terms_pb2.SetTermsResponse, lambda tx: self.work(tx, request))


def _insert(tx: Tx, request: terms_pb2.SetTermsRequest) -> terms_pb2.SetTermsResponse:
    tx.execute(
        text("INSERT INTO heard (aggregate_id, seq, note) VALUES (:id, 1, :note)"),
        {"id": uuid4(), "note": request.terms.name},
    )
    return terms_pb2.SetTermsResponse(terms=terms_pb2.Terms(name=f"{request.terms.name} {uuid4()}"))


class House:
    def __init__(self, folder: Path, database: ServiceDatabase) -> None:
        self.signer, public = signed_by(folder)
        self.database = Database("hearing", database.app_url, 8)
        self.servicer = Servicer(self.database)
        served = Served(
            terms_pb2_grpc.add_TermsServiceServicer_to_server,
            self.servicer,
            terms_pb2.DESCRIPTOR.services_by_name["TermsService"],
        )
        self.server = RpcServer("127.0.0.1:0", Verifier(public, "hearing"), [served], threads=8)
        self.server.start()
        self.target = f"127.0.0.1:{self.server.port}"
        self.token = self.sign("ylva")
        self.neighbour = Neighbour("hearing", self.target, lambda: self.token, 10.0)
        self.stub = self.neighbour.stub(terms_pb2_grpc.TermsServiceStub)

    def sign(self, subject: str, audience: str = "hearing", lifetime_s: int = 60) -> str:
        caller = Caller(subject, subject, CallerKind.CLIENT_USER, {CLIENT: bitmap([Permission.LEDGER_READ])})
        return self.signer.sign(caller, [audience], lifetime_s)

    def set(self, name: str, request_id: UUID | str) -> str:
        request = terms_pb2.SetTermsRequest(request_id=str(request_id), terms=terms_pb2.Terms(name=name))
        return self.stub.SetTerms(request).terms.name

    def rows(self) -> int:
        with self.database.unscoped() as tx:
            return int(tx.execute(text("SELECT count(*) FROM heard")).scalar_one())


@pytest.fixture
def house(tmp_path: Path, hearing_database: ServiceDatabase) -> Iterator[House]:
    house = House(tmp_path, hearing_database)
    yield house
    house.neighbour.close()
    house.server.stop()
    house.database.engine.dispose()


def ask(house: House, client_id: str, timeout: float = 10.0) -> terms_pb2.GetTermsResponse:
    return house.stub.GetTerms(terms_pb2.GetTermsRequest(client_id=client_id), timeout=timeout)


def test_an_rpc_knows_who_asks_and_under_which_ids(house: House) -> None:
    assert ask(house, "").terms.name == "ylva"
    call = house.servicer.seen[0]
    assert call.caller is not None
    assert call.caller.may(Permission.LEDGER_READ, CLIENT)
    assert str(UUID(call.request_id)) == call.request_id
    assert call.traceparent.startswith("00-")
    assert 0 < call.seconds_left() <= 10


@pytest.mark.parametrize("case", ["none", "stranger", "other audience", "ended", "garbage"])
def test_no_rpc_answers_without_a_token_that_holds(house: House, case: str, tmp_path: Path) -> None:
    folder = tmp_path / "stranger"
    folder.mkdir()
    caller = Caller("ylva", "ylva", CallerKind.CLIENT_USER, everywhere=-1)
    tokens = {
        "none": "",
        "stranger": signed_by(folder)[0].sign(caller, ["hearing"]),
        "other audience": house.sign("ylva", audience="ledger"),
        "ended": house.sign("ylva", lifetime_s=-30),
        "garbage": "a.b.c",
    }
    house.token = tokens[case]
    with pytest.raises(Unauthenticated):
        ask(house, "")
    assert house.servicer.seen == []


def test_a_domain_error_keeps_its_reason_kind_and_details_over_the_wire(house: House) -> None:
    with pytest.raises(RemoteError) as refused:
        ask(house, "full")
    assert (refused.value.reason, refused.value.kind) == ("HOUSE_IS_FULL", Kind.CONFLICT)
    assert refused.value.details == {"rooms": "7"}


def test_faults_of_fields_arrive_with_path_and_reason_and_at_most_forty_of_them(house: House) -> None:
    with pytest.raises(RemoteError) as refused:
        ask(house, "bad")
    assert refused.value.kind is Kind.INVALID
    assert refused.value.violations[1] == FieldViolation("rows[1].price", "REQUIRED", {"max": "3"})
    assert len(refused.value.violations) == 40
    assert refused.value.details["violations"] == "100"


def test_an_unforeseen_error_tells_the_caller_and_the_log_nothing_of_the_data(
    house: House, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    logs.configure("hearing", "json")
    request.addfinalizer(structlog.reset_defaults)
    with grpc.insecure_channel(house.target) as channel, pytest.raises(grpc.RpcError) as refused:
        terms_pb2_grpc.TermsServiceStub(channel).GetTerms(
            terms_pb2.GetTermsRequest(client_id="broken"),
            metadata=(("authorization", f"Bearer {house.token}"),),
        )
    assert "Nattsjö" not in str(refused.value)
    assert rpc_status.from_call(refused.value).message == "INTERNAL"
    out, err = capsys.readouterr()
    assert "ZeroDivisionError" in out + err
    assert "Nattsjö" not in out + err


def test_a_deadline_ends_the_query_in_the_database_too(house: House) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        ask(house, "slow", timeout=0.4)
    assert time.monotonic() - started < 10
    time.sleep(0.3)
    with house.database.unscoped() as tx:
        sleeping = tx.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(20)%' AND pid <> pg_backend_pid()"
                " AND state = 'active'"
            )
        ).scalar_one()
    assert sleeping == 0


def test_a_neighbour_that_is_away_is_unavailable_and_not_an_error_of_ours() -> None:
    away = Neighbour("files", "127.0.0.1:1", lambda: "t", 1.0)
    with pytest.raises(Unavailable) as refused:
        away.stub(terms_pb2_grpc.TermsServiceStub).GetTerms(terms_pb2.GetTermsRequest())
    assert refused.value.details["neighbour"] == "files"
    away.close()


def test_the_same_request_id_has_one_effect_and_the_first_answer(house: House) -> None:
    request_id = uuid4()
    first = house.set("a", request_id)
    assert house.set("a", request_id) == first
    assert house.rows() == 1


def test_a_request_id_with_another_content_is_refused(house: House) -> None:
    request_id = uuid4()
    house.set("a", request_id)
    with pytest.raises(RemoteError) as refused:
        house.set("b", request_id)
    assert refused.value.reason == "REQUEST_ID_REUSED"
    assert house.rows() == 1


def test_somebody_elses_request_id_is_not_mine(house: House) -> None:
    request_id = uuid4()
    first = house.set("a", request_id)
    house.token = house.sign("nils")
    assert house.set("a", request_id) != first
    assert house.rows() == 2


def test_a_write_without_a_request_id_is_refused_with_the_field_named(house: House) -> None:
    with pytest.raises(RemoteError) as refused:
        house.set("a", "")
    assert refused.value.violations == (FieldViolation("request_id", "REQUIRED"),)


def test_eight_calls_at_once_with_one_request_id_have_one_effect(house: House) -> None:
    request_id = uuid4()
    begin = threading.Barrier(8)

    def work(tx: Tx, request: terms_pb2.SetTermsRequest) -> terms_pb2.SetTermsResponse:
        if not begin.broken:
            with contextlib.suppress(threading.BrokenBarrierError):
                begin.wait(2)
        return _insert(tx, request)

    house.servicer.work = work
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: house.set("a", request_id), range(8)))
    assert len(answers) == 1
    assert house.rows() == 1


def test_a_deadlock_is_tried_again_and_nobody_notices(house: House) -> None:
    with house.database.unscoped() as tx:
        tx.execute(text("INSERT INTO poison VALUES ('left', ''), ('right', '')"))
    tries = []

    def work(tx: Tx, request: terms_pb2.SetTermsRequest) -> terms_pb2.SetTermsResponse:
        first, second = ("left", "right") if request.terms.name == "a" else ("right", "left")
        tries.append(request.terms.name)
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:n))"), {"n": first})
        time.sleep(0.3)
        tx.execute(text("SELECT pg_advisory_xact_lock(hashtext(:n))"), {"n": second})
        return _insert(tx, request)

    house.servicer.work = work
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda name: house.set(name, uuid4()), ["a", "b"]))
    assert len(tries) == 3
    assert house.rows() == 2


def test_a_write_that_fails_leaves_nothing_and_may_be_tried_again_with_the_same_id(house: House) -> None:
    request_id = uuid4()

    def work(tx: Tx, request: terms_pb2.SetTermsRequest) -> terms_pb2.SetTermsResponse:
        _insert(tx, request)
        raise HouseIsFull

    house.servicer.work = work
    with pytest.raises(RemoteError):
        house.set("a", request_id)
    assert house.rows() == 0
    house.servicer.work = _insert
    house.set("a", request_id)
    assert house.rows() == 1


def test_a_message_beyond_four_mebibytes_is_refused_in_both_directions_and_the_server_lives_on(house: House) -> None:
    with pytest.raises(RemoteError) as refused:
        house.set("a" * MAX_MESSAGE_BYTES, uuid4())
    assert refused.value.kind is Kind.EXHAUSTED
    with pytest.raises(RemoteError) as refused:
        ask(house, "large")
    assert refused.value.kind is Kind.EXHAUSTED
    assert house.rows() == 0
    house.set("a", uuid4())


def test_a_lost_connection_in_the_pool_is_replaced(house: House) -> None:
    house.set("a", uuid4())
    with house.database.unscoped() as tx:
        tx.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    house.set("b", uuid4())
    assert house.rows() == 2


def test_what_was_done_is_in_the_audit_trail_and_stays_there(house: House) -> None:
    def work(tx: Tx, request: terms_pb2.SetTermsRequest) -> terms_pb2.SetTermsResponse:
        tx.audit("terms.set", "terms", CLIENT, CLIENT, fields=2)
        return _insert(tx, request)

    house.servicer.work = work
    house.set("a", uuid4())
    with house.database.unscoped() as tx:
        row = tx.execute(text("SELECT subject, action, client_id, details FROM audit_entry")).one()
    assert tuple(row) == ("ylva", "terms.set", CLIENT, {"fields": 2})
    with pytest.raises(Exception, match="permission denied"), house.database.unscoped() as tx:
        tx.execute(text("DELETE FROM audit_entry"))
