"""`make bench [SCENARIO=name]`: one JSON object a line.

Broker, engine, worker and client are processes of their own, with the durability that users get.
Each scenario has a fresh broker, so that none pays for the one before.
"""

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from confluent_kafka import Consumer, TopicPartition

from bench import flat_cost, guard, overload, rebuild, sizing, takeover
from bench.client import percentile
from bench.scenarios import SCENARIOS, Scenario
from bench.transactions import durations_ms
from bench.usage import tree
from duralog.connectors.embedded import EmbeddedKafka

PARTITIONS = 2  # As `duralog dev`.
FLAT_COST = "flat-cost"
# What brings a cluster of its own, and is run only when it is named.
APART: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "overload": lambda _: overloaded(),
    "sizing": lambda _: sizing.measure(),
    "takeover": lambda _: takeover.measure(),
    "guard": lambda _: guard.measure(),
    "rebuild": lambda records: rebuild.measure(history_records=records),
}
NAMES = (*SCENARIOS, FLAT_COST)
STOP_TIMEOUT_S = 15


class Bench:
    """One broker, engine and worker."""

    def __init__(self, kafka: EmbeddedKafka, place: Path) -> None:
        self._kafka = kafka
        self._place = place
        self._processes: list[subprocess.Popen[str]] = []
        self._servers = ("--bootstrap-servers", kafka.bootstrap_servers)

    def start(self) -> None:
        """Create the topics; start engine and worker; return when the worker says so."""
        apply = ("-m", "duralog.cli", "topics", "apply", "--partitions", str(PARTITIONS))
        subprocess.run(
            [sys.executable, *apply, *self._servers],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        config = self._place / "duralog.toml"
        config.write_text("[engine]\npending_activities_max = 10000\n")  # For flat-cost.
        engine = ("-m", "duralog.cli", "engine", "--output", "json", "--config", str(config))
        self._engine = self._spawn(
            "engine", *engine, "--data-dir", str(self._place / "state"), *self._servers
        )
        self._wait_for(self._engine, '"event":"engine_ready"')
        self._worker = self._spawn("worker", "-m", "bench.worker", *self._servers)
        self._wait_for(self._worker, "ready")

    @property
    def servers(self) -> str:
        """The broker's address."""
        return self._kafka.bootstrap_servers

    def roles(self) -> dict[str, list[int]]:
        """Processes by role, as they are now."""
        return {
            "engine": tree(self._engine.pid),
            "worker": tree(self._worker.pid),
            "broker": [self._kafka.pid or 0],
        }

    def run(self, scenario: Scenario, via: str) -> dict[str, Any]:
        """Run the client and add what topics and broker tell."""
        before = self._written()
        processes = [
            f"--process={r}={','.join(map(str, pids))}" for r, pids in self.roles().items()
        ]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "bench.client", *self._servers, *processes),
                *("--scenario", scenario.name, "--via", via),
            ],
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"the client ended with {done.returncode}:\n{self.logs()}")
        seen: dict[str, Any] = json.loads(done.stdout)
        records, size_bytes = (a - b for a, b in zip(self._written(), before, strict=True))
        begin_ms, end_ms = seen.pop("window_ms")
        # All that was started, also before and after the window, has left records.
        total = max(1, seen.pop("started"))
        transactions = durations_ms(self._kafka.bootstrap_servers, begin_ms, end_ms)
        return seen | {
            "records_per_workflow": round(records / total, 1),
            "bytes_per_workflow": round(size_bytes / total),
            "transactions_per_s": round(1000 * len(transactions) / (end_ms - begin_ms), 1),
            "transaction_p50_ms": percentile(transactions, 0.5),
            "via": via,
        }

    def flat_cost(self) -> list[dict[str, Any]]:
        """See there."""
        pids = [*tree(self._engine.pid), *tree(self._worker.pid)]
        return asyncio.run(flat_cost.measure(self._kafka.bootstrap_servers, pids))

    def stop(self) -> None:
        """End engine and worker."""
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            if process.poll() is None:
                process.kill()
                process.wait()

    def logs(self) -> str:
        """The last lines of engine and worker."""
        texts = [
            f"{path.stem}:\n{chr(10).join(path.read_text().splitlines()[-15:])}"
            for path in self._place.glob("*.log")
        ]
        return "\n".join(texts)

    def _wait_for(self, process: subprocess.Popen[str], text: str) -> None:
        """Read what a process tells until `text` is in it. It tells little: no pipe runs full."""
        assert process.stdout is not None
        for line in process.stdout:
            if text in line:
                return
        raise SystemExit(f"a process ended before it was ready:\n{self.logs()}")

    def _spawn(self, name: str, *command: str) -> subprocess.Popen[str]:
        log: IO[bytes]
        with (self._place / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *command], stdout=subprocess.PIPE, stderr=log, text=True
            )
        self._processes.append(process)
        return process

    def _written(self) -> tuple[int, int]:
        """Records (control records among them) and bytes in all topics of ours."""
        consumer = Consumer(
            {"bootstrap.servers": self._kafka.bootstrap_servers, "group.id": "bench-written"}
        )
        records = 0
        for name, topic in consumer.list_topics().topics.items():
            if not name.startswith("duralog."):
                continue
            for partition in topic.partitions:
                records += consumer.get_watermark_offsets(TopicPartition(name, partition))[1]
        consumer.close()
        logs = (self._place / "kafka").glob("**/duralog.*/*.log")
        return records, sum(path.stat().st_size for path in logs)


@contextmanager
def cluster() -> Generator[Bench]:
    """A broker, engine and worker that live as long as the block."""
    with tempfile.TemporaryDirectory(prefix="duralog-bench-") as name:
        place = Path(name)
        with EmbeddedKafka(data_dir=place / "kafka", progress=_progress) as kafka:
            bench = Bench(kafka, place)
            try:
                bench.start()
                yield bench
            finally:
                bench.stop()


def overloaded() -> list[dict[str, Any]]:
    """See `overload`; its load is no closed loop."""
    with cluster() as bench:
        return [overload.measure(bench.servers, bench.roles())]


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def run(name: str, via: str) -> list[dict[str, Any]]:
    """Run one scenario on a cluster of its own."""
    with cluster() as bench:
        return bench.flat_cost() if name == FLAT_COST else [bench.run(SCENARIOS[name], via)]


def main() -> None:
    """Run the scenarios that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="*", choices=[*NAMES, *APART, []], default=[])
    parser.add_argument("--via", choices=["ingress", "requests"], default="ingress")
    parser.add_argument("--records", type=int, default=100_000, help="of rebuild: events")
    arguments = parser.parse_args()
    for name in arguments.scenario or NAMES:
        begin_s = time.monotonic()
        apart = APART.get(name)
        results = apart(arguments.records) if apart else run(name, arguments.via)
        for result in results:
            print(json.dumps(result), flush=True)
        _progress(f"{name}: {time.monotonic() - begin_s:.0f} s in all")


if __name__ == "__main__":
    # The children import `bench` as we do.
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[1])
    main()
