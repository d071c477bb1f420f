"""No RPC answers without a token that holds, but for those of one list."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.permissions import Permission
from chassis.rpc_server import TOKENLESS_METHODS
from chassis.tokens import SERVICES, CallerKind
from deploy.local.protos import describe
from tests.served import Rpc, Served

DEADLINE_S = 10


def refusal(house: Served, rpc: Rpc, token: str | None) -> grpc.StatusCode:
    """What an empty request is answered with."""
    try:
        list(house.call(rpc, [b""], token, DEADLINE_S))
    except grpc.RpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def behind_a_token(house: Served) -> list[Rpc]:
    return [rpc for rpc in house.rpcs if rpc.path not in TOKENLESS_METHODS]


def answered(house: Served, token: str | None) -> dict[str, str]:
    """The RPCs that did not ask for another token."""
    codes = {str(rpc): refusal(house, rpc, token) for rpc in behind_a_token(house)}
    return {name: code.name for name, code in codes.items() if code is not grpc.StatusCode.UNAUTHENTICATED}


def test_every_service_of_the_protos_is_served(house: Served) -> None:
    described = {
        f"{file.package}.{service.name}"
        for file in describe().file
        for service in file.service
        if file.package.startswith("rf.")
    }
    assert {rpc.method.containing_service.full_name for rpc in house.rpcs} == described


def test_no_rpc_answers_without_a_token(house: Served) -> None:
    assert answered(house, None) == {}


def test_no_rpc_answers_to_what_is_no_token(house: Served) -> None:
    assert answered(house, "e30.e30.") == {}


def test_no_rpc_answers_to_a_token_that_has_ended(house: Served) -> None:
    assert answered(house, house.expired_token()) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_rpc_answers_to_a_token_for_another_service(house: Served, service: str) -> None:
    others = [other for other in SERVICES if other != service]
    token = house.token(CallerKind.SERVICE, everywhere=Permission, audience=others)
    codes = {str(rpc): refusal(house, rpc, token) for rpc in behind_a_token(house) if rpc.service == service}
    assert codes
    assert set(codes.values()) == {grpc.StatusCode.UNAUTHENTICATED}, codes


def test_a_token_that_holds_is_let_through(house: Served) -> None:
    """So the tests above tell tokens apart, and not only refuse everything."""
    token = house.token(CallerKind.SERVICE, everywhere=Permission)
    assert len(answered(house, token)) == len(behind_a_token(house))


def test_the_list_of_public_rpcs_names_what_exists(house: Served) -> None:
    served = {rpc.path for rpc in house.rpcs}
    assert {path for path in TOKENLESS_METHODS if path.startswith("/rf.")} <= served


@pytest.mark.parametrize("service", SERVICES)
def test_health_and_reflection_answer_without_a_token(house: Served, service: str) -> None:
    channel: grpc.Channel = house.channels[service]
    health = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=DEADLINE_S)
    assert health.status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
    question = reflection_pb2.ServerReflectionRequest(list_services="")
    answer = next(iter(reflection.ServerReflectionInfo(iter([question]), timeout=DEADLINE_S)))
    listed = {one.name for one in answer.list_services_response.service}
    assert {rpc.method.containing_service.full_name for rpc in house.rpcs if rpc.service == service} <= listed
