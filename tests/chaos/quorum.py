"""Who is in which role: the active controller, and the coordinators of a group or transaction.

Metadata name any live broker as the controller (KRaft hides it from clients), so we ask the quorum
itself: one DescribeQuorum request, by hand. Coordinators are leaders of partitions that a hash
names, as brokers compute them.
"""

import socket
import struct
from typing import Final

from confluent_kafka.admin import AdminClient

HOST: Final = "127.0.0.1"
DESCRIBE_QUORUM: Final = 55
TIMEOUT_S: Final = 3.0


def java_hash(text: str) -> int:
    """Java's String.hashCode, as a Kafka broker makes it positive."""
    value = 0
    for character in text:
        value = (31 * value + ord(character)) & 0xFFFFFFFF
    return value & 0x7FFFFFFF


def coordinator(admin: AdminClient, topic: str, name: str) -> int | None:
    """Node that coordinates group or transactional id `name`; None: there is none now.

    topic: `__consumer_offsets` or `__transaction_state`.
    """
    partitions = admin.list_topics(topic, timeout=TIMEOUT_S).topics[topic].partitions
    if not partitions:
        return None
    leader: int = partitions[java_hash(name) % len(partitions)].leader
    return leader if leader > 0 else None


def describe_quorum_request() -> bytes:
    """A DescribeQuorum v0 of the metadata's only partition, with its size before it."""
    topic = b"__cluster_metadata"
    header = struct.pack(">hhih", DESCRIBE_QUORUM, 0, 1, -1) + b"\x00"
    partition = b"\x02" + struct.pack(">i", 0) + b"\x00"
    body = b"\x02" + bytes([len(topic) + 1]) + topic + partition + b"\x00" + b"\x00"
    return struct.pack(">i", len(header + body)) + header + body


def leader_in(answer: bytes) -> int | None:
    """The leader that a DescribeQuorum answer (without its size) names; None: an error."""
    error, topics = struct.unpack_from(">hB", answer, 5)
    if error or topics != 2:
        return None
    name_length = answer[8] - 1
    _, code, leader = struct.unpack_from(">ihi", answer, 10 + name_length)
    return leader if not code and leader > 0 else None


def controller(port: int) -> int | None:
    """The active controller, as the broker at `port` knows it; None: it knows of none."""
    try:
        with socket.create_connection((HOST, port), TIMEOUT_S) as peer:
            peer.settimeout(TIMEOUT_S)
            peer.sendall(describe_quorum_request())
            (size,) = struct.unpack(">i", _read(peer, 4))
            return leader_in(_read(peer, size))
    except OSError:
        return None


def _read(peer: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        if not more:
            raise ConnectionError("the broker closed the connection")
        data += more
    return data
