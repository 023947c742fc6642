"""No input stops a partition: a bounded part of `make fuzz`, and properties of single doors."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duralog.connectors.broker import Record
from duralog.connectors.ingress import IngressError, decode_ingress
from duralog.orchestrator.reading import read_origin
from duralog.orchestrator.witness import Witness, read_witness
from fuzz import doors, engine
from fuzz.__main__ import BATCH, findings
from fuzz.doors import JSON

BATCHES = 150  # About three seconds; `make fuzz` goes on where this begins.


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_bad_input_never_stops_a_partition_and_is_put_aside_with_its_bytes() -> None:
    assert BATCHES * BATCH >= 10_000
    assert list(findings(BATCHES, 0)) == []


def test_a_planted_bug_at_a_door_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(record: Record) -> None:
        if record.key is None:
            raise KeyError("planted")

    draw, _ = doors.DOORS["any-record"]
    monkeypatch.setitem(doors.DOORS, "any-record", (draw, planted))
    found = [text for _, text in findings(3, 1)]
    assert found
    assert all("planted" in text for text in found)


def test_an_engine_that_loses_a_bad_record_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_readable", lambda _: False)  # As if all needed a letter.
    found = [text for _, text in findings(1, 0)]
    assert any(text.startswith("no letter of") for text in found)


NUMBERS = st.integers() | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        "input",
        "memo",
        "search_attributes",
        "retry_policy",
        "start_delay_ms",
        "workflow_id",
        "run_id",
    ]
)


@settings(deadline=None)
@given(st.dictionaries(MEMBERS, VALUES))
def test_any_json_is_a_request_or_an_ingress_error(members: dict[str, object]) -> None:
    document = {"workflow_type": "T", "task_queue": "q", **members}
    value = json.dumps(document).encode()
    with suppress(IngressError):
        decode_ingress(Record("t", 0, 0, 0, b"k", value, JSON))


@settings(deadline=None)
@given(VALUES | st.dictionaries(st.sampled_from(["seq", "inc", "transactional.id"]), VALUES))
def test_any_metadata_is_a_witness_or_none(found: object) -> None:
    assert isinstance(read_witness(json.dumps(found)), Witness)


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_origin_is_read_or_is_a_strangers(data: bytes) -> None:
    read_origin(Record("t", 0, 0, 0, None, None, [("origin", data)]))
