"""No RPC answers without a token, but for the two that give the first one."""

from typing import Any

import grpc
import pytest

from chassis.rpc_server import TOKENLESS_METHODS
from rf.auth.v1 import clients_pb2, credentials_pb2, sessions_pb2, users_pb2
from rf.events.v1 import events_pb2

METHODS = [
    f"/{service.full_name}/{method.name}"
    for module in (clients_pb2, credentials_pb2, sessions_pb2, users_pb2, events_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]


def answer(auth, method, token=None):
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    with grpc.insecure_channel(auth.target) as channel:
        ask: Any = channel.unary_stream(method)
        try:
            list(ask(b"", metadata=metadata, timeout=5))
        except grpc.RpcError as error:
            return error.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("method", METHODS)
def test_nothing_answers_without_a_token_that_holds(auth, method):
    if method in TOKENLESS_METHODS:
        assert answer(auth, method) in {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.PERMISSION_DENIED}
        return
    wrong_audience = auth.exchange("gateway", (auth.settings.credentials_dir / "gateway.secret").read_text(), "ledger")
    for token in (
        None,
        "x",
        "eyJhbGciOiJub25lIn0.e30.",
        wrong_audience,
        auth.service_token("gateway")[:-8] + "AAAAAAAA",
    ):
        assert answer(auth, method, token) == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("method", [m for m in METHODS if "SessionService" in m])
def test_only_the_gateway_asks_about_sessions(auth, method):
    name = f"nyfiken-{method.rpartition('/')[2].lower()}"
    auth.user(name, {auth.client("Nyfikna AB"): ["ledger.read"]})
    for token in (auth.token_of(name), auth.administrator(), auth.service_token("ledger")):
        assert answer(auth, method, token) == grpc.StatusCode.PERMISSION_DENIED
