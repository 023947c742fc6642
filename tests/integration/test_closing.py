"""Members close in the middle of rebalances, in processes of their own: a close may hang."""

from pathlib import Path

from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.topics import TopicNames
from integration.processes import Processes
from integration.toy_engine import create_topics

MEMBERS = 4  # Of each group.
SECONDS = 15
SCRIPT = Path(__file__).with_name("coming_and_going.py")


def test_a_member_that_closes_in_a_rebalance_ends(
    kafka: EmbeddedKafka, topic_prefix: str, processes: Processes
) -> None:
    servers = kafka.bootstrap_servers
    create_topics(
        KafkaSettings({"bootstrap.servers": servers}),
        TopicNames(prefix=topic_prefix, namespace="default"),
    )
    members = [
        processes.start([str(SCRIPT), kind, servers, topic_prefix, str(seed), str(SECONDS)])
        for kind in ("feed", "slot")
        for seed in range(MEMBERS)
    ]
    # One that hangs ends itself, with its stacks.
    assert [member.wait(SECONDS + 60) for member in members] == [0] * len(members)
    assert processes.output().count("closed\n") > 2 * len(members)
