"""Options of a start, and the request they make."""

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Required, TypedDict, cast

from duralog.client.calls import milliseconds
from duralog.client.interceptor import StartWorkflowInput, UpdateWithStartStartWorkflowInput
from duralog.common import (
    Priority,
    RetryPolicy,
    SearchAttributes,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from duralog.converter import DataConverter, encode_search_attributes
from duralog.schemas.identifiers import IDENTIFIER_LENGTH_MAX
from duralog.schemas.payloads import Payload
from duralog.schemas.requests import SignalWithStartWorkflowExecution, StartWorkflowExecution
from duralog.workers.sizes import warn_of_memo_size, warn_of_size


class StartOptions(TypedDict, total=False):
    """Options of `start_workflow` and `execute_workflow`, with Temporal's names and defaults.

    id: The Workflow ID; at most one run of it is open.
    task_queue: Whose workers run it.
    execution_timeout: Of the whole chain of retries; none by default. run_timeout: of one run.
    task_timeout: How long a worker may take over one Workflow Task; 10 s by default.
    id_reuse_policy: May the id of a closed run be used again? ALLOW_DUPLICATE by default.
    id_conflict_policy: What if a run of the id is open? FAIL by default.
    retry_policy: When the workflow fails, run it again; never by default.
    cron_schedule: Run it again and again: `@hourly`, `@every 30s`, or the five fields of cron,
        behind a time zone if need be: `CRON_TZ=Europe/Rome 0 9 * * mon-fri`.
    search_attributes: By which the run is found; the form with lists is deprecated.
    static_summary, static_details: For people; kept with the run.
    priority: Order within the Task Queue; recorded.
    start_delay: The first Workflow Task waits this long.
    start_signal, start_signal_args: A signal that an open run gets at once, and a new one has from
        its beginning.
    request_id: Two starts with the same one open one run; random when left out.
    rpc_timeout: How long to wait for the engine's answer; 10 s by default.
    """

    id: Required[str]
    task_queue: Required[str]
    execution_timeout: timedelta | None
    run_timeout: timedelta | None
    task_timeout: timedelta | None
    id_reuse_policy: WorkflowIDReusePolicy
    id_conflict_policy: WorkflowIDConflictPolicy
    retry_policy: RetryPolicy | None
    cron_schedule: str
    memo: Mapping[str, Any] | None
    search_attributes: TypedSearchAttributes | SearchAttributes | None
    static_summary: str | None
    static_details: str | None
    priority: Priority
    start_delay: timedelta | None
    start_signal: str | None
    start_signal_args: Sequence[Any]
    request_id: str | None
    rpc_timeout: timedelta | None


def start_input(
    workflow_type: str, arguments: Sequence[Any], options: StartOptions, result_type: Any
) -> StartWorkflowInput:
    """What interceptors are given. Raises ValueError or TypeError for an option that is wrong."""
    _check(options)
    all_options: dict[str, Any] = dict.fromkeys(StartOptions.__annotations__)
    all_options["id_reuse_policy"] = WorkflowIDReusePolicy.ALLOW_DUPLICATE
    all_options["id_conflict_policy"] = WorkflowIDConflictPolicy.UNSPECIFIED
    all_options["priority"] = Priority.default
    all_options["start_signal_args"] = ()
    all_options["cron_schedule"] = ""
    all_options.update(options)
    return StartWorkflowInput(
        workflow=workflow_type,
        args=arguments,
        headers={},
        ret_type=result_type,
        **all_options,
    )


def with_start_input(
    workflow_type: str, arguments: Sequence[Any], options: StartOptions, result_type: Any
) -> UpdateWithStartStartWorkflowInput:
    """As `start_input`, of a start that comes with an update; a signal too is a TypeError."""
    if options.get("start_signal") is not None:
        raise TypeError("a start that comes with an update cannot bring a signal too")
    start = start_input(workflow_type, arguments, options, result_type)
    names = [field.name for field in dataclasses.fields(UpdateWithStartStartWorkflowInput)]
    return UpdateWithStartStartWorkflowInput(**{name: getattr(start, name) for name in names})


def options_of(input: StartWorkflowInput | UpdateWithStartStartWorkflowInput) -> StartOptions:
    """The options that a chain of interceptors has left."""
    names = StartOptions.__annotations__
    return cast(StartOptions, {name: getattr(input, name, None) for name in names})


def start_request(
    workflow_type: str,
    arguments: Sequence[Any],
    options: StartOptions,
    converter: DataConverter,
) -> StartWorkflowExecution:
    """The request for `options`. Raises ValueError or TypeError when one makes no sense."""
    _check(options)
    memo = options.get("memo") or {}
    policy = options.get("retry_policy")
    request = StartWorkflowExecution(
        workflow_id=options["id"],
        request_id=options.get("request_id") or str(uuid.uuid4()),
        workflow_type=workflow_type,
        task_queue=options["task_queue"],
        input=converter.to_payloads(arguments),
        workflow_execution_timeout_ms=milliseconds(options.get("execution_timeout")),
        workflow_run_timeout_ms=milliseconds(options.get("run_timeout")),
        workflow_task_timeout_ms=milliseconds(options.get("task_timeout")),
        workflow_id_reuse_policy=_reuse(options),
        workflow_id_conflict_policy=_conflict(options),
        retry_policy=policy.to_record() if policy is not None else None,
        cron_schedule=options.get("cron_schedule", ""),
        start_delay_ms=milliseconds(options.get("start_delay")),
        memo=dict(zip(memo, converter.to_payloads(list(memo.values())), strict=True)),
        search_attributes=encode_search_attributes(options.get("search_attributes")),
        user_metadata_summary=_text_payload(options.get("static_summary"), converter),
        user_metadata_details=_text_payload(options.get("static_details"), converter),
    )
    options.get("priority", Priority.default).write_to(request)
    warn_of_size(request.input, f"the input of workflow {workflow_type}")
    warn_of_memo_size(request.memo)
    return request


def _text_payload(text: str | None, converter: DataConverter) -> Payload | None:
    return None if text is None else converter.to_payloads([text])[0]


def signal_with_start_request(
    start: StartWorkflowExecution, options: StartOptions, converter: DataConverter
) -> SignalWithStartWorkflowExecution:
    """`start` with the signal of `options`, which must have one."""
    fields = {field.name: getattr(start, field.name) for field in dataclasses.fields(start)}
    policy = options.get("id_conflict_policy", WorkflowIDConflictPolicy.UNSPECIFIED)
    if policy is WorkflowIDConflictPolicy.UNSPECIFIED:
        fields["workflow_id_conflict_policy"] = WorkflowIDConflictPolicy.USE_EXISTING.name
    request = SignalWithStartWorkflowExecution(
        **fields,
        signal_name=options.get("start_signal") or "",
        signal_input=converter.to_payloads(options.get("start_signal_args", ())),
    )
    warn_of_size(request.signal_input, f"the input of signal {request.signal_name}")
    return request


def _check(options: StartOptions) -> None:
    """Only type checkers check a TypedDict; a misspelt option must not be lost at run time."""
    unknown = sorted(options.keys() - StartOptions.__annotations__.keys())
    if unknown:
        raise TypeError(f"unexpected option {unknown[0]!r} of a workflow start")
    for name in ("id", "task_queue"):
        value = options.get(name)
        if not isinstance(value, str):
            raise TypeError(f"a workflow start needs the option {name!r}, a string")
        if not value or len(value) > IDENTIFIER_LENGTH_MAX:
            raise ValueError(f"{name} must have 1 to {IDENTIFIER_LENGTH_MAX} characters")


def _reuse(options: StartOptions) -> str:
    return options.get("id_reuse_policy", WorkflowIDReusePolicy.ALLOW_DUPLICATE).name


def _conflict(options: StartOptions) -> str:
    policy = options.get("id_conflict_policy", WorkflowIDConflictPolicy.UNSPECIFIED)
    return "FAIL" if policy is WorkflowIDConflictPolicy.UNSPECIFIED else policy.name
