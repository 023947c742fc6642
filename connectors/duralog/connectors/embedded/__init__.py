"""Apache Kafka from Python packages alone, for development and tests: no Docker, no system Java.

    with EmbeddedKafka(data_dir=Path(".duralog/kafka"), port=9092, progress=print) as kafka:
        print(kafka.bootstrap_servers)

Needs the extra `duralog[broker]`; it is imported at the first start, not here.
"""

from duralog.connectors.embedded.broker import EmbeddedKafka, Membership, new_cluster_id
from duralog.connectors.embedded.errors import EmbeddedKafkaError
from duralog.connectors.embedded.jars import KAFKA_VERSION, fetch_jars

__all__ = [
    "KAFKA_VERSION",
    "EmbeddedKafka",
    "EmbeddedKafkaError",
    "Membership",
    "fetch_jars",
    "new_cluster_id",
]
