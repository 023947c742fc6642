"""A real Kafka and a real engine on this machine, for one test: what `duralog dev` runs.

Order: broker, topics, engine; what was started is ended in the opposite order, whatever happens
in between. Needs the extras `duralog[broker,server]`.
"""

import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from duralog.connectors.admin import apply
from duralog.connectors.embedded import EmbeddedKafka
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.connectors.topic_plan import TopicSizes
from duralog.orchestrator.settings import EngineSettings
from duralog.orchestrator.supervise import Supervisor
from duralog.schemas.topics import TopicNames

PARTITIONS: Final = 2
READY_SECONDS: Final = 60.0  # Of the engine, on a machine that is busy with other things.
STOP_SECONDS: Final = 30.0


class LocalKafka:
    """Broker and engine. `start` and `stop` block.

    data_dir: kept over restarts; None for a temporary one that `stop` removes. port: 0 for a free
    one.
    """

    def __init__(self, names: TopicNames, *, port: int, data_dir: Path | None) -> None:
        self._names, self._port, self._data_dir = names, port, data_dir
        self._stack = ExitStack()
        self._told: list[str] = []
        self.bootstrap_servers = ""

    def start(self) -> None:
        """Start and wait until both serve. Raises EmbeddedKafkaError or RuntimeError."""
        with ExitStack() as stack:
            place = self._data_dir or Path(stack.enter_context(_temporary_directory()))
            broker = EmbeddedKafka(data_dir=place / "kafka", port=self._port)
            self.bootstrap_servers = stack.enter_context(broker).bootstrap_servers
            kafka = KafkaSettings({"bootstrap.servers": self.bootstrap_servers})
            apply(kafka, self._names, TopicSizes(partitions=PARTITIONS))
            self._start_engine(stack, place / "engine")
            self._stack = stack.pop_all()

    def stop(self) -> None:
        """End the engine, then the broker. Safe to repeat."""
        self._stack.close()

    def _start_engine(self, stack: ExitStack, place: Path) -> None:
        settings = EngineSettings(
            bootstrap_servers=self.bootstrap_servers,
            prefix=self._names.prefix,
            namespaces=(self._names.namespace,),
            data_dir=place,
        )
        supervisor = Supervisor(settings, tell=self._told.append)
        thread = threading.Thread(target=supervisor.run, name="duralog-supervisor", daemon=True)

        def stop() -> None:
            supervisor.stop()
            thread.join(STOP_SECONDS)

        thread.start()
        stack.callback(stop)
        if not supervisor.ready.wait(READY_SECONDS):
            raise RuntimeError("the engine did not start: " + " ".join(self._told[-1:]))


def _temporary_directory() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="duralog-")
