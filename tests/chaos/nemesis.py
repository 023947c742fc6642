"""Does what was planned to the system, one coroutine a kind, and keeps a journal of it.

Order of a fault: note when it begins, do it, undo it, note when it was over. A fault that finds
nothing to hit (no coordinator yet, no file) is left out of the journal.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 (seeded)
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from chaos import quorum
from chaos.cluster import Cluster
from chaos.plan import Planned
from chaos.proxy import API_KEYS, Rule
from chaos.system import (
    CONTINUE,
    KILL,
    STOP,
    Slot,
    System,
    files_below,
    signal_pid,
    size_of,
)
from duralog.connectors.clock import now_ms
from evidence.model import Fault
from integration.processes import is_alive

SLOT_READY_S: Final = 60.0
FILLER: Final = "filler"
ROLES: Final = ("controller", "group", "transaction")
TRANSACTIONS: Final = ("InitProducerId", "AddPartitionsToTxn", "AddOffsetsToTxn", "EndTxn")


Doing = Callable[["Nemesis", str, Random], Coroutine[None, None, None]]


@dataclass(slots=True, kw_only=True)
class Nemesis:
    """Who does it. faults: the journal. flipped: slots whose disk may be corrupt and unread."""

    cluster: Cluster
    system: System
    say: Callable[[str], None]
    has_small_disk: bool
    faults: list[Fault] = field(default_factory=list[Fault])
    flipped: set[int] = field(default_factory=set[int])
    brokers: asyncio.Lock = field(default_factory=asyncio.Lock)
    engines: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, planned: list[Planned]) -> None:
        """All of them; returns when the last one is over."""
        async with asyncio.TaskGroup() as group:
            for fault in planned:
                await asyncio.sleep(fault.after_s)
                group.create_task(KINDS[fault.kind](self, fault.kind, Random(fault.dice)))

    def over(self, kind: str, target: str, begin_ms: int, *, pid: int = 0) -> None:
        """Into the journal."""
        fault = Fault(kind=kind, target=target, begin_ms=begin_ms, end_ms=now_ms(), pid=pid)
        self.faults.append(fault)
        self.say(f"{kind} of {target}, {fault.end_ms - begin_ms} ms")

    def some_slot(self, chance: Random) -> Slot:
        """Any slot."""
        return chance.choice(self.system.slots)


async def _engine_kill(nemesis: Nemesis, kind: str, chance: Random) -> None:
    slot, begin_ms = nemesis.some_slot(chance), now_ms()
    if signal_pid(slot.pid, KILL):
        nemesis.over(kind, f"slot {slot.number}", begin_ms)


async def _engine_pause(nemesis: Nemesis, kind: str, chance: Random) -> None:
    """Longer than its session: another one takes over, and it wakes as a zombie."""
    slot, begin_ms = nemesis.some_slot(chance), now_ms()
    pid = slot.pid
    if signal_pid(pid, STOP):
        await asyncio.sleep(chance.uniform(3, 14))
        signal_pid(pid, CONTINUE)
        nemesis.over(kind, f"slot {slot.number}", begin_ms)


async def _supervisor_kill(nemesis: Nemesis, kind: str, chance: Random) -> None:
    slot, begin_ms = nemesis.some_slot(chance), now_ms()
    if slot.child is not None and signal_pid(slot.child.pid, KILL):
        nemesis.over(kind, f"slot {slot.number}", begin_ms)


async def _rolling_restart(nemesis: Nemesis, kind: str, _chance: Random) -> None:
    async with nemesis.engines:
        for slot in nemesis.system.slots:
            begin_ms = now_ms()
            await nemesis.system.stop_slot(slot, signal.SIGTERM)
            slot.held = False
            await _until_ready(slot)
            nemesis.over(kind, f"slot {slot.number}", begin_ms)


async def _worker_kill(nemesis: Nemesis, kind: str, chance: Random) -> None:
    worker, begin_ms = chance.choice(nemesis.system.workers), now_ms()
    if worker is not None and signal_pid(worker.pid, KILL):
        nemesis.over(kind, "worker", begin_ms, pid=worker.pid)


async def _worker_pause(nemesis: Nemesis, kind: str, chance: Random) -> None:
    worker, begin_ms = chance.choice(nemesis.system.workers), now_ms()
    if worker is not None and signal_pid(worker.pid, STOP):
        await asyncio.sleep(chance.uniform(2, 12))
        signal_pid(worker.pid, CONTINUE)
        nemesis.over(kind, "worker", begin_ms, pid=worker.pid)


async def _rocks_flip(nemesis: Nemesis, kind: str, chance: Random) -> None:
    """One byte of one file of a RocksDB, then a kill, so that it is read again."""
    slot, begin_ms = nemesis.some_slot(chance), now_ms()
    files = [path for path in files_below(nemesis.system.directory(slot.number)) if size_of(path)]
    if not files:
        return
    path = chance.choice(files)
    position = chance.randrange(size_of(path))
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)
        file.seek(position)
        file.write(bytes([byte[0] ^ 1 << chance.randrange(8)]))
    nemesis.flipped.add(slot.number)
    signal_pid(slot.pid, KILL)
    nemesis.over(kind, f"slot {slot.number}, {path.parent.name}/{path.name}@{position}", begin_ms)


async def _rocks_lost(nemesis: Nemesis, kind: str, chance: Random) -> None:
    """All of a slot's disk, and the slot with it: what still runs would write into the new one."""
    slot, begin_ms = nemesis.some_slot(chance), now_ms()
    async with nemesis.engines:
        pid = slot.pid
        await nemesis.system.stop_slot(slot, KILL)
        signal_pid(pid, KILL)
        while is_alive(pid):  # noqa: ASYNC110 (of a process)
            await asyncio.sleep(0.02)
        nemesis.system.lose_directory(slot)
        slot.held = False
        nemesis.flipped.discard(slot.number)
        await _until_ready(slot)
    nemesis.over(kind, f"slot {slot.number}", begin_ms)


