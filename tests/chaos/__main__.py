"""Run the whole on real brokers while everything fails, then check what is left.

    python -m chaos --quick            # at most 6 minutes
    python -m chaos --seconds 900      # the long run

Order: brokers and proxies, topics, slots, workers; load and faults together; no more faults, and
wait until all workflows have ended; read topics, disks, lists and logs; check; report. The last
line is `chaos: W workflows, F faults, V violations`; the exit status is 1 when V is not 0 or a
workflow did not end.
"""

import argparse
import asyncio
import contextlib
import os
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 (seeded)
from typing import Any, Final

from confluent_kafka import Producer

from chaos import gather, ledger, report
from chaos.cluster import Cluster
from chaos.load import KINDS, Load
from chaos.nemesis import Nemesis
from chaos.plan import OF_BROKERS, OF_ENGINES, OF_NETWORK, plan
from chaos.system import Slot, System
from duralog.connectors.clock import now_ms
from evidence.checker import check
from integration.stack import Stack

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "chaos"
PARTITIONS: Final = 4
INGRESS_PARTITIONS: Final = 6
SMALL_DISK: Final = "96m"  # Several times what a slot needs, and filled in a second.
DRAIN_S: Final = 90.0
ALL: Final = (*OF_ENGINES, *OF_BROKERS, *OF_NETWORK)


@dataclass(slots=True, kw_only=True)
class Options:
    """What the command line says."""

    seed: int
    seconds: float
    pace_s: float
    brokers: int
    slots: int
    workers: int
    in_flight: int
    kinds: tuple[str, ...]
    directory: Path


