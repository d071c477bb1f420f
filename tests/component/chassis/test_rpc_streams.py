"""A server that dies in the middle of a stream: the caller hears of it, at the latest at its deadline."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from chassis.rpc_client import Neighbour
from deploy.local.topology import HOST, free_ports
from kernel.errors import DomainError

DEADLINE_S = 2.0
SERVER = """
import sys, time
from concurrent import futures
import grpc

class Stream(grpc.GenericRpcHandler):
    def service(self, details):
        def pieces(request, context):
            for _ in range(3):
                time.sleep(0.02)
                yield b"x" * 60_000
        return grpc.unary_stream_rpc_method_handler(pieces)

server = grpc.server(futures.ThreadPoolExecutor(8))
server.add_generic_rpc_handlers((Stream(),))
server.add_insecure_port(sys.argv[1])
server.start()
server.wait_for_termination()
"""


class Server:
    """One that streams, in a process of its own."""

    def __init__(self) -> None:
        self.address = f"{HOST}:{free_ports()['ledger-serve/grpc']}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVER, self.address])

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.kill()


def test_no_stream_outlives_its_deadline_when_its_server_is_killed(server: Server):
    neighbour = Neighbour("ledger", server.address, lambda: "token", DEADLINE_S)
    call: Any = neighbour.stub(lambda channel: channel.unary_stream("/a/Stream"))
    under_way: dict[int, float] = {}
    stopping = threading.Event()

    def ask(number: int) -> None:
        while not stopping.is_set():
            under_way[number] = time.monotonic()
            try:
                for _ in call(b""):
                    pass
            except DomainError:
                time.sleep(0.01)
            under_way.pop(number)

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(8):
        time.sleep(0.7)
        server.kill()
        server.start()
    stopping.set()
    for thread in threads:
        thread.join(4 * DEADLINE_S)
    assert under_way == {}, "streams hang beyond their deadline"
    neighbour.close()
