"""Records keep their bytes, and any other Avro reader reads them."""

import json
from contextlib import suppress
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duralog.schemas import codec
from duralog.schemas.events import WorkflowExecutionFailed
from duralog.schemas.payloads import Failure, write_failure
from unit.schemas.samples import sample

GOLDEN = Path(__file__).parent / "golden_bytes.json"
RECORDS = sorted(codec.CLASSES.values(), key=lambda c: c.__name__)


@pytest.mark.parametrize("record", RECORDS, ids=lambda c: c.__name__)
def test_a_record_survives_the_round_trip(record: type) -> None:
    value = sample(record)
    assert codec.decode(codec.encode(value)) == value


@pytest.mark.parametrize("record", RECORDS, ids=lambda c: c.__name__)
def test_plain_fastavro_reads_what_we_write_and_we_read_what_it_writes(record: Any) -> None:
    value = sample(record)
    data = codec.encode(value)
    schema = fastavro.parse_schema(json.loads(json.dumps(codec.schemas()[record.SCHEMA_ID])))
    assert fastavro.schemaless_reader(BytesIO(data[5:]), schema, None) == asdict(value)
    out = BytesIO(data[:5])
    out.seek(5)
    fastavro.schemaless_writer(out, schema, asdict(value))
    assert codec.decode(out.getvalue()) == value


def test_bytes_of_every_schema_version_never_change(request: pytest.FixtureRequest) -> None:
    now = {str(i): codec.encode(sample(c)).hex() for i, c in sorted(codec.CLASSES.items())}
    golden = json.loads(GOLDEN.read_text(encoding="utf-8")) if GOLDEN.exists() else {}
    if request.config.getoption("--rewrite"):
        GOLDEN.write_text(json.dumps(golden | now, indent=0) + "\n", encoding="utf-8")
        return
    assert golden.keys() == set(map(str, codec.schemas())), "each version has its golden bytes"
    assert {k: v for k, v in golden.items() if k in now} == now, (
        "a released schema must keep its bytes: add a new version of the .avsc instead; "
        "an unreleased one: pytest --rewrite, and read the diff"
    )


@pytest.mark.parametrize("schema_id", sorted(json.loads(GOLDEN.read_text(encoding="utf-8"))))
def test_golden_bytes_of_all_versions_decode_as_the_newest_class(schema_id: str) -> None:
    data = bytes.fromhex(json.loads(GOLDEN.read_text(encoding="utf-8"))[schema_id])
    newest = codec.CLASSES[codec.newest_id(int(schema_id))]
    assert type(codec.decode(data)) is newest


@settings(deadline=None)  # A busy machine is no failure.
@given(st.binary(max_size=200))
def test_any_bytes_decode_or_raise_decode_error(data: bytes) -> None:
    with pytest.raises(codec.DecodeError):
        codec.decode(data)


@settings(deadline=None)
@given(st.data())
def test_any_damaged_record_decodes_or_raises_decode_error(data: st.DataObject) -> None:
    whole = bytearray(codec.encode(sample(data.draw(st.sampled_from(RECORDS)))))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(codec.DecodeError):
        codec.decode(bytes(whole[: data.draw(st.integers(0, len(whole)))]))


def test_a_chain_of_causes_that_is_too_deep_is_an_error_and_no_crash() -> None:
    failed = WorkflowExecutionFailed(
        workflow_id="w", run_id="r", event_id=1, event_time_ms=1, failure=Failure()
    )
    whole, link = codec.encode(failed), write_failure(Failure())
    start = whole.index(link)
    deep = whole[:start] + (link[:-1] + b"\x02") * 100_000 + whole[start:]
    with pytest.raises(codec.DecodeError):
        codec.decode(deep)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "not framed"),
        (b"\x01\x00\x00\x00\x01", "not framed"),
        (b"\x00\x00\x00\x00\x07", "unknown schema id 7"),
        (
            codec.encode(
                WorkflowExecutionFailed(workflow_id="w", run_id="", event_id=1, event_time_ms=1)
            )
            + b"x",
            "too many",
        ),
    ],
)
def test_a_decode_error_says_what_is_wrong(data: bytes, text: str) -> None:
    with pytest.raises(codec.DecodeError, match=text):
        codec.decode(data)


def test_an_older_version_is_read_through_schema_resolution(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = WorkflowExecutionFailed(workflow_id="w", run_id="r", event_id=1, event_time_ms=1)
    newest = codec.schemas()[WorkflowExecutionFailed.SCHEMA_ID]
    older = {
        **newest,
        "schema_id": 10300,
        "fields": [f for f in newest["fields"] if f["name"] != "retry_state"],
    }
    monkeypatch.setitem(codec.schemas(), 10300, older)
    body = BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(dict(older)), asdict(value))
    codec.newest_id.cache_clear()
    assert codec.decode(b"\x00" + (10300).to_bytes(4, "big") + body.getvalue()) == value
