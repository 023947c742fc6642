"""A dead letter tells its cause, and always fits into the topic."""

from duralog.connectors.broker import Record
from duralog.connectors.dead_letter import dead_letter, dead_letter_record
from duralog.schemas.codec import decode
from duralog.schemas.topics import TOPIC_SIZE_BYTES_MAX


def test_it_holds_the_record_and_says_why() -> None:
    source = Record("in", 2, 7, 99, b"k", b"v", [("h", b"1"), ("n", None)])
    letter = dead_letter(source, code="UNDECODABLE", cause="not framed", now_ms=100)
    out = dead_letter_record(letter, topic="dead", partitions=4)
    assert decode(out.value or b"") == letter
    assert (letter.key, letter.value, letter.headers) == (b"k", b"v", {"h": b"1", "n": b""})
    assert dict(out.headers or []) == {
        "duralog-code": b"UNDECODABLE",
        "duralog-cause": b"not framed",
        "duralog-source": b"in[2]@7",
    }
    assert out.partition < 4


def test_a_record_as_large_as_can_be_still_fits() -> None:
    source = Record("in", 2, 7, 99, b"k", b"v" * TOPIC_SIZE_BYTES_MAX, [("h", b"1" * 1000)])
    letter = dead_letter(source, code="UNDECODABLE", cause="é" * 5_000, now_ms=100)
    out = dead_letter_record(letter, topic="dead", partitions=4)
    assert len(out.value or b"") < 20_000
    assert "left out" in letter.cause
