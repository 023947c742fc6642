"""The proxy reads frames, and does to each API key what it is told; the broker is a toy here."""

import asyncio
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random  # noqa: TID251 (seeded)

import pytest

from chaos.proxy import API_KEYS, HOST, Proxy, Rule, choose

PRODUCE, END_TXN = API_KEYS["Produce"], API_KEYS["EndTxn"]


def frame(api_key: int, number: int, body: bytes = b"") -> bytes:
    """A request with `number` as its correlation id."""
    rest = struct.pack(">hhi", api_key, 9, number) + body
    return struct.pack(">i", len(rest)) + rest


class ToyBroker:
    """Answers each frame by its correlation id, and remembers what it got."""

    def __init__(self) -> None:
        self.got: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                (size,) = struct.unpack(">i", await reader.readexactly(4))
                api_key, _, number = struct.unpack(">hhi", (await reader.readexactly(size))[:8])
                self.got.put_nowait((api_key, number))
                writer.write(struct.pack(">ii", 4, number))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def take(self) -> tuple[int, int]:
        return await asyncio.wait_for(self.got.get(), 10)


@asynccontextmanager
async def both(*rules: Rule) -> AsyncGenerator[tuple[ToyBroker, Proxy]]:
    broker = ToyBroker()
    server = await asyncio.start_server(broker.serve, HOST, 0)
    proxy = Proxy(upstream_port=server.sockets[0].getsockname()[1], seed=1)
    proxy.rules = rules
    await proxy.start()
    try:
        yield broker, proxy
    finally:
        await proxy.close()
        server.close()


class Peer:
    """A client of the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def of(cls, proxy: Proxy) -> "Peer":
        return cls(*await asyncio.open_connection(HOST, proxy.port))

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self) -> int:
        """The correlation id of the next answer; raises when the connection is cut."""
        answer = await asyncio.wait_for(self._reader.readexactly(8), 10)
        return int(struct.unpack(">ii", answer)[1])

    async def is_cut(self) -> bool:
        return await asyncio.wait_for(self._reader.read(1), 10) == b""

    def close(self) -> None:
        self._writer.close()


async def test_frames_go_through_however_they_are_cut_into_packets() -> None:
    async with both() as (broker, proxy):
        peer = await Peer.of(proxy)
        data = frame(PRODUCE, 1, b"x" * 100_000) + frame(END_TXN, 2)
        for start in range(0, len(data), 30_001):
            peer.send(data[start : start + 30_001])
        assert [await peer.answer(), await peer.answer()] == [1, 2]
        assert [await broker.take(), await broker.take()] == [(PRODUCE, 1), (END_TXN, 2)]
        peer.close()


async def test_a_lost_request_never_arrives_and_others_do() -> None:
    async with both(Rule(action="lose", share=1, api_key=END_TXN)) as (broker, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(PRODUCE, 1))
        assert await peer.answer() == 1
        peer.send(frame(END_TXN, 2))
        assert await peer.is_cut()
        other = await Peer.of(proxy)
        other.send(frame(PRODUCE, 3))
        assert await other.answer() == 3
        assert [await broker.take(), await broker.take()] == [(PRODUCE, 1), (PRODUCE, 3)]
        peer.close()
        other.close()


async def test_a_cut_request_arrives_without_an_answer() -> None:
    async with both(Rule(action="cut", share=1)) as (broker, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(END_TXN, 1))
        assert await broker.take() == (END_TXN, 1)
        assert await peer.is_cut()
        peer.close()


async def test_a_held_request_arrives_after_its_repetition() -> None:
    async with both(Rule(action="hold", share=1, delay_ms=60_000)) as (broker, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(END_TXN, 1))
        assert await peer.is_cut()
        proxy.rules = ()
        again = await Peer.of(proxy)
        again.send(frame(END_TXN, 2))
        assert await again.answer() == 2
        proxy.unblock()
        assert [await broker.take(), await broker.take()] == [(END_TXN, 2), (END_TXN, 1)]
        assert proxy.counts == {"hold": 1}
        peer.close()
        again.close()


async def test_a_copied_request_arrives_twice_and_is_answered_once() -> None:
    async with both(Rule(action="copy", share=1, api_key=PRODUCE, delay_ms=1)) as (broker, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(PRODUCE, 1))
        assert await peer.answer() == 1
        assert [await broker.take(), await broker.take()] == [(PRODUCE, 1), (PRODUCE, 1)]
        peer.send(frame(END_TXN, 2))
        assert await peer.answer() == 2
        peer.close()


async def test_a_delayed_request_holds_up_what_is_behind_it() -> None:
    async with both(Rule(action="delay", share=1, api_key=PRODUCE, delay_ms=20)) as (_, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(PRODUCE, 1) + frame(END_TXN, 2))
        assert [await peer.answer(), await peer.answer()] == [1, 2]
        assert proxy.counts == {"delay": 1}
        peer.close()


async def test_nothing_passes_a_blocked_proxy_and_nothing_is_lost() -> None:
    async with both() as (broker, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(PRODUCE, 1))
        assert await peer.answer() == 1
        await broker.take()
        proxy.block()
        peer.send(frame(PRODUCE, 2))
        waiting = asyncio.create_task(peer.answer())
        done, _ = await asyncio.wait([waiting], timeout=0.05)
        assert not done
        assert broker.got.empty()
        proxy.unblock()
        assert await waiting == 2
        peer.close()


async def test_cut_all_ends_what_is_open() -> None:
    async with both() as (_, proxy):
        peer = await Peer.of(proxy)
        peer.send(frame(PRODUCE, 1))
        assert await peer.answer() == 1
        proxy.cut_all()
        assert await peer.is_cut()
        peer.close()


async def test_what_is_no_frame_is_cut() -> None:
    async with both() as (_, proxy):
        peer = await Peer.of(proxy)
        peer.send(b"GET / HTTP/1.1\r\n")
        assert await peer.is_cut()
        peer.close()


@pytest.mark.parametrize(
    ("share", "least", "most"), [(0.0, 0, 0), (0.3, 200, 400), (1.0, 1000, 1000)]
)
def test_a_rule_meets_its_share(share: float, least: int, most: int) -> None:
    chance, rules = Random(7), [Rule(action="lose", share=share, api_key=END_TXN)]
    hits = sum(choose(rules, END_TXN, chance) is not None for _ in range(1000))
    assert least <= hits <= most
    assert choose(rules, PRODUCE, chance) is None
