"""Configurations of every client we open, with the reason beside each number."""

import logging
import re
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from duralog.connectors.clock import monotonic_ms
from duralog.connectors.kafka.settings import KafkaSettings, SettingsError, Value
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX

Client = TypeVar("Client")

LOG: Final = logging.getLogger("duralog.kafka")
WAITING: Final = logging.getLogger("duralog.waiting")  # The command line shows this one always.

SESSION_TIMEOUT_MS: Final = (
    6_000  # Take-over after a machine is lost; a kill -9 with a restart is faster.
)
HEARTBEAT_MS: Final = 500  # By which a member learns of a rebalance; two requests a second.
TRANSACTION_TIMEOUT_MS: Final = (
    6_000  # Longer than any of ours; a dead owner's hides what is behind it.
)
CONSUMER_QUEUE_BYTES_MAX: Final = (
    16 * 1024 * 1024
)  # Of one consumer; a slot has two, a worker three.
PRODUCER_QUEUE_BYTES_MAX: Final = 256 * 1024 * 1024  # A hundred of the largest answers.
TRANSACTION_BYTES_MAX: Final = 256 * 1024 * 1024  # Fifty of the largest tasks.
SAY_AGAIN_MS: Final = 60_000
SAID_MAX: Final = 100  # Kinds of lines remembered.
CLOSE_MAX_S: Final = 8.0  # More than a task source waits for its reports, and then to leave.
LEAVE_POLL_S: Final = 0.005  # The coordinator answers in milliseconds.
UNPOLLED_MAX: Final = 10_000  # Of records and callbacks that wait for a poll.
CALL_TIMEOUT_S: Final = (
    10.0  # Administrative calls; the broker answers in milliseconds or is in trouble.
)
ANSWER_GRACE_S: Final = 1.0  # For librdkafka to say itself that a call has timed out.
SILENT_S: Final = 2.0  # Longer, and it looks like a hang.

# After a call has failed already: time enough to shake hands once more.
REFUSAL_WAIT_S: Final = 3.0
_REFUSAL_POLL_S: Final = 0.1
_REFUSALS: Final = frozenset(
    {
        KafkaError._AUTHENTICATION,  # noqa: SLF001 (librdkafka's own codes begin with an underscore)
        KafkaError._SSL,  # noqa: SLF001
    }
)

# What brokers answer to those who lack a right; nothing helps but to grant it. What each is about,
# and the operation that it comes from unless a caller knows better.
_RIGHTS: Final = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED: ("topic", "Read"),
    KafkaError.GROUP_AUTHORIZATION_FAILED: ("group", "Read"),
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED: ("transactional id", "Write"),
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: ("cluster", "DescribeConfigs"),
}

# What differs between two reports of one thing: durations, numbers, which thread tells it.
_VARYING: Final = re.compile(r"\[thrd:[^]]*\]|\d+|/bootstrap")

# A broker that has just started says so for a moment, and librdkafka asks again by itself.
_PASSES: Final = "Coordinator load in progress"

# Signs in librdkafka's log that a request may still be on its way on a lost connection (DESIGN 5).
_TROUBLE: Final = frozenset(
    {"FAIL", "ERROR", "REQTMOUT", "TXNERR", "GETPID", "PIDRESET", "FATAL", "RETRY", "CONNECT"}
)


# The only place where librdkafka names the topic for which it fails a transaction.
_NOT_ADDED: Final = re.compile(r'Failed to add partition "([^"]+)".*[Aa]uthorization failed')


class LogHook:
    """librdkafka's log lines to ours.

    trouble: a connection failed since it was cleared. refused: a topic that may not be written in
    a transaction.
    """

    __slots__ = ("_said_ms", "refused", "trouble")

    def __init__(self) -> None:
        self.trouble = False
        self.refused = ""
        self._said_ms: dict[str, int] = {}

    def log(self, level: int, _form: str, facility: str, client: str, text: str) -> None:
        """Called by confluent-kafka, as it calls a Logger, from within a client's `poll`."""
        if facility in _TROUBLE:
            self.trouble = True
        if facility == "ADDPARTS" and (refused := _NOT_ADDED.search(text)):
            self.refused = refused[1]
        if facility == "CONFWARN":  # A producer's setting on a consumer and the other way round.
            return
        # A broker that is down is reported by each attempt to reach it, by each of its names.
        kind, now = _VARYING.sub("", f"{facility} {text}"), monotonic_ms()
        said_ms = self._said_ms.get(kind)
        if said_ms is None or now - said_ms > SAY_AGAIN_MS:
            most = logging.INFO if _PASSES in text else logging.WARNING
            LOG.log(min(level, most), "%s: %s %s", client, facility, text)
            if len(self._said_ms) > SAID_MAX:
                self._said_ms.clear()
            self._said_ms[kind] = now


