"""Roles by hand-made requests and by the hash that brokers use."""

import struct

import pytest

from chaos.quorum import describe_quorum_request, java_hash, leader_in

TOPIC = b"__cluster_metadata"


def answer(*, error: int = 0, code: int = 0, leader: int = 2) -> bytes:
    """A DescribeQuorum v0 answer, without its size, up to the leader and its epoch."""
    partition = b"\x02" + struct.pack(">ihii", 0, code, leader, 5)
    topic = bytes([len(TOPIC) + 1]) + TOPIC + partition
    return struct.pack(">i", 1) + b"\x00" + struct.pack(">h", error) + b"\x02" + topic


def test_a_request_says_its_size_and_names_the_metadata() -> None:
    data = describe_quorum_request()
    size, api_key, version = struct.unpack_from(">ihh", data)
    assert (size, api_key, version) == (len(data) - 4, 55, 0)
    assert TOPIC in data


@pytest.mark.parametrize(
    ("data", "leader"),
    [
        (answer(), 2),
        (answer(leader=-1), None),
        (answer(code=6), None),
        (answer(error=29), None),
    ],
)
def test_an_answer_names_the_leader_or_nobody(data: bytes, leader: int | None) -> None:
    assert leader_in(data) == leader


# Source: Java's String.hashCode; "polygenelubricants" has the least value, which is no positive.
@pytest.mark.parametrize(
    ("text", "value"), [("", 0), ("a", 97), ("ab", 3105), ("polygenelubricants", 0)]
)
def test_the_hash_is_javas(text: str, value: int) -> None:
    assert java_hash(text) == value
