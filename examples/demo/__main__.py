"""`make demo`: the whole on a real Kafka, with a worker and the engine killed in the middle.

Order: Kafka and engine (`duralog dev`), the greeting service (which fails some calls), two workers;
start events by `publish.py`, which imports nothing of Duralog; kill -9 a worker that is in the
middle of activities; kill -9 the engine; wait until every workflow is closed; then read what the
topics and the ledger of effects say.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from demo import ledger, log
from demo.processes import DemoError, Dev, Processes, free_port, kill, wait_until
from demo.table import print_history, print_retries
from duralog.connectors.clock import now_ms

GREETING: Final = Path(__file__).parents[1] / "greeting"
WORKER: Final = Path(__file__).parent / "ledger_worker.py"
READY_TIMEOUT_S: Final = 200.0  # The jars of Kafka are fetched once.
PHASE_TIMEOUT_S: Final = 60.0  # Of a phase that takes seconds.
FAIL_RATE: Final = "0.15"  # More, and one in a hundred demos meets six failures in a row.
SEED: Final = "7"
RUNS_EVERY_S: Final = 0.5  # Each look reads the whole history topic.


class Demo:
    """The demo's processes, places and counts."""

    def __init__(self, processes: Processes, place: Path, *, count: int) -> None:
        self._processes = processes
        self._ledger = place / "ledger.jsonl"
        self._count = count
        self._begin_s = time.monotonic()
        self.killed: set[int] = set()
        self.outages: list[tuple[int, int]] = []
        self.dev = Dev(processes, place / "data")

    @property
    def kafka(self) -> str:
        """The broker's address."""
        return self.dev.bootstrap_servers

    def say(self, text: str) -> None:
        """A line of progress."""
        print(f"{time.monotonic() - self._begin_s:5.1f} s  {text}", flush=True)

    def start(self) -> list[subprocess.Popen[str]]:
        """Kafka, engine, service, workers; returns the workers."""
        self.say("starting Kafka and the engine (duralog dev)")
        self.dev.wait_until_ready(READY_TIMEOUT_S)
        self.say(f"Kafka is at {self.kafka}, the engine is process {self.dev.engine_pid}")
        port = str(free_port())
        service = ("--port", port, "--fail-rate", FAIL_RATE, "--seed", SEED)
        self._processes.start("service", str(GREETING / "service.py"), *service)
        common = ("--kafka", self.kafka, "--service", f"http://127.0.0.1:{port}")
        workers = [
            self._processes.start(
                f"worker-{i}", str(WORKER), *common, "--ledger", str(self._ledger)
            )
            for i in (1, 2)
        ]
        pids = " and ".join(str(worker.pid) for worker in workers)
        self.say(f"the service fails {float(FAIL_RATE):.0%} of its calls; workers are {pids}")
        return workers

    def publish(self) -> None:
        """Produce the start events, as any service would."""
        command = [sys.executable, str(GREETING / "publish.py"), "--kafka", self.kafka]
        done = subprocess.run(  # noqa: S603 (our own command)
            [*command, "--count", str(self._count)],
            check=False,
            capture_output=True,
            text=True,
            timeout=PHASE_TIMEOUT_S,
        )
        if done.returncode != 0:
            raise DemoError(f"publish.py failed:\n{done.stderr}")
        self.say(f"publish.py produced {self._count} start events")

    def kill_worker(self, worker: subprocess.Popen[str]) -> None:
        """Kill a worker that is in the middle of an activity."""
        self._wait_for_completed(self._count // 6)
        wait_until(
            lambda: ledger.running(self._ledger, worker.pid) > 0,
            self._processes,
            timeout_s=PHASE_TIMEOUT_S,
            every_s=0.01,
        )
        kill(worker.pid)
        self.killed.add(worker.pid)
        worker.wait()
        in_hand = ledger.running(self._ledger, worker.pid)
        self.say(f"killed -9 worker {worker.pid}, in the middle of {in_hand} activities")

    def kill_engine(self) -> None:
        """Kill the engine; its supervisor starts it again."""
        self._wait_for_completed(self._count // 2)
        victim, began_ms = self.dev.engine_pid, now_ms()
        kill(victim)
        self._wait(lambda: self.dev.engine_pid != victim)
        self.outages.append((began_ms, now_ms()))
        self.say(f"killed -9 engine {victim}; it runs again as {self.dev.engine_pid}")

    def finish(self) -> None:
        """Wait until every workflow is closed."""
        try:
            self._wait_for_completed(self._count)
        except DemoError as error:
            raise DemoError(f"{error}\n{log.open_runs(log.histories(self.kafka))}") from None
        self.say("all workflows have completed")

    def report(self) -> bool:
        """Print what the topics say; True when everything is as it must be."""
        runs, retries = log.histories(self.kafka), log.retries(self.kafka)
        explained, unexplained = ledger.repeats(
            ledger.read(self._ledger), self.killed, self.outages
        )
        faults = [*log.faults(runs), *unexplained]
        if not retries:
            faults.append("no retry was seen, though the service failed")
        print_history(runs, retries)
        print_retries(retries)
        for fault in faults:
            print(f"FAULT: {fault}")
        started, completed = log.started(runs), log.completed(runs)
        print(
            f"demo: {started} started, {completed} completed, {len(retries)} retries, "
            f"{len(self.outages)} engine kills, {len(self.killed)} worker kills, "
            f"{explained} repeats explained"
        )
        return not faults and started == completed == self._count

    def _wait_for_completed(self, count: int) -> None:
        self._wait(lambda: log.completed(log.histories(self.kafka)) >= count)

    def _wait(self, condition: Callable[[], bool]) -> None:
        wait_until(
            condition,
            self._processes,
            timeout_s=PHASE_TIMEOUT_S,
            killed=self.killed,
            every_s=RUNS_EVERY_S,
        )


def main() -> int:
    """Run the demo; 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60, help="how many workflows (60)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="duralog-demo-") as name:
        place = Path(name)
        with Processes(place) as processes:
            try:
                demo = Demo(processes, place, count=options.count)
                workers = demo.start()
                demo.publish()
                demo.kill_worker(workers[0])
                demo.kill_engine()
                demo.finish()
                return 0 if demo.report() else 1
            except DemoError as error:
                print(f"{processes.logs()}\ndemo: {error}", file=sys.stderr)
                return 1
            except KeyboardInterrupt:
                return 130


if __name__ == "__main__":
    sys.exit(main())
