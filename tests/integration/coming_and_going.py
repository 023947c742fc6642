"""A member that joins its group and closes again and again: kind, servers, prefix, seed, seconds.

A close that hangs holds the interpreter, so the watchdog is C code: it ends the process with 1.
"""

import faulthandler
import random  # noqa: TID251 (when they come and go is left to chance)
import sys
import time
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))  # It runs as a script: `tests` is not there yet.

from duralog.connectors.broker import TopicPartition
from duralog.connectors.kafka.consumer import Inputs
from duralog.connectors.kafka.line import KafkaFeed
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TopicNames

HANG_S: Final = 30  # A round takes 4 s; on a busy machine, some more.


def feed_round(settings: KafkaSettings, names: TopicNames, stay_s: float, stall_s: float) -> None:
    """As a worker does; whatever it was assigned, it tells of before others get it."""
    ours = set[TopicPartition]()

    def before_revoke(partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        ours.difference_update(partitions)
        time.sleep(stall_s / 4)  # Reports take some time.
        return dict.fromkeys(partitions, 0)

    topic = names.of("requests")
    feed = KafkaFeed(settings, topic=topic, group=f"{topic}.workers", before_revoke=before_revoke)
    until_s = time.monotonic() + stay_s
    while time.monotonic() < until_s:
        ours.update(feed.poll(wait_ms=50, records_max=10).assigned)
    time.sleep(stall_s)
    feed.close()
    assert not ours, f"given away without a word: {ours}"


def slot_round(
    settings: KafkaSettings, names: TopicNames, slot: int, stay_s: float, stall_s: float
) -> None:
    """As a slot does, which leaves its group when it is told to stop, and stays when it crashes.

    Two have a group: one that is alone is given partitions before it polls.
    """
    group = f"{names.prefix}.engine{slot // 2}"
    inputs = Inputs(settings, names=[names], group=group, instance=f"{group}.{slot}")
    inputs.subscribe()
    until_s = time.monotonic() + stay_s
    while time.monotonic() < until_s:
        polled = inputs.poll(wait_ms=50, records_max=10, bytes_max=10_000, wake=lambda: False)
        for anchor in polled.assigned:
            others = (names.of(kind) for kind in ("ingress", "transfers"))
            inputs.resume({anchor: 0, **{TopicPartition(t, anchor.partition): 0 for t in others}})
    time.sleep(stall_s)
    if stall_s > 0.5:
        inputs.leave()
    inputs.close()


def main(kind: str, servers: str, prefix: str, seed: int, seconds: float) -> None:
    """Rounds until the time is over."""
    chance = random.Random(seed)
    settings = KafkaSettings({"bootstrap.servers": servers})
    names = TopicNames(prefix=prefix, namespace="default")
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        faulthandler.dump_traceback_later(HANG_S, exit=True)
        # Rebalances are told by heartbeats, every 0.5 s; what is told waits for a poll.
        stay_s, stall_s = chance.choice((0.0, 0.0, 0.1, 1.0)), chance.choice((0.1, 0.3, 0.6))
        if kind == "feed":
            feed_round(settings, names, stay_s, stall_s)
        else:
            slot_round(settings, names, seed, stay_s, stall_s)
        print("closed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5]))
