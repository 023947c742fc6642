"""`client.Plugin`: changes what a client is made of, and how it connects."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from duralog.connectors.channel import Channel
from duralog.connectors.kafka.settings import Value

if TYPE_CHECKING:
    from duralog.client.config import ClientConfig


@dataclass
class ConnectConfig:
    """How a client connects; see `Client.connect`."""

    target_host: str
    namespace: str = "default"
    kafka: Mapping[str, Value] = field(default_factory=dict[str, Value])
    identity: str = ""
    prefix: str = "duralog"
    lazy: bool = False


Connect = Callable[[ConnectConfig], Awaitable[Channel]]


class Plugin(ABC):
    """Extend it, and give it to `Client.connect`. The first of several is the outermost.

    One that is also a `duralog.worker.Plugin` serves the client's workers too.
    """

    def name(self) -> str:
        """For people; the class's name, if it is not overridden."""
        return f"{type(self).__module__}.{type(self).__qualname__}"

    @abstractmethod
    def configure_client(self, config: "ClientConfig") -> "ClientConfig":
        """What the client is made of, changed or not."""

    @abstractmethod
    async def connect_service_client(self, config: ConnectConfig, next: Connect) -> Channel:
        """Connect: `return await next(config)`, with the config changed or not."""


def connect_through(plugins: Sequence[Plugin], connect: Connect) -> Connect:
    """The chain of all plugins before `connect`."""
    for plugin in reversed(plugins):
        connect = _linked(plugin, connect)
    return connect


def _linked(plugin: Plugin, next: Connect) -> Connect:
    return lambda config: plugin.connect_service_client(config, next)
