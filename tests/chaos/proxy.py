"""A TCP proxy in front of one broker that reads Kafka's frames, and fails them by API key.

Only requests are read: four bytes of size, then API key, version and correlation id. Answers go
through as bytes. What it can do to a request:

- `delay`: it waits, and so does all behind it on its connection.
- `lose`: the connection is cut instead; the broker never sees the request.
- `cut`: the broker gets it, the connection is cut before the answer.
- `hold`: the connection is cut, and the broker gets the request later, when the client has long
  sent it again: the delayed duplicate that a lost connection may leave behind.
- `copy`: the broker gets it, and the same once more later.
"""

import asyncio
import contextlib
import struct
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from random import Random  # noqa: TID251 (seeded by whoever makes a proxy)
from typing import Final, Literal

HOST: Final = "127.0.0.1"
HEAD: Final = struct.Struct(">ihh")  # Size of the rest, API key, version.
FRAME_BYTES_MAX: Final = 100 * 1024 * 1024  # As a broker's socket.request.max.bytes.
CHUNK: Final = 1 << 16
LINGER_S: Final = 1.0  # A broker that is not paused has read a request long before.

API_KEYS: Final = {
    "Produce": 0,
    "Fetch": 1,
    "Metadata": 3,
    "OffsetCommit": 8,
    "FindCoordinator": 10,
    "JoinGroup": 11,
    "Heartbeat": 12,
    "SyncGroup": 14,
    "InitProducerId": 22,
    "AddPartitionsToTxn": 24,
    "AddOffsetsToTxn": 25,
    "EndTxn": 26,
    "TxnOffsetCommit": 28,
}

Action = Literal["delay", "lose", "cut", "hold", "copy"]


@dataclass(slots=True, frozen=True, kw_only=True)
class Rule:
    """One in `1 / share` requests of `api_key` (None: of any) meets `action`."""

    action: Action
    share: float
    api_key: int | None = None
    delay_ms: int = 0


def choose(rules: Sequence[Rule], api_key: int, chance: Random) -> Rule | None:
    """The first rule that a request meets."""
    for rule in rules:
        if rule.api_key in (None, api_key) and chance.random() < rule.share:
            return rule
    return None


class Proxy:
    """Listens on a port of its own. rules, is_open: may be changed at any time."""

    def __init__(self, *, upstream_port: int, seed: int) -> None:
        self.rules: Sequence[Rule] = ()
        self.is_open = True
        self.counts: Counter[str] = Counter()
        self.port = 0
        self._upstream_port = upstream_port
        self._chance = Random(seed)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._moved = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        """Listen; `port` 0: on any free one."""
        self._server = await asyncio.start_server(self._accept, HOST, port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut all connections and listen no more."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def block(self) -> None:
        """Let nothing through any more, neither way; connections stay as they are."""
        self.is_open = False

    def unblock(self) -> None:
        """Go on; nothing was lost that was on its way. What is held goes out now."""
        self.is_open = True
        self._moved.set()
        self._moved = asyncio.Event()

    def cut_all(self) -> None:
        """Cut every connection that is open now."""
        for task in list(self._tasks):
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # One of both ends is gone, or we were told to cut it.
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, to_broker = await asyncio.open_connection(HOST, self._upstream_port)
        answers = asyncio.create_task(self._pump(upstream, writer))
        is_kept = False
        try:
            while True:
                head = await reader.readexactly(HEAD.size)
                size, api_key, _ = HEAD.unpack(head)
                if not 8 <= size <= FRAME_BYTES_MAX:
                    raise ConnectionError(f"no frame of Kafka: {size} bytes")
                frame = head + await reader.readexactly(size - HEAD.size + 4)
                await self._gate()
                rule = choose(self.rules, api_key, self._chance)
                if rule is None:
                    to_broker.write(frame)
                    await to_broker.drain()
                    continue
                self.counts[rule.action] += 1
                is_kept = await self._fail(rule, frame, to_broker)
                if rule.action not in ("delay", "copy"):
                    return
        finally:
            answers.cancel()
            if not is_kept:
                to_broker.close()

    async def _fail(self, rule: Rule, frame: bytes, to_broker: asyncio.StreamWriter) -> bool:
        """Do to one request what `rule` says; True: the connection to the broker is still used."""
        if rule.action == "lose":
            return False
        if rule.action == "hold":
            self._spawn(self._deliver_later(rule.delay_ms, frame, to_broker))
            return True
        if rule.action == "delay":
            await asyncio.sleep(rule.delay_ms / 1000)
        elif rule.action == "copy":
            self._spawn(self._copy_later(rule.delay_ms, frame))
        to_broker.write(frame)
        await to_broker.drain()
        if rule.action == "cut":
            self._spawn(self._close_later(to_broker))
            return True
        return False

    async def _deliver_later(
        self, delay_ms: int, frame: bytes, to_broker: asyncio.StreamWriter
    ) -> None:
        try:
            await self._until_released(delay_ms)
            with contextlib.suppress(OSError):
                to_broker.write(frame)
                await to_broker.drain()
        finally:
            to_broker.close()

    async def _close_later(self, to_broker: asyncio.StreamWriter) -> None:
        """A close with an unread answer would take the request back, if it was not read yet."""
        try:
            await asyncio.sleep(LINGER_S)
        finally:
            to_broker.close()

    async def _copy_later(self, delay_ms: int, frame: bytes) -> None:
        await asyncio.sleep(delay_ms / 1000)
        with contextlib.suppress(OSError):
            _, to_broker = await asyncio.open_connection(HOST, self._upstream_port)
            to_broker.write(frame)
            await to_broker.drain()
            await self._close_later(to_broker)

    async def _pump(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers, as bytes; the end of the broker's side is the end of both."""
        with contextlib.suppress(OSError):
            while data := await upstream.read(CHUNK):
                await self._gate()
                writer.write(data)
                await writer.drain()
        writer.close()

    async def _until_released(self, delay_ms: int) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._moved.wait(), delay_ms / 1000)

    async def _gate(self) -> None:
        while not self.is_open:
            await self._moved.wait()

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
