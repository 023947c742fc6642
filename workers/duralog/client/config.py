"""What a client is made of, and the line to the engine that it begins with."""

import asyncio
from collections.abc import Sequence
from typing import Required, TypedDict

from duralog.client.errors import RPCError, RPCStatusCode
from duralog.client.interceptor import Interceptor
from duralog.common import HeaderCodecBehavior, QueryRejectCondition
from duralog.connectors.channel import Channel, ChannelError
from duralog.connectors.kafka.settings import KafkaSettings
from duralog.converter import DataConverter
from duralog.schemas.topics import TopicNames


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


async def open_channel(settings: KafkaSettings, names: TopicNames, identity: str) -> Channel:
    """A line that is connected. Raises RPCError."""
    channel = Channel(settings, names=names, identity=identity)
    try:
        await asyncio.to_thread(channel.start)
    except ChannelError as error:
        channel.close()
        raise RPCError(str(error), RPCStatusCode.UNAVAILABLE) from error
    return channel