async def _disk_full(nemesis: Nemesis, kind: str, chance: Random) -> None:
    """Slot 0 has a small disk of its own: fill it, wait, make room."""
    if not nemesis.has_small_disk:
        return
    begin_ms = now_ms()
    filler = nemesis.system.stack.directory / "slot-0" / FILLER
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"\x00" * 65_536):
            pass
    await asyncio.sleep(chance.uniform(4, 9))
    filler.unlink(missing_ok=True)
    nemesis.over(kind, "slot 0", begin_ms)


def _clock(offset_ms: int) -> Doing:
    """A slot lives for a while with a clock that is that far ahead."""

    async def run(nemesis: Nemesis, kind: str, chance: Random) -> None:
        slot, begin_ms = nemesis.some_slot(chance), now_ms()
        async with nemesis.engines:
            for offset, seconds in ((offset_ms, 12.0), (0, 0.0)):
                await nemesis.system.stop_slot(slot, signal.SIGTERM)
                slot.offset_ms, slot.held = offset, False
                await asyncio.sleep(seconds)
        nemesis.over(kind, f"slot {slot.number}", begin_ms)

    return run


def _broker_kill(role: str) -> Doing:
    """The broker that has a role now; it is away for some seconds."""

    async def run(nemesis: Nemesis, kind: str, chance: Random) -> None:
        async with nemesis.brokers:
            node = await asyncio.to_thread(_in_role, nemesis, role)
            if node is None:
                return
            begin_ms = now_ms()
            await asyncio.to_thread(nemesis.cluster.kill, node)
            await asyncio.sleep(chance.uniform(1, 5))
            await asyncio.to_thread(nemesis.cluster.restart, node)
            nemesis.over(kind, f"broker {node}", begin_ms)

    return run


async def _broker_pause(nemesis: Nemesis, kind: str, chance: Random) -> None:
    """The broker that has some role now, which keeps its connections and says nothing."""
    async with nemesis.brokers:
        role = chance.choice(ROLES)
        node = await asyncio.to_thread(_in_role, nemesis, role)
        if node is None:
            return
        begin_ms = now_ms()
        nemesis.cluster.pause(node, is_paused=True)
        await asyncio.sleep(chance.uniform(2, 8))
        nemesis.cluster.pause(node, is_paused=False)
        nemesis.over(kind, f"broker {node} ({role})", begin_ms)


