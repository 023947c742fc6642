"""`make bench SCENARIO=rebuild RECORDS=n`: a slot that has lost its index reads n events again.

The log is written without an engine, as one would have written it (`bench.changelog`); then a slot
starts with an empty directory, and the time until it serves is measured. What it says of its
progress goes to stderr.
"""

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

from confluent_kafka import Producer

from bench.changelog import changelog
from bench.slots import STOP_S, Slot
from bench.usage import cpu_ms, rss_mb, tree
from duralog.connectors.embedded import EmbeddedKafka
from duralog.schemas.changelog import TX_HEADER
from duralog.schemas.topics import TopicNames

PARTITIONS: Final = 2  # As `duralog dev`; both are rebuilt by one slot.
LOOK_S: Final = 0.5  # Between two looks at its memory.


def measure(*, history_records: int) -> list[dict[str, Any]]:
    """Write the log, rebuild, tell."""
    with tempfile.TemporaryDirectory(prefix="duralog-rebuild-") as name:
        place = Path(name)
        with EmbeddedKafka(data_dir=place / "kafka") as kafka:
            servers = kafka.bootstrap_servers
            apply = ("-m", "duralog.cli", "topics", "apply", "--partitions", str(PARTITIONS))
            subprocess.run(
                [sys.executable, *apply, "--bootstrap-servers", servers],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            began_s = time.monotonic()
            written = sum(
                _write(servers, partition, history_records // PARTITIONS)
                for partition in range(PARTITIONS)
            )
            wrote_s = time.monotonic() - began_s
            print(f"{written} records written in {wrote_s:.0f} s", file=sys.stderr, flush=True)
            return [{"scenario": "rebuild", **_rebuild(servers, place, written)}]


def _write(servers: str, partition: int, history_records: int) -> int:
    """Write one partition's log; returns how many records it has."""
    names = TopicNames(prefix="duralog", namespace="default")
    producer = Producer(
        {"bootstrap.servers": servers, "linger.ms": 20, "compression.type": "lz4", "acks": "all"}
    )
    written = 0
    for record in changelog(
        partition=partition, partitions=PARTITIONS, history_records=history_records
    ):
        topic = names.of(record.kind)
        while True:
            try:
                producer.produce(
                    topic, record.value, record.key, partition, headers=[(TX_HEADER, record.mark)]
                )
                break
            except BufferError:  # More than fits is on its way.
                producer.poll(0.1)
        written += 1
    producer.flush()
    return written


def _rebuild(servers: str, place: Path, written: int) -> dict[str, Any]:
    slot = Slot(0, servers=servers, place=place)
    began_s = time.monotonic()
    slot.start()
    peak, cpu, over = [0.0], [0.0], threading.Event()
    watch = threading.Thread(target=_watch, args=(slot, peak, cpu, over))
    watch.start()
    try:
        slot.wait(PARTITIONS)
        seconds = time.monotonic() - began_s
    finally:
        over.set()
        watch.join()
        slot.process.terminate()
        slot.process.wait(STOP_S)
    lines = (place / "slot-0.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if line.startswith("{")]  # Not words to people.
    for line in told:
        if line.get("event") == "rebuilding":
            print(json.dumps(line), file=sys.stderr, flush=True)
    folds = [line for line in told if line.get("event") == "folded"]
    records = sum(line["records"] for line in folds)
    if records != written:
        raise SystemExit(f"{records} records were folded, {written} are there")
    return {
        "records": records,
        "seconds_until_it_serves": round(seconds, 1),
        "records_per_s": round(records / seconds),
        "cpu_s": round(cpu[0] / 1000, 1),
        "rss_mb_max": peak[0],
        "progress_lines": sum(line.get("event") == "rebuilding" for line in told),
    }


def _watch(slot: Slot, peak: list[float], cpu: list[float], over: threading.Event) -> None:
    """Memory and processor time of the slot itself, which is the supervisor's child."""
    while not over.wait(LOOK_S):
        pids = tree(slot.process.pid)[1:]
        if pids:
            peak[0] = max(peak[0], rss_mb(pids))
            cpu[0] = cpu_ms(pids)
