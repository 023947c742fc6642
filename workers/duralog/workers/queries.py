"""Answers Queries of one run: user's handlers and the built-in ones; nothing may change."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, Final

from duralog.common import RawValue
from duralog.common.hints import hints_for
from duralog.converter import DataConverter
from duralog.schemas.payloads import Failure, Payload
from duralog.schemas.requests import QueryWorkflow, RespondQueryTaskCompleted
from duralog.workers.event_loop import WorkflowEventLoop
from duralog.workers.execution import Execution
from duralog.workers.interceptors import HandleQueryInput
from duralog.workers.updates import Updates
from duralog.workflow.queries import QueryDefinition

ANSWER_BYTES_MAX: Final = 2 * 1024 * 1024  # Temporal's limit of one value; a reply takes it whole.
STACK_TRACE: Final = "__stack_trace"
ENHANCED_STACK_TRACE: Final = "__enhanced_stack_trace"
METADATA: Final = "__temporal_workflow_metadata"


class Queries:
    """The Query handlers of one run."""

    def __init__(
        self,
        handlers: dict[str | None, QueryDefinition],
        converter: DataConverter,
        loop: WorkflowEventLoop,
        execution: Execution,
        updates: Updates,
    ) -> None:
        self._handlers = handlers
        self._converter = converter
        self._loop = loop
        self._execution = execution
        self._updates = updates
        self.current_details = ""
        self._built_in: dict[str, Callable[[], Any]] = {
            STACK_TRACE: self._stack_trace,
            ENHANCED_STACK_TRACE: self._enhanced_stack_trace,
            METADATA: self._metadata,
        }

    def get_handler(self, name: str | None) -> Callable[..., Any] | None:
        """The handler of a Query, bound."""
        handler = self._handlers.get(name)
        return None if handler is None else self._bind(handler)

    def set_handler(self, name: str | None, handler: Callable[..., Any] | None) -> None:
        """Set or remove a handler."""
        if handler is None:
            self._handlers.pop(name, None)
        else:
            self._handlers[name] = QueryDefinition.make(name, handler, is_method=False)

    def answer(self, query: QueryWorkflow) -> RespondQueryTaskCompleted:
        """Run the handler. What it raises is the answer."""
        try:
            values = self._converter.to_payloads([self._run(query)])
            size = sum(len(payload.data) for payload in values)
            if size > ANSWER_BYTES_MAX:
                raise ValueError(
                    f"the answer to query {query.query_type!r} has {size} bytes; the limit is "
                    f"{ANSWER_BYTES_MAX}"
                )
        except Exception as error:  # noqa: BLE001 # user code's shell
            return failed(query, self._failure(error))
        return _result(query, answer=values)

    def _run(self, query: QueryWorkflow) -> Any:
        built_in = self._built_in.get(query.query_type)
        if built_in is not None:
            return built_in()
        handler = self._handlers.get(query.query_type) or self._handlers.get(None)
        if handler is None:
            known = " ".join([*self._built_in, *sorted(name for name in self._handlers if name)])
            raise RuntimeError(
                f"Query handler for '{query.query_type}' expected but not found, "
                f"known queries: [{known}]"
            )
        arguments, inbound = self._arguments(handler, query), self._execution.inbound
        before, self._loop.read_only = self._loop.read_only, True
        try:
            if inbound is None:
                return _driven(self.call(query.query_type, arguments))
            input = HandleQueryInput(
                id=query.correlation_id,
                query=query.query_type,
                args=arguments,
                headers=query.header,
            )
            return _driven(inbound.handle_query(input))
        finally:
            self._loop.read_only = before

    async def call(self, name: str, arguments: Sequence[Any]) -> Any:
        """The handler's answer; the last link of an interceptor chain."""
        handler = self._handlers.get(name) or self._handlers.get(None)
        if handler is None:
            raise RuntimeError(f"No handler of Query {name}, to which an interceptor sent it")
        found: Any = self._bind(handler)(*arguments)
        return await found if inspect.isawaitable(found) else found

    def _arguments(self, handler: QueryDefinition, query: QueryWorkflow) -> Sequence[Any]:
        payloads: list[Payload] = query.query_args
        if handler.name is None:
            return [query.query_type, [RawValue(payload) for payload in payloads]]
        hints = hints_for(len(payloads), handler.argument_types)
        return self._converter.from_payloads(payloads, hints)

    def _bind(self, handler: QueryDefinition) -> Callable[..., Any]:
        return handler.fn.__get__(self._execution.instance) if handler.is_method else handler.fn

    def _failure(self, error: Exception) -> Failure:
        try:
            return self._converter.to_failure(error)
        except (TypeError, ValueError, RuntimeError):
            return Failure(message="the query failed, and its error cannot be converted")

    def _stack_trace(self) -> str:
        return "\n\n".join(text for _, text in self._loop.stacks())

    def _enhanced_stack_trace(self) -> Any:
        """As Temporal's EnhancedStackTrace in JSON, without the sources."""
        return {
            "sdk": {"name": "duralog-python"},
            "sources": {},
            "stacks": [{"correlation": name, "text": text} for name, text in self._loop.stacks()],
        }

    def _metadata(self) -> Any:
        """As Temporal's WorkflowMetadata in JSON."""
        return {
            "definition": {
                "type": self._execution.definition.name or "",
                "queryDefinitions": _named(self._handlers.values()),
                "signalDefinitions": _named(self._execution.signals.values()),
                "updateDefinitions": _named(self._updates.handlers.values()),
            },
            "currentDetails": self.current_details,
        }


def failed(query: QueryWorkflow, failure: Failure) -> RespondQueryTaskCompleted:
    """The answer to a Query that could not be run."""
    return _result(query, failure=failure)


def _result(
    query: QueryWorkflow, *, answer: list[Payload] | None = None, failure: Failure | None = None
) -> RespondQueryTaskCompleted:
    """To the address of the Query."""
    return RespondQueryTaskCompleted(
        workflow_id=query.workflow_id,
        run_id=query.run_id,
        reply_partition=query.reply_partition,
        recipient=query.recipient,
        correlation_id=query.correlation_id,
        answer=answer or [],
        failure=failure,
    )


def _driven(coroutine: Any) -> Any:
    """The result of an async handler, which may not wait for anything."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise RuntimeError("a query handler may not wait: it answers from what the workflow knows now")


def _named(definitions: Any) -> list[dict[str, str]]:
    """Of every handler, its name and description; of the dynamic one, Temporal's empty name."""
    found = [{"name": d.name or "", "description": d.description} for d in definitions]
    return sorted(found, key=lambda d: d["name"])