async def _broker_block(nemesis: Nemesis, kind: str, chance: Random) -> None:
    """Clients cannot reach it, the other brokers can."""
    async with nemesis.brokers:
        node, begin_ms = chance.choice(list(nemesis.cluster.brokers)), now_ms()
        await asyncio.to_thread(nemesis.cluster.tell, lambda proxy: proxy.block(), [node])
        await asyncio.sleep(chance.uniform(2, 8))
        await asyncio.to_thread(nemesis.cluster.tell, lambda proxy: proxy.unblock(), [node])
        nemesis.over(kind, f"broker {node}", begin_ms)


async def _net_cut_all(nemesis: Nemesis, kind: str, chance: Random) -> None:
    node, begin_ms = chance.choice(list(nemesis.cluster.brokers)), now_ms()
    await asyncio.to_thread(nemesis.cluster.tell, lambda proxy: proxy.cut_all(), [node])
    nemesis.over(kind, f"connections to broker {node}", begin_ms)


def _rules(*rules: Rule) -> Doing:
    """For a while all proxies follow these."""

    async def run(nemesis: Nemesis, kind: str, chance: Random) -> None:
        async with nemesis.brokers:
            begin_ms = now_ms()
            await asyncio.to_thread(nemesis.cluster.rule, rules)
            await asyncio.sleep(chance.uniform(4, 10))
            await asyncio.to_thread(nemesis.cluster.rule, ())
            nemesis.over(kind, "the network", begin_ms)

    return run


def _in_role(nemesis: Nemesis, role: str) -> int | None:
    stack, ports = nemesis.system.stack, nemesis.cluster.ports
    if role == "controller":
        found = (quorum.controller(port) for port in ports.values())
        return next((node for node in found if node is not None), None)
    admin = AdminClient({"bootstrap.servers": nemesis.cluster.bootstrap_servers, "log_level": 0})
    try:
        if role == "group":
            return quorum.coordinator(admin, "__consumer_offsets", f"{stack.prefix}.engine")
        return quorum.coordinator(admin, "__transaction_state", f"{stack.prefix}.engine.0")
    except KafkaException:
        return None


async def _until_ready(slot: Slot) -> None:
    """Until it serves, or for a minute: what comes of it, the checker will say."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SLOT_READY_S):
            before = slot.starts
            while not (slot.pid and slot.starts > before):  # noqa: ASYNC110 (of a process)
                await asyncio.sleep(0.1)


KINDS: Final[dict[str, Doing]] = {
    "engine-kill": _engine_kill,
    "engine-pause": _engine_pause,
    "supervisor-kill": _supervisor_kill,
    "rolling-restart": _rolling_restart,
    "worker-kill": _worker_kill,
    "worker-pause": _worker_pause,
    "rocks-flip": _rocks_flip,
    "rocks-lost": _rocks_lost,
    "disk-full": _disk_full,
    "clock-ahead": _clock(1_200),
    "clock-behind": _clock(-1_200),
    "clock-hour": _clock(3_600_000),
    "controller-kill": _broker_kill("controller"),
    "group-coordinator-kill": _broker_kill("group"),
    "transaction-coordinator-kill": _broker_kill("transaction"),
    "broker-pause": _broker_pause,
    "broker-block": _broker_block,
    "net-cut-all": _net_cut_all,
    "net-delay": _rules(Rule(action="delay", share=0.2, delay_ms=150)),
    "net-lose": _rules(Rule(action="lose", share=0.01)),
    "net-cut": _rules(Rule(action="cut", share=0.01)),
    "net-hold": _rules(
        *(
            Rule(action="hold", share=0.05, api_key=API_KEYS[name], delay_ms=300)
            for name in ("Produce", "TxnOffsetCommit", *TRANSACTIONS)
        )
    ),
    "net-copy": _rules(
        *(
            Rule(action="copy", share=0.1, api_key=API_KEYS[name], delay_ms=200)
            for name in ("Produce", "Heartbeat", "FindCoordinator", "OffsetCommit")
        )
    ),
}
