"""What services may publish to `ingress`, in Avro and in JSON, and what is refused."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duralog.connectors.broker import Record
from duralog.connectors.ingress import IngressError, decode_ingress
from duralog.schemas.codec import encode
from duralog.schemas.payloads import Payload, RetryPolicy
from duralog.schemas.requests import (
    Ping,
    RequestCancelWorkflowExecution,
    RespondActivityTaskCompleted,
    SignalWithStartWorkflowExecution,
    SignalWorkflowExecution,
    StartWorkflowExecution,
    TerminateWorkflowExecution,
)

JSON = ("content-type", b"application/json; charset=utf-8")
START = {"workflow_type": "Order", "task_queue": "orders"}
Headers = list[tuple[str, bytes | None]]


def record(
    value: bytes | None, *, key: bytes | None = b"order-7", headers: Headers | None = None
) -> Record:
    return Record("ingress", 3, 41, 1_000, key, value, headers)


def of_json(document: object, *headers: tuple[str, bytes | None]) -> Record:
    return record(json.dumps(document).encode(), headers=[JSON, *headers])


def code_of(found: Record) -> str:
    with pytest.raises(IngressError) as error:
        decode_ingress(found)
    return error.value.code


def test_json_start_with_what_is_searched_and_shown() -> None:
    document = START | {
        "search_attributes": {"City": "Rome", "Items": 2, "Paid": True, "Tags": ["a", "b"]},
        "user_metadata_summary": "one line",
        "priority_key": 2,
        "fairness_weight": 1.5,
    }
    request = decode_ingress(of_json(document))
    assert isinstance(request, StartWorkflowExecution)
    kinds = {name: p.metadata["type"] for name, p in request.search_attributes.items()}
    assert kinds == {"City": b"Keyword", "Items": b"Int", "Paid": b"Bool", "Tags": b"KeywordList"}
    assert request.search_attributes["Tags"].data == b'["a","b"]'
    assert request.user_metadata_summary == payload(b'"one line"')
    assert (request.priority_key, request.fairness_weight) == (2, 1.5)
    assert encode(request)


@pytest.mark.parametrize(
    "field",
    [
        {"search_attributes": "City"},
        {"search_attributes": {"City": None}},
        {"search_attributes": {"Tags": [1]}},
        {"priority_key": "2"},
        {"fairness_weight": "heavy"},
    ],
)
def test_what_is_searched_and_shown_has_its_types(field: dict[str, object]) -> None:
    assert code_of(of_json(START | field)) == "INVALID_ARGUMENT"


def test_json_signal_with_start() -> None:
    document = START | {"action": "signal_with_start", "signal_name": "paid", "signal_input": [42]}
    found = decode_ingress(of_json(document, ("traceparent", b"00-1-2-01"), ("id", b"7")))
    assert found == SignalWithStartWorkflowExecution(
        workflow_id="order-7",
        workflow_type="Order",
        task_queue="orders",
        request_id="7",
        traceparent="00-1-2-01",
        signal_name="paid",
        signal_input=[payload(b"42")],
    )


def test_json_start_with_every_kind_of_field() -> None:
    document = START | {
        "workflow_id": "w",
        "input": [{"sku": 7}, "x", None],
        "workflow_run_timeout_ms": 5,
        "workflow_id_reuse_policy": "REJECT_DUPLICATE",
        "retry_policy": {"maximum_attempts": 3, "non_retryable_error_types": ["Bad"]},
        "memo": {"note": "hi"},
        "request_id": "r1",
    }
    assert decode_ingress(of_json(document)) == StartWorkflowExecution(
        workflow_id="w",
        workflow_type="Order",
        task_queue="orders",
        input=[payload(b'{"sku":7}'), payload(b'"x"'), payload(b"null")],
        workflow_run_timeout_ms=5,
        workflow_id_reuse_policy="REJECT_DUPLICATE",
        retry_policy=RetryPolicy(maximum_attempts=3, non_retryable_error_types=["Bad"]),
        memo={"note": payload(b'"hi"')},
        request_id="r1",
    )


def payload(data: bytes) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


def test_the_key_names_the_workflow_when_no_field_does() -> None:
    assert decode_ingress(of_json(START)).workflow_id == "order-7"


def test_a_start_without_request_id_joins_the_open_run() -> None:
    found = decode_ingress(of_json(START))
    assert isinstance(found, StartWorkflowExecution)
    assert found.workflow_id_conflict_policy == "USE_EXISTING"


@pytest.mark.parametrize("name", ["id", "ce_id", "CE_ID"])
def test_a_header_is_the_request_id(name: str) -> None:
    found = decode_ingress(of_json(START, (name, b"e-1")))
    assert isinstance(found, StartWorkflowExecution)
    assert (found.request_id, found.workflow_id_conflict_policy) == ("e-1", "FAIL")


def test_the_traceparent_header_is_taken_over() -> None:
    found = decode_ingress(of_json(START, ("traceparent", b"00-aa-bb-01")))
    assert isinstance(found, StartWorkflowExecution)
    assert found.traceparent == "00-aa-bb-01"


def test_the_other_actions() -> None:
    signal = {"action": "signal", "signal_name": "paid", "input": 42, "run_id": "r"}
    assert decode_ingress(of_json(signal)) == SignalWorkflowExecution(
        workflow_id="order-7", signal_name="paid", input=[payload(b"42")], run_id="r"
    )
    cancel = {"action": "cancel", "reason": "called"}
    assert decode_ingress(of_json(cancel)) == RequestCancelWorkflowExecution(
        workflow_id="order-7", reason="called"
    )
    terminate = {"action": "terminate", "details": ["t"]}
    assert decode_ingress(of_json(terminate)) == TerminateWorkflowExecution(
        workflow_id="order-7", details=[payload(b'"t"')]
    )


def test_avro_is_taken_as_it_is() -> None:
    start = StartWorkflowExecution(workflow_id="w", workflow_type="O", task_queue="q")
    expected = replace(start, request_id="e-1")
    assert decode_ingress(record(encode(start), headers=[("id", b"e-1")])) == expected
    done = RespondActivityTaskCompleted(
        workflow_id="w", run_id="r", scheduled_event_id=5, attempt=1, dispatch_time_ms=9
    )
    assert decode_ingress(record(encode(done))) == done


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ([], "INVALID_ARGUMENT"),
        ({"action": "explode"}, "INVALID_ARGUMENT"),
        ({"action": ["start"]}, "INVALID_ARGUMENT"),
        ({"workflow_type": "Order"}, "INVALID_ARGUMENT"),
        (START | {"secret": 1}, "INVALID_ARGUMENT"),
        (START | {"reply_partition": 1}, "INVALID_ARGUMENT"),
        (START | {"workflow_type": 7}, "INVALID_ARGUMENT"),
        (START | {"workflow_type": "\ud800"}, "INVALID_ARGUMENT"),
        (START | {"input": ["\ud800"]}, "INVALID_ARGUMENT"),
        (START | {"start_delay_ms": -1}, "INVALID_ARGUMENT"),
        (START | {"start_delay_ms": True}, "INVALID_ARGUMENT"),
        (START | {"start_delay_ms": 1.5}, "INVALID_ARGUMENT"),
        (START | {"retry_policy": {"attempts": 1}}, "INVALID_ARGUMENT"),
        (START | {"workflow_id_conflict_policy": "MAYBE"}, "INVALID_ARGUMENT"),
    ],
)
def test_a_wrong_document_is_refused(document: object, code: str) -> None:
    assert code_of(of_json(document)) == code


def test_other_refusals() -> None:
    assert code_of(record(None)) == "EMPTY"
    assert code_of(record(b"{}")) == "UNDECODABLE"
    assert code_of(record(b"{", headers=[JSON])) == "UNDECODABLE"
    assert code_of(record(b"[NaN]", headers=[JSON])) == "UNDECODABLE"
    assert code_of(record(b"[" * 100_000, headers=[JSON])) == "UNDECODABLE"
    assert code_of(record(b"x" * (4 * 1024 * 1024 + 1))) == "TOO_LARGE"
    assert code_of(record(encode(Ping(workflow_id="w")))) == "NOT_ALLOWED"
    assert code_of(record(json.dumps(START).encode(), key=None, headers=[JSON])) == "NO_WORKFLOW_ID"
    not_text = record(json.dumps(START).encode(), key=b"\xff", headers=[JSON])
    assert code_of(not_text) == "INVALID_ARGUMENT"


@pytest.mark.parametrize("secret", [{"hunter2": "hunter2"}, {"start_delay_ms": "hunter2"}])
def test_an_error_never_shows_what_the_record_holds(secret: dict[str, str]) -> None:
    with pytest.raises(IngressError) as error:
        decode_ingress(of_json(START | secret))
    assert "hunter2" not in str(error.value)


_JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists
)
_FIELD = st.sampled_from(["action", "workflow_id", "input", "memo", "retry_policy", *START])
_DOCUMENTS = st.dictionaries(_FIELD, _JSON_VALUES).map(json.dumps)


@settings(deadline=None)  # A busy machine is no failure.
@given(
    value=st.none()
    | st.binary()
    | st.dictionaries(_FIELD, _JSON_VALUES).map(json.dumps).map(str.encode),
    key=st.none() | st.binary(),
    headers=st.none()
    | st.lists(st.tuples(st.sampled_from(["id", "content-type"]), st.none() | st.binary()))
    | st.just([JSON]),
)
def test_any_bytes_are_a_request_or_an_ingress_error(
    value: bytes | None, key: bytes | None, headers: Headers | None
) -> None:
    try:
        request = decode_ingress(record(value, key=key, headers=headers))
    except IngressError:
        return
    encode(request)
