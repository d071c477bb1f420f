"""A TCP proxy that does to a connection what networks do: delay, cut, black hole, truncate.

It stands before PostgreSQL, NATS, a gRPC server or the object store; a process is sent through it by its settings.
What it does may change at any time, also for connections that are open. It runs on a thread of its own.
"""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

HOST = "127.0.0.1"
PIECE_BYTES = 16 * 1024
DONE_S = 0.3  # for a request to have its effect before its connection ends


@dataclass(frozen=True)
class Weather:
    """What happens to bytes on their way, in both directions."""

    delay_s: float = 0.0  # of each piece
    black_hole: bool = False  # connections stand and nothing comes through, nor does anybody hear of it
    refuse: bool = False  # new connections are closed at once
    truncate_after: int | None = None  # answers end after so many bytes of a connection, in the middle of whatever
    lose_answer_to: bytes = b""  # a request that holds this arrives, then the connection ends without an answer


FAIR = Weather()


class Proxy:
    """One address that leads to another."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._weather = FAIR
        self._writers: set[asyncio.StreamWriter] = set()
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._run(self._serve())
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def address(self) -> str:
        """Host and port for a client."""
        return f"{HOST}:{self.port}"

    @contextmanager
    def weather(self, weather: Weather) -> Iterator[None]:
        """This weather within the block, fair afterwards."""
        self._set(weather)
        try:
            yield
        finally:
            self._set(FAIR)

    def cut(self) -> None:
        """Break every connection that is open, in the middle of whatever is under way."""
        self._run(self._cut())

    def close(self) -> None:
        """End it and all its connections."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    # -- on the proxy's own thread -------------------------------------------------------------------------------

    def _set(self, weather: Weather) -> None:
        async def change() -> None:
            self._weather = weather
            self._changed.set()
            self._changed = asyncio.Event()

        self._run(change())

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(5)

    async def _serve(self) -> asyncio.Server:
        return await asyncio.start_server(self._accept, HOST, 0)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _close(self) -> None:
        self._server.close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # transports say goodbye

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather.refuse:
            writer.transport.abort()
            return
        try:
            onward_reader, onward_writer = await asyncio.open_connection(HOST, self._target_port)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, onward_writer}
        self._writers |= pair
        unanswered = asyncio.Event()
        try:
            await asyncio.wait(
                [
                    asyncio.ensure_future(self._carry(reader, onward_writer, unanswered, is_answer=False)),
                    asyncio.ensure_future(self._carry(onward_reader, writer, unanswered, is_answer=True)),
                ],
                return_when=asyncio.ALL_COMPLETED,
            )
        finally:
            self._writers -= pair
            for one in pair:
                one.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, unanswered: asyncio.Event, *, is_answer: bool
    ) -> None:
        carried = 0
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                while self._weather.black_hole:
                    await self._changed.wait()
                weather = self._weather
                if weather.delay_s:
                    await asyncio.sleep(weather.delay_s)
                limit = weather.truncate_after
                if is_answer and limit is not None and carried + len(piece) > limit:
                    writer.write(piece[: max(limit - carried, 0)])
                    await writer.drain()
                    break
                if is_answer and unanswered.is_set():
                    continue
                if not is_answer and weather.lose_answer_to and weather.lose_answer_to in piece:
                    unanswered.set()
                writer.write(piece)
                await writer.drain()
                carried += len(piece)
                if not is_answer and unanswered.is_set():
                    await asyncio.sleep(DONE_S)
                    break
        writer.transport.abort()