def consumer_config(
    settings: KafkaSettings, *, group: str, read_committed: bool, owned: dict[str, Value]
) -> dict[str, Any]:
    """Of any consumer of ours: no commits by itself, positions are ours, small buffers."""
    return settings.client(
        defaults={
            # Consumers of a slot together stay small; the default is 64 MiB each.
            "queued.max.messages.kbytes": CONSUMER_QUEUE_BYTES_MAX // 1024,
            # The default of 1 s makes a full queue stutter (interleaving 9).
            "fetch.queue.backoff.ms": 5,
            # A new record ends the broker's wait at once; only a partition that was just assigned
            # or resumed waits for the fetch under way. Each fetch costs the broker 0.7 ms: at
            # rest, 50 here made 28 ms a second of two consumers, 200 makes 10, 500 would make 3.
            "fetch.wait.max.ms": 200,
            "fetch.error.backoff.ms": 100,
        },
        owned={
            "group.id": group,
            "isolation.level": "read_committed" if read_committed else "read_uncommitted",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "error",
            **owned,
        },
    )


def member_config(
    settings: KafkaSettings,
    *,
    group: str,
    instance: str,
    extra: dict[str, Value] | None = None,
) -> dict[str, Any]:
    """Of a group member; a static one (with `instance`) keeps its partitions over a restart."""
    owned: dict[str, Value] = {
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": HEARTBEAT_MS,
        "max.poll.interval.ms": 60_000,
        **(extra or {}),
    }
    if instance:
        owned |= {"group.instance.id": instance, "client.id": instance}
    return consumer_config(settings, group=group, read_committed=True, owned=owned)


def transactional_config(settings: KafkaSettings, *, transactional_id: str) -> dict[str, Any]:
    """Of the slot's transactional producer."""
    return settings.client(
        # Past it the transaction is aborted, and its batch halved.
        defaults={
            "compression.type": "lz4",
            "queue.buffering.max.kbytes": TRANSACTION_BYTES_MAX // 1024,
        },
        owned={
            "transactional.id": transactional_id,
            "client.id": transactional_id,
            "enable.idempotence": True,
            "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
            # A message may not outlive its transaction.
            "message.timeout.ms": TRANSACTION_TIMEOUT_MS - 500,
            # A missing topic is told as such before its messages time out; the default is 30 s.
            "topic.metadata.propagation.max.ms": 2_000,
            # As librdkafka demands of transactions.
            "socket.timeout.ms": TRANSACTION_TIMEOUT_MS - 1_000,
            "message.max.bytes": TOPIC_SIZE_BYTES_MAX,
            # `flush` ends it; until then records of one batch gather.
            "linger.ms": 5,
            # A transaction begun right after another is refused for a moment; the default waits
            # 100 ms.
            "retry.backoff.ms": 2,
            "retry.backoff.max.ms": 50,
            "delivery.report.only.error": True,
        },
    )


def plain_config(settings: KafkaSettings, *, client_id: str, reliable: bool) -> dict[str, Any]:
    """Of a producer without transactions: requests (reliable) and replies (best effort)."""
    return settings.client(
        # A batch is often one record of 400 bytes: lz4 costs it 0.1 to 0.3 ms and saves nothing.
        # What waits for a broker that is away: past it a caller is told to slow down. By default
        # librdkafka would take 1 GiB.
        defaults={
            "compression.type": "none",
            "queue.buffering.max.kbytes": PRODUCER_QUEUE_BYTES_MAX // 1024,
        },
        owned={
            "client.id": client_id,
            "enable.idempotence": reliable,
            "acks": "all" if reliable else "1",
            "message.max.bytes": TOPIC_SIZE_BYTES_MAX,
            "message.timeout.ms": 60_000 if reliable else 10_000,
            "linger.ms": 0,
            "retry.backoff.ms": 20,
        },
    )


def open_client(
    kind: Callable[..., Client], config: dict[str, Any], *, hook: LogHook | None = None
) -> Client:
    """A client of confluent-kafka; a setting it does not know is the user's error, told as such."""
    try:
        return kind(config, logger=hook or LogHook())
    except KafkaException as error:
        raise SettingsError(f"Kafka settings: {error_of(error).str()}") from None


def open_admin(settings: KafkaSettings) -> AdminClient:
    """An administrative client."""
    return open_client(AdminClient, settings.client(owned={}))


def leave_group(consumer: Consumer, *, max_ms: int) -> None:
    """Give up a member's partitions at once, within `poll`, as in any rebalance."""
    # librdkafka lets a static member leave that unsubscribes, not one that is closed.
    try:
        consumer.unsubscribe()
        until_ms = monotonic_ms() + max_ms
        while (consumer.memberid() or consumer.assignment()) and monotonic_ms() < until_ms:
            consumer.poll(LEAVE_POLL_S)
    except KafkaException as error:  # Fenced: what we had is another's already.
        LOG.warning("nothing left to leave: %s", error_of(error).str())


