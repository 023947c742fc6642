"""Request and reply over Kafka: what clients and workers ask the engine, and its answers from the inbox.

A channel has its own threads. `call` and `send` may be called from any thread and from a running event loop: they
never block, and return `concurrent.futures.Future`s (`asyncio.wrap_future` awaits one).
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from duralog.connectors.kafka.settings import KafkaSettings
from duralog.schemas.replies import ActivityCancelNotice, Reply
from duralog.schemas.topics import TopicNames




class ChannelError(Exception):
    """A request could not be delivered; the text says what is known and what to do."""


class RequestTooLargeError(ChannelError):
    """The encoded request exceeds REQUEST_SIZE_BYTES_MAX."""


class ReplyTimeoutError(ChannelError):
    """No reply in time. The request may or may not have had its effect; the text says where it stands."""


@dataclass(slots=True, frozen=True, kw_only=True)
class EngineClock:
    """What is known of one engine partition's clock: engine = ours + offset_ms, give or take uncertainty_ms."""

    offset_ms: int
    uncertainty_ms: int


class Channel:
    """One process's line to the engine: a producer for `requests`, a partition of `inbox`.

    Every reply is returned as it is, also one with an error code: `Reply.code` is the caller's business.
    """

    def __init__(self, settings: KafkaSettings, *, names: TopicNames, identity: str) -> None:
        raise NotImplementedError

    def start(self) -> None:
        """Connect and find the inbox partition's end. Blocks; raises ChannelError with one line when it cannot."""

    def close(self) -> None:
        """Send what was handed over (10 s at most), fail open calls, end the threads. May be repeated."""

    @property
    def identity(self) -> str:
        """Put into requests that have none."""
        raise NotImplementedError

    @property
    def recipient(self) -> str:
        """Our key in the inbox; random per channel."""
        raise NotImplementedError

    @property
    def reply_partition(self) -> int:
        """Our partition of the inbox."""
        raise NotImplementedError

    @property
    def partitions(self) -> int:
        """How many engine partitions there are."""
        raise NotImplementedError

    def call(self, request: Any, *, timeout_ms: int, partition: int = -1) -> Future[Reply]:
        """Send `request` and return its reply, parts merged (`body` in order).

        Fills identity, reply_partition, recipient and correlation_id in `request`, sends it to `partition` (-1: that
        of its workflow_id), and sends the same again after 5 s, doubling to 60 s. The future raises ChannelError.
        Cancel the future to stop asking.
        """
        raise NotImplementedError

    def send(self, request: Any, *, partition: int = -1) -> Future[None]:
        """Send without a reply; the future is done when the brokers have it (acks=all). Fills identity."""
        raise NotImplementedError

    def subscribe(self, handler: Callable[[ActivityCancelNotice | Reply], None]) -> Callable[[], None]:
        """Have `handler` called, on the channel's thread, for each message that is no reply to an open call.

        It must be quick and must not raise. Returns the function that ends the subscription.
        """
        raise NotImplementedError

    def clock(self, partition: int) -> EngineClock | None:
        """The clock of an engine partition, from replies of it; None when it is not known well enough."""
        raise NotImplementedError
