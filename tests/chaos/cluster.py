"""Three brokers on this machine, each behind a proxy that all clients have to pass.

Brokers speak to each other on a listener of their own; what a proxy does, only clients feel.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from chaos.proxy import HOST, Proxy, Rule
from duralog.connectors.embedded import EmbeddedKafka, Membership, new_cluster_id

HEAP_MB: Final = 384  # Three of them on a small machine.
START_S: Final = 20.0
Result = TypeVar("Result")

REPLICATED: Final = {
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "offsets.topic.num.partitions": "6",
    "transaction.state.log.num.partitions": "6",
    "unclean.leader.election.enable": "false",
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "controlled.shutdown.enable": "true",
}


def free_ports(count: int) -> list[int]:
    """As many ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((HOST, 0))
    ports: list[int] = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Cluster:
    """The brokers, by node id from 1, and their proxies, which run on a thread of their own."""

    def __init__(self, directory: Path, *, size: int, seed: int) -> None:
        self.brokers: dict[int, EmbeddedKafka] = {}
        self.proxies: dict[int, Proxy] = {}
        self.ports: dict[int, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        nodes = range(1, size + 1)
        ports = free_ports(3 * size)
        self.ports = dict(zip(nodes, ports, strict=False))
        between = dict(zip(nodes, ports[size:], strict=False))
        controllers = dict(zip(nodes, ports[2 * size :], strict=False))
        cluster_id = new_cluster_id()
        for node in nodes:
            self.proxies[node] = proxy = Proxy(upstream_port=self.ports[node], seed=seed + node)
            self.on_loop(proxy.start())
            addresses = {"REPLICATION": between[node], "CONTROLLER": controllers[node]}
            self.brokers[node] = EmbeddedKafka(
                data_dir=directory / f"broker-{node}",
                port=self.ports[node],
                heap_mb=HEAP_MB,
                membership=Membership(node_id=node, cluster_id=cluster_id, controllers=controllers),
                server_properties={
                    **(REPLICATED if size > 1 else {}),
                    "listener.security.protocol.map": (
                        "PLAINTEXT:PLAINTEXT,REPLICATION:PLAINTEXT,CONTROLLER:PLAINTEXT"
                    ),
                    "inter.broker.listener.name": "REPLICATION",
                    "listeners": _listeners(PLAINTEXT=self.ports[node], **addresses),
                    "advertised.listeners": _listeners(PLAINTEXT=proxy.port, **addresses),
                },
            )

    @property
    def bootstrap_servers(self) -> str:
        """All proxies."""
        return ",".join(f"{HOST}:{proxy.port}" for proxy in self.proxies.values())

    def on_loop(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` where the proxies run; returns what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_S)

    def tell(self, act: Callable[[Proxy], object], nodes: Sequence[int] = ()) -> None:
        """Do something with some proxies, or all, where they run."""

        async def run() -> None:
            for node in nodes or self.proxies:
                act(self.proxies[node])

        self.on_loop(run())

    def rule(self, rules: Sequence[Rule]) -> None:
        """From now on all proxies follow these."""

        def give(proxy: Proxy) -> None:
            proxy.rules = rules

        self.tell(give)

    def kill(self, node: int) -> None:
        """`kill -9` of one broker."""
        self.brokers[node].kill()

    def restart(self, node: int) -> None:
        """Bring a killed one back; returns when it answers."""
        if not self.brokers[node].is_running():
            self.brokers[node].start()

    def pause(self, node: int, *, is_paused: bool) -> None:
        """SIGSTOP or SIGCONT of one broker."""
        pid = self.brokers[node].pid
        if pid is not None:
            os.kill(pid, signal.SIGSTOP if is_paused else signal.SIGCONT)

    def __enter__(self) -> Self:
        try:
            next(iter(self.brokers.values())).fetch()
            with ThreadPoolExecutor(len(self.brokers)) as pool:
                list(pool.map(EmbeddedKafka.start, self.brokers.values()))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all; also what is paused."""
        for node, broker in self.brokers.items():
            self.pause(node, is_paused=False)
            broker.kill()
        for proxy in self.proxies.values():
            self.on_loop(proxy.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_S)
        self._loop.close()


def _listeners(**ports: int) -> str:
    return ",".join(f"{name}://{HOST}:{port}" for name, port in ports.items())
