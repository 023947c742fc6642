"""`make bench SCENARIO=takeover`: how long a partition stands still when its slot goes.

Three slots serve six partitions under load; a tail of `history` notes when each partition makes
progress. What is measured is the longest silence of a partition around a fault, as a reader of its
history sees it: usual pauses between two records, well below half a second here, are part of it.

1. restart: kill -9 of a slot; its supervisor starts it again.
2. takeover: kill -9 of slot and supervisor; the others take over.
3. rolling: each slot gets SIGTERM, and is started again when it has ended.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Producer

from bench.client import history_tail, percentile, template
from bench.slots import STOP_S, Slot
from duralog.connectors.embedded import EmbeddedKafka
from duralog.schemas.avro import write_string
from duralog.schemas.identifiers import partition_of
from duralog.schemas.topics import TopicNames

PARTITIONS: Final = 6
SLOTS: Final = 3
STARTS_PER_S: Final = 30  # Five a partition: it has something to do every 50 ms or so.
CALM_S: Final = 4.0  # After a fault: whatever was held back has been done.
BEFORE_S: Final = 0.5  # A silence may begin before the fault is over.


class Load:
    """Starts workflows on every partition in turn, and notes when histories grow."""

    def __init__(self, servers: str) -> None:
        names = TopicNames(prefix="duralog", namespace="default")
        self._ingress = names.of("ingress")
        self._producer = Producer({"bootstrap.servers": servers})
        self._consumer = history_tail(servers, names.of("history"))
        self._seen: list[list[float]] = [[] for _ in range(PARTITIONS)]
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._write, self._read)]

    def silences(self, since_s: float) -> list[float]:
        """The longest silence of each partition since then, up to now, in seconds."""
        now_s = time.monotonic()
        longest: list[float] = []
        for seen in self._seen:
            times = [since_s, *(t for t in list(seen) if t > since_s), now_s]
            longest.append(max(b - a for a, b in pairwise(times)))
        return longest

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._consumer.close()

    def _write(self) -> None:
        head, rest = template("BenchK1")
        ids = _ids_in_turn()
        while not self._over.wait(1 / STARTS_PER_S):
            partition, workflow_id = next(ids)
            value = head + write_string(workflow_id) + rest
            self._producer.produce(self._ingress, value, workflow_id, partition)
            self._producer.poll(0)

    def _read(self) -> None:
        while not self._over.is_set():
            first = self._consumer.poll(0.1)
            messages = [first, *self._consumer.consume(500, 0)] if first is not None else []
            for message in messages:
                if message.error() is None:
                    self._seen[message.partition() or 0].append(time.monotonic())


def _ids_in_turn() -> Iterator[tuple[int, str]]:
    """Partition and Workflow ID, the partitions one after the other."""
    numbers = count()
    while True:
        for partition in range(PARTITIONS):
            ids = (f"takeover-{n}" for n in numbers)
            yield partition, next(i for i in ids if partition_of(i, PARTITIONS) == partition)


def measure(*, rounds: int = 6) -> list[dict[str, Any]]:
    """The three, one after the other."""
    with _cluster() as (slots, load):
        faults = {
            "restart": (_restart, rounds),
            "takeover": (_takeover, max(1, rounds // 2)),
            "rolling": (_rolling, max(1, rounds // 3)),
        }
        results: list[dict[str, Any]] = []
        for name, (fault, times) in faults.items():
            gaps: list[float] = []
            others: list[float] = []
            for number in range(times):
                hit, spared = fault(slots, load, number % SLOTS)
                gaps += hit
                others += spared
                print(f"{name}: {[round(g, 2) for g in hit]} s", file=sys.stderr, flush=True)
            results.append(_result(name, times, gaps, others))
        return results


def _restart(slots: list[Slot], load: Load, victim: int) -> tuple[list[float], list[float]]:
    began_s, served = time.monotonic(), set(slots[victim].serves)
    slots[victim].kill_slot()
    slots[victim].wait(len(served))
    return _around(load, began_s, served)


def _takeover(slots: list[Slot], load: Load, victim: int) -> tuple[list[float], list[float]]:
    began_s, served = time.monotonic(), set(slots[victim].serves)
    slots[victim].kill_for_good()
    for slot in slots:
        if slot is not slots[victim]:
            slot.wait(PARTITIONS // (SLOTS - 1))
    gaps = _around(load, began_s, served)
    slots[victim].start()
    _wait_all(slots)
    return gaps


def _rolling(slots: list[Slot], load: Load, _: int) -> tuple[list[float], list[float]]:
    began_s = time.monotonic()
    for slot in slots:
        slot.stop()
        slot.start()
        _wait_all(slots)
    return _around(load, began_s, set(range(PARTITIONS)))


def _around(load: Load, began_s: float, hit: set[int]) -> tuple[list[float], list[float]]:
    """Silences of the partitions that were hit, and of those that should not have noticed."""
    time.sleep(CALM_S)
    silences = load.silences(began_s - BEFORE_S)
    return (
        [silences[p] for p in sorted(hit)],
        [s for p, s in enumerate(silences) if p not in hit],
    )


def _wait_all(slots: list[Slot]) -> None:
    for slot in slots:
        slot.wait(PARTITIONS // SLOTS)


def _result(name: str, rounds: int, gaps: list[float], others: list[float]) -> dict[str, Any]:
    milliseconds = [gap * 1000 for gap in gaps]
    return {
        "scenario": f"takeover-{name}",
        "rounds": rounds,
        "partitions": len(gaps),
        "gap_p50_ms": percentile(milliseconds, 0.5),
        "gap_p99_ms": percentile(milliseconds, 0.99),
        "gap_max_ms": percentile(milliseconds, 1.0),
        "others_max_ms": percentile([gap * 1000 for gap in others], 1.0),
    }


@contextmanager
def _cluster() -> Generator[tuple[list[Slot], Load]]:
    """A broker, slots, a worker, and the load upon them."""
    with tempfile.TemporaryDirectory(prefix="duralog-takeover-") as name:
        place = Path(name)
        with EmbeddedKafka(data_dir=place / "kafka") as kafka:
            servers = kafka.bootstrap_servers
            apply = ("-m", "duralog.cli", "topics", "apply", "--partitions", str(PARTITIONS))
            subprocess.run(
                [sys.executable, *apply, "--bootstrap-servers", servers],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            slots = [Slot(n, servers=servers, place=place) for n in range(SLOTS)]
            worker = subprocess.Popen(
                [sys.executable, "-m", "bench.worker", "--bootstrap-servers", servers],
                stdout=subprocess.DEVNULL,
            )
            try:
                for slot in slots:
                    slot.start()
                _wait_all(slots)
                with Load(servers) as load:
                    time.sleep(CALM_S)
                    yield slots, load
            finally:
                processes: list[subprocess.Popen[Any]] = [worker, *(slot.process for slot in slots)]
                for process in processes:
                    process.terminate()
                for process in processes:
                    process.wait(STOP_S)
