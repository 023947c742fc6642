"""The client's pure parts: options of a start, outcomes, the JSON form of a history."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from duralog.client import WorkflowFailureError, WorkflowHistory
from duralog.client.calls import REFUSED_WAIT_MS, check, milliseconds, until_taken
from duralog.client.errors import RPCError, RPCStatusCode
from duralog.client.options import StartOptions, signal_with_start_request, start_request
from duralog.client.outcome import result_of
from duralog.client.retry_budget import TOKENS_MAX, TOKENS_PER_S, RetryBudget
from duralog.common import RetryPolicy, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from duralog.converter import DataConverter
from duralog.exceptions import ApplicationError, CancelledError, TerminatedError
from duralog.exceptions import TimeoutError as WorkflowTimeoutError
from duralog.schemas import events
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.replies import Reply
from duralog.schemas.requests import SignalWithStartWorkflowExecution, StartWorkflowExecution

CONVERTER = DataConverter.default
HEAD: dict[str, Any] = {
    "workflow_id": "w",
    "run_id": "r",
    "event_id": 9,
    "event_time_ms": 1_700_000_000_000,
}
FIRST: dict[str, Any] = {**HEAD, "event_id": 1}


def test_a_start_says_only_what_was_asked() -> None:
    request = start_request("W", ["Ana"], StartOptions(id="w", task_queue="q"), CONVERTER)
    assert (request.workflow_id, request.workflow_type, request.task_queue) == ("w", "W", "q")
    assert [payload.data for payload in request.input] == [b'"Ana"']
    assert (request.workflow_id_reuse_policy, request.workflow_id_conflict_policy) == (
        "ALLOW_DUPLICATE",
        "FAIL",
    )
    assert (request.retry_policy, request.workflow_run_timeout_ms) == (None, 0)
    assert request.request_id


def test_every_option_is_carried() -> None:
    options = StartOptions(
        id="w",
        task_queue="q",
        execution_timeout=timedelta(hours=1),
        run_timeout=timedelta(minutes=1),
        task_timeout=timedelta(seconds=1),
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        retry_policy=RetryPolicy(maximum_attempts=3),
        memo={"a": 1},
        start_delay=timedelta(milliseconds=7),
        cron_schedule="@hourly",
        request_id="id",
    )
    request = start_request("W", [], options, CONVERTER)
    assert request.cron_schedule == "@hourly"
    assert request.workflow_execution_timeout_ms == 3_600_000
    assert request.workflow_run_timeout_ms == 60_000
    assert request.workflow_task_timeout_ms == 1_000
    assert request.workflow_id_reuse_policy == "REJECT_DUPLICATE"
    assert request.workflow_id_conflict_policy == "USE_EXISTING"
    assert request.retry_policy is not None
    assert request.retry_policy.maximum_attempts == 3
    assert request.memo["a"].data == b"1"
    assert (request.start_delay_ms, request.request_id) == (7, "id")


@pytest.mark.parametrize(
    ("policy", "sent"),
    [
        (WorkflowIDConflictPolicy.UNSPECIFIED, "USE_EXISTING"),
        (WorkflowIDConflictPolicy.TERMINATE_EXISTING, "TERMINATE_EXISTING"),
    ],
)
def test_a_signal_with_start_is_the_start_and_the_signal(
    policy: WorkflowIDConflictPolicy, sent: str
) -> None:
    options = StartOptions(
        id="w",
        task_queue="q",
        id_conflict_policy=policy,
        start_signal="s",
        start_signal_args=[1, 2],
        memo={"a": 1},
    )
    start = start_request("W", ["Ana"], options, CONVERTER)
    request = signal_with_start_request(start, options, CONVERTER)
    assert request.workflow_id_conflict_policy == sent
    assert (request.memo, request.input) == (start.memo, start.input)
    assert request.signal_name == "s"
    assert [payload.data for payload in request.signal_input] == [b"1", b"2"]


def test_a_signal_with_start_knows_every_field_of_a_start() -> None:
    start, both = fields(StartWorkflowExecution), fields(SignalWithStartWorkflowExecution)
    assert {f.name: f.type for f in start}.items() <= {f.name: f.type for f in both}.items()


def test_a_misspelt_option_is_refused() -> None:
    options: Any = {"id": "w", "task_queue": "q", "run_timout": None}
    with pytest.raises(TypeError, match="run_timout"):
        start_request("W", [], options, CONVERTER)


@pytest.mark.parametrize("options", [{"id": "w"}, {"id": None, "task_queue": "q"}])
def test_what_is_needed_is_asked_for(options: Any) -> None:
    with pytest.raises(TypeError, match="needs the option"):
        start_request("W", [], options, CONVERTER)


def test_a_timeout_is_never_rounded_to_none() -> None:
    assert milliseconds(timedelta(microseconds=1)) == 1
    assert milliseconds(None) == 0
    with pytest.raises(ValueError, match="negative"):
        milliseconds(timedelta(seconds=-1))


def test_a_reply_that_is_not_ok_is_an_error_with_its_status() -> None:
    reply = Reply(recipient="", correlation_id="", code="NOT_FOUND", text="no such workflow")
    with pytest.raises(RPCError, match="no such workflow") as raised:
        check(reply)
    assert raised.value.status is RPCStatusCode.NOT_FOUND


def test_a_result_is_typed() -> None:
    event = events.WorkflowExecutionCompleted(**HEAD, result=CONVERTER.to_payloads([[1, 2]]))
    assert result_of(event, CONVERTER, tuple[int, ...]) == (1, 2)


def test_no_result_is_none() -> None:
    assert result_of(events.WorkflowExecutionCompleted(**HEAD), CONVERTER, None) is None


@pytest.mark.parametrize(
    ("event", "cause", "text"),
    [
        (
            events.WorkflowExecutionFailed(**HEAD, failure=Failure(message="no", type="E")),
            ApplicationError,
            "no",
        ),
        (events.WorkflowExecutionCanceled(**HEAD), CancelledError, "Workflow cancelled"),
        (events.WorkflowExecutionTerminated(**HEAD, reason="why"), TerminatedError, "why"),
        (events.WorkflowExecutionTimedOut(**HEAD), WorkflowTimeoutError, "Workflow timed out"),
    ],
)
def test_another_end_is_an_error_whose_cause_says_how(
    event: Any, cause: type[BaseException], text: str
) -> None:
    with pytest.raises(WorkflowFailureError) as raised:
        result_of(event, CONVERTER, None)
    assert type(raised.value.cause) is cause
    assert text in str(raised.value.cause)


def test_a_history_survives_json() -> None:
    started = events.WorkflowExecutionStarted(
        **FIRST,
        workflow_type="W",
        task_queue="q",
        input=[Payload(metadata={"encoding": b"binary/plain"}, data=b"\x00\xff")],
        memo={"k": Payload(metadata={}, data=b"")},
    )
    failed = events.WorkflowExecutionFailed(
        **HEAD, failure=Failure(message="a", cause=Failure(message="b"))
    )
    history = WorkflowHistory("w", [started, failed])
    assert WorkflowHistory.from_json("w", history.to_json()) == history
    assert history.run_id == "r"


@pytest.mark.parametrize("text", ["[]", "{}", '{"events": [{"type": "Nothing"}]}', "nothing"])
def test_what_is_no_history_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        WorkflowHistory.from_json("w", text)


REFUSED = Reply(recipient="", correlation_id="", code="RESOURCE_EXHAUSTED")


async def test_a_refused_start_is_asked_for_again_until_it_is_taken() -> None:
    left: list[int] = []

    async def ask(left_ms: int) -> Reply:
        left.append(left_ms)
        return REFUSED if len(left) < 2 else Reply(recipient="", correlation_id="", code="OK")

    assert (await until_taken(ask, 60_000, RetryBudget())).code == "OK"
    assert left[0] == 60_000
    assert 0 < left[1] <= 60_000 - REFUSED_WAIT_MS // 2


async def test_a_refusal_is_the_answer_when_no_time_is_left() -> None:
    asked = 0

    async def ask(left_ms: int) -> Reply:
        nonlocal asked
        asked += 1
        return REFUSED

    assert await until_taken(ask, REFUSED_WAIT_MS // 2, RetryBudget()) is REFUSED
    assert asked == 1


def test_a_client_asks_again_about_as_often_as_it_is_taken() -> None:
    budget = RetryBudget()
    assert sum(budget.may_ask(1_000) for _ in range(200)) == TOKENS_MAX
    for _ in range(3):
        budget.taken()
    assert sum(budget.may_ask(1_000) for _ in range(200)) == 3
    assert sum(budget.may_ask(3_000) for _ in range(200)) == 2 * TOKENS_PER_S