def drop_member(owner: object, attribute: str) -> None:
    """End a group's member that is `owner`'s attribute; a static one does not leave its group.

    Without its last reference it ends, and calls nobody back. `close` would: with an assignment
    that nobody has polled yet, the callbacks for it and against it. The first ends the membership,
    so that the second waits for ever in `incremental_unassign` (librdkafka#4884), and the
    interpreter with it: no timeout of ours could help.
    """
    try:
        # What nobody has polled yet would be waited for, too: by a thread that spins.
        getattr(owner, attribute).consume(UNPOLLED_MAX, 0)
    except KafkaException as error:
        LOG.warning("at its end: %s", error_of(error).str())
    finally:
        delattr(owner, attribute)


def close_client(close: Callable[[], object]) -> None:
    """Close a consumer, or leave it to the end of the process when that hangs: no broker answers.

    One of a group's members is not closed: see `drop_member`.
    """
    thread = threading.Thread(target=close, name="duralog-close", daemon=True)
    thread.start()
    thread.join(CLOSE_MAX_S)
    if thread.is_alive():
        LOG.warning("a consumer does not close in %.0f s; left behind", CLOSE_MAX_S)


def answer_of(future: Any, timeout_s: float = CALL_TIMEOUT_S) -> Any:  # noqa: ANN401 (untyped there)
    """What an administrative call came to, which was given `timeout_s` itself.

    Raises KafkaException, also when there is no answer at all.
    """
    try:
        return future.result(timeout_s + ANSWER_GRACE_S)
    except TimeoutError:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT)) from None  # noqa: SLF001


def error_of(error: KafkaException) -> KafkaError:
    """The KafkaError inside."""
    found: KafkaError = error.args[0]
    return found


def lacks_right(error: KafkaError) -> bool:
    """True when the brokers know us, and do not let us do it."""
    return error.code() in _RIGHTS


def lacking(
    settings: KafkaSettings, error: KafkaError, *, name: str = "", operation: str = ""
) -> str:
    """One line for a right that is missing: who lacks what on what, and what to do.

    name: of the topic, group or transactional id.
    """
    about, usual = _RIGHTS[error.code()]
    return lacking_on(
        settings, error, resource=f"{about} {name}".strip(), operation=operation or usual
    )


def lacking_on(settings: KafkaSettings, error: KafkaError, *, resource: str, operation: str) -> str:
    """The same where the brokers' answer is about something else than what is missing."""
    return (
        f"the role {settings.role} lacks {operation} on {resource} ({error.name()}):"
        " 'duralog acl print' tells what it needs"
    )


@contextmanager
def patiently(settings: KafkaSettings) -> Generator[None]:
    """Around a call that may be the first: when no broker answers soon, say where we try."""
    text = "no answer from Kafka at %s yet; trying for %.0f s"
    where = settings.bootstrap_servers
    timer = threading.Timer(SILENT_S, WAITING.warning, (text, where, CALL_TIMEOUT_S))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def unreachable(
    settings: KafkaSettings, error: KafkaError, *, name: str = "", operation: str = ""
) -> str:
    """One line for brokers that do not answer, or do not let us in. May take some seconds.

    name, operation: of what was asked for, see `lacking`.
    """
    if lacks_right(error):
        return lacking(settings, error, name=name, operation=operation)
    refusal = _refusal(settings)
    if refusal:
        return (
            f"the brokers at {settings.bootstrap_servers} do not let us in: {refusal}; are "
            "sasl.username, sasl.password, sasl.mechanism and the certificates right?"
        )
    return (
        f"no Kafka broker answered at {settings.bootstrap_servers} ({error.name()}): "
        "is it running, and are bootstrap.servers and security.protocol right?"
    )


def _refusal(settings: KafkaSettings) -> str:
    """Why brokers that guard themselves refuse us; empty: they do not.

    Calls that fail so only say that no broker was there; only a client's `error_cb` hears more.
    """
    found: list[str] = []

    def heard(error: KafkaError) -> None:
        if error.code() in _REFUSALS:
            # Without the address before it and the timing behind it.
            found.append(error.str().partition(": ")[2].partition(" (after ")[0])

    config = settings.client(owned={})
    if str(config.get("security.protocol", "plaintext")).lower() == "plaintext":
        return ""
    client = open_client(AdminClient, {**config, "error_cb": heard, "log_level": 0})
    for _ in range(int(REFUSAL_WAIT_S / _REFUSAL_POLL_S)):
        client.poll(_REFUSAL_POLL_S)
        if found:
            return found[0]
    return ""