class Chaos:
    """One run."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._begin_s = time.monotonic()

    def say(self, text: str) -> None:
        """A line of progress."""
        print(f"{time.monotonic() - self._begin_s:6.1f} s  {text}", flush=True)

    def run(self) -> int:
        """The exit status."""
        options, directory = self._options, self._options.directory
        shutil.rmtree(directory, ignore_errors=True)
        (directory / "slot-0").mkdir(parents=True)
        self.say(f"seed {options.seed}; all that is kept is in {directory}")
        with (
            small_disk(directory / "slot-0") as reason,
            Cluster(directory, size=options.brokers, seed=options.seed) as cluster,
            Stack(address=cluster.bootstrap_servers, prefix=PREFIX, directory=directory) as stack,
        ):
            self.say(f"{options.brokers} brokers behind {cluster.bootstrap_servers}")
            if reason:
                self.say(f"no full disk in this run: {reason}")
            stack.create_topics(partitions=PARTITIONS, ingress_partitions=INGRESS_PARTITIONS)
            system = System(
                stack=stack,
                ledger=directory / "ledger.jsonl",
                slots=[Slot(number) for number in range(options.slots)],
                workers=[None] * options.workers,
            )
            nemesis = Nemesis(
                cluster=cluster, system=system, say=self.say, has_small_disk=not reason
            )
            return asyncio.run(self._storm(system, nemesis))

    async def _storm(self, system: System, nemesis: Nemesis) -> int:
        keeper = asyncio.create_task(system.keep())
        try:
            await _serving(system)
            self.say("all slots serve")
            begin_ms = now_ms()
            load, is_over = await self._load(system, nemesis)
            if keeper.done():  # What follows would be our own fault.
                keeper.result()
            window_ms = (begin_ms, max((f.end_ms for f in nemesis.faults), default=now_ms()))
            return await asyncio.to_thread(self._judge, system, nemesis, load, window_ms, is_over)
        finally:
            keeper.cancel()

    async def _load(self, system: System, nemesis: Nemesis) -> tuple[Load, bool]:
        """Load and faults together, then the load alone until it has ended, or for DRAIN_S."""
        options, stack = self._options, system.stack
        async with await stack.client() as client:
            load = Load(
                client=client,
                # Copies of starts are made on purpose; poison must be there once.
                producer=Producer(
                    {
                        "bootstrap.servers": stack.address,
                        "enable.idempotence": True,
                        "log_level": 0,
                    }
                ),
                ingress=stack.topic("ingress"),
                partitions=INGRESS_PARTITIONS,
                chance=Random(options.seed),
                in_flight=options.in_flight,
                prefix="w",
            )
            driving = asyncio.create_task(load.run())
            planned = plan(
                options.seed, seconds=options.seconds, pace_s=options.pace_s, kinds=options.kinds
            )
            await nemesis.run(planned)
            load.stopping = True
            self.say(f"no more faults; {len(load.open)} of {load.started} workflows are open")
            over_s = time.monotonic()
            done, _ = await asyncio.wait([driving], timeout=DRAIN_S)
            if not done:
                driving.cancel()
                self.say(f"not ended in {DRAIN_S:.0f} s: {', '.join(sorted(load.open)[:20])}")
            self.say(f"quiet {time.monotonic() - over_s:.1f} s after the last fault")
            await asyncio.gather(driving, return_exceptions=bool(not done))
            return load, bool(done)

    def _judge(
        self,
        system: System,
        nemesis: Nemesis,
        load: Load,
        window_ms: tuple[int, int],
        is_over: bool,
    ) -> int:
        assert load.producer is not None
        load.producer.flush(10)
        topics = gather.Topics(system)
        evidence = gather.evidence_of(system, nemesis, topics)
        evidence.effects = ledger.read(system.ledger)
        evidence.calls, evidence.planted = load.calls, load.planted
        evidence.quiet_ms = now_ms()
        (self._options.directory / "evidence.pickle").write_bytes(pickle.dumps(evidence))
        violations = check(evidence)
        committed = sum(map(len, topics.changelogs.values()))
        facts: dict[str, Any] = {
            "seed": self._options.seed,
            "seconds": round(time.monotonic() - self._begin_s),
            "workflows": load.started,
            "finished": sum(load.finished.values()),
            "kinds": dict(load.finished),
            "aborted_records": gather.aborted_records(system, committed),
            "supervisors_gave_up": system.gave_up,
            "requests_failed_by_proxies": {
                node: dict(proxy.counts) for node, proxy in nemesis.cluster.proxies.items()
            },
        }
        figures = report.summary(evidence, violations, topics.progress(), window_ms, facts)
        report.write(self._options.directory / "report.json", figures)
        print(report.table(figures, violations))
        print(
            f"chaos: {load.started} workflows, {len(nemesis.faults)} faults, "
            f"{len(violations)} violations",
            flush=True,
        )
        return 1 if violations or not is_over else 0


async def _serving(system: System) -> None:
    async with asyncio.timeout(120):
        while not all(slot.pid for slot in system.slots):  # noqa: ASYNC110 (of processes)
            await asyncio.sleep(0.1)


@contextlib.contextmanager
def small_disk(place: Path) -> Generator[str]:
    """A small tmpfs at `place`; what it gives is why there is none, or nothing."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(place)]
    if os.geteuid() != 0:
        yield "only root may mount one"
        return
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield done.stderr.strip()
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def options_of(arguments: list[str]) -> Options:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two slots, two workers, 150 s")
    parser.add_argument("--seed", type=int, default=now_ms() // 1000 % 1_000_000)
    parser.add_argument("--seconds", type=float, help="of faults (900)")
    parser.add_argument("--brokers", type=int, default=3, choices=[1, 3])
    parser.add_argument("--only", help=f"kinds of faults, with commas between: {', '.join(ALL)}")
    parser.add_argument("--in-flight", type=int, default=len(KINDS) * 2)
    parser.add_argument("--directory", type=Path, default=ROOT / ".cache" / "chaos")
    given = parser.parse_args(arguments)
    kinds = tuple(given.only.split(",")) if given.only else ALL
    if given.brokers == 1 and not given.only:
        kinds = (*OF_ENGINES, *OF_NETWORK)
    return Options(
        seed=given.seed,
        seconds=given.seconds or (150.0 if given.quick else 900.0),
        pace_s=4.5 if given.quick else 7.0,
        brokers=given.brokers,
        slots=2 if given.quick else 3,
        workers=2 if given.quick else 3,
        in_flight=given.in_flight,
        kinds=kinds,
        directory=given.directory.absolute(),
    )


if __name__ == "__main__":
    sys.exit(Chaos(options_of(sys.argv[1:])).run())
