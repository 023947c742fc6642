"""A broker in memory, for tests and simulators: same effects, same contract tests as Kafka."""

from duralog.connectors.memory.broker import MemoryBroker
from duralog.connectors.memory.driver import Fault, MemoryDriver
from duralog.connectors.memory.line import MemoryLine

__all__ = ["Fault", "MemoryBroker", "MemoryDriver", "MemoryLine"]
