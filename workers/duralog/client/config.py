"""What a client is made of, and the line to the engine that it begins with."""

from collections.abc import Sequence
from typing import Required, TypedDict

from duralog.client.calls import LazyChannel
from duralog.client.errors import RPCError
from duralog.client.interceptor import Interceptor
from duralog.client.plugin import ConnectConfig, Plugin
from duralog.common import HeaderCodecBehavior, QueryRejectCondition
from duralog.connectors.channel import Channel
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.converter import DataConverter
from duralog.schemas.topics import TopicNames
from duralog.workers.identity import default_identity


class ClientConfig(TypedDict, total=False):
    """What a client was made of. `Client(**config)` makes another one of the same connection.

    service_client: The line to the engine.
    """

    service_client: Required[Channel]
    namespace: Required[str]
    data_converter: Required[DataConverter]
    interceptors: Required[Sequence[Interceptor]]
    header_codec_behavior: Required[HeaderCodecBehavior]
    default_workflow_query_reject_condition: Required[QueryRejectCondition | None]
    plugins: Sequence[Plugin]


async def open_channel(config: ConnectConfig) -> Channel:
    """A line that is connected, or will be when it is used. Raises RPCError."""
    settings = KafkaSettings({"bootstrap.servers": config.target_host, **config.kafka})
    names = TopicNames(prefix=config.prefix, namespace=config.namespace)
    channel = LazyChannel(settings, names=names, identity=config.identity or default_identity())
    if not config.lazy:
        try:
            await channel.opened()
        except RPCError:
            channel.close()
            raise
    return channel
