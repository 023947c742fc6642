"""`make bench SCENARIO=sizing`: what two hundred Task Queues cost that nobody uses.

A broker and an engine at rest are measured before and after the queues' topics are created, one by
one, as the engine and workers create them.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from bench.slots import STOP_S, Slot
from bench.usage import cpu_ms, rss_mb, tree
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.clients import open_admin
from duralog.connectors.kafka.ensure import create_topic
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import TopicSizes, plan_topic
from duralog.schemas.topics import TOPICS, TopicNames

PARTITIONS: Final = 8  # The default of a namespace.
QUEUES: Final = 200
REST_S: Final = 20.0  # How long both are watched doing nothing.


def measure() -> list[dict[str, Any]]:
    """Before and after."""
    with tempfile.TemporaryDirectory(prefix="duralog-sizing-") as name:
        place = Path(name)
        with EmbeddedKafka(data_dir=place / "kafka") as kafka:
            servers = kafka.bootstrap_servers
            apply = ("-m", "duralog.cli", "topics", "apply", "--partitions", str(PARTITIONS))
            subprocess.run(
                [sys.executable, *apply, "--bootstrap-servers", servers],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            slot = Slot(0, servers=servers, place=place)
            slot.start()
            try:
                slot.wait(PARTITIONS)
                roles = {"broker": [kafka.pid or 0], "engine": tree(slot.process.pid)}
                before = _at_rest(roles)
                took_s, topics, partitions = _create(servers)
                after = _at_rest(roles)
            finally:
                slot.process.terminate()
                slot.process.wait(STOP_S)
    return [
        {
            "scenario": "sizing",
            "queues": QUEUES,
            "topics": topics,
            "partitions": partitions,
            "create_ms_per_topic": round(1000 * took_s / topics, 1),
            "before": before,
            "after": after,
        }
    ]


def _at_rest(roles: dict[str, list[int]]) -> dict[str, Any]:
    """Memory in MB and CPU as a share of one core, in percent, of each role."""
    began_s = time.monotonic()
    before = {role: cpu_ms(pids) for role, pids in roles.items()}
    time.sleep(REST_S)
    seconds = time.monotonic() - began_s
    return {
        role: {
            "rss_mb": rss_mb(pids),
            "cpu_percent": round((cpu_ms(pids) - before[role]) / seconds / 10, 2),
        }
        for role, pids in roles.items()
    }


def _create(servers: str) -> tuple[float, int, int]:
    """Create the queues' topics; how long it took, and how many topics and partitions they are."""
    admin = open_admin(KafkaSettings({"bootstrap.servers": servers}))
    names = TopicNames(prefix="duralog", namespace="default")
    kinds = [kind for kind, spec in TOPICS.items() if spec.per_queue]
    began_s, topics, partitions = time.monotonic(), 0, 0
    for number in range(QUEUES):
        for kind in kinds:
            sizes = TopicSizes(partitions=PARTITIONS)
            plan = plan_topic(kind, names.of(kind, f"queue-{number}"), sizes)
            create_topic(admin, plan)
            topics, partitions = topics + 1, partitions + plan.partitions
    return time.monotonic() - began_s, topics, partitions
