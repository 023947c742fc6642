"""`TracingInterceptor`: spans around calls of clients and activities, points in workflows.

Workflow code may be replayed years later on another machine, so a span of its own cannot stay open:
what a workflow does is a span that ends when it begins, made when the code runs for the first time
and at no replay. All of them, and the activities' spans below theirs, belong to the span of the
start. Source: names, attributes and header of Temporal's SDK, so that traces go through both.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NoReturn, Protocol

from opentelemetry import baggage, context, trace
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import Context
from opentelemetry.propagators.composite import CompositePropagator
from opentelemetry.propagators.textmap import TextMapPropagator
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

from duralog import activity, client, worker, workflow
from duralog.converter import PayloadConverter
from duralog.exceptions import ApplicationError, ApplicationErrorCategory, FailureError
from duralog.schemas.payloads import Payload

Headers = Mapping[str, Payload]
Carrier = dict[str, str]

HEADER_KEY: Final = "_tracer-data"
PROPAGATOR: Final = CompositePropagator([TraceContextTextMapPropagator(), W3CBaggagePropagator()])


class WithHeaders(Protocol):
    """Any input of an interceptor whose headers travel."""

    headers: Headers


class TracingInterceptor(client.Interceptor, worker.Interceptor):
    """Give it to a client, and its workers have it too.

    tracer: The global one when left out.
    always_create_workflow_spans: Also for workflows that were started without a span. A replay on
        another worker cannot find their parent again, so that they may stand alone.
    header_key, text_map_propagator, payload_converter: What a subclass may change.
    """

    def __init__(
        self, tracer: Tracer | None = None, *, always_create_workflow_spans: bool = False
    ) -> None:
        self.tracer = tracer or trace.get_tracer("duralog.contrib.opentelemetry")
        self.header_key = HEADER_KEY
        self.text_map_propagator: TextMapPropagator = PROPAGATOR
        self.payload_converter = PayloadConverter.default
        self.always_create_workflow_spans = always_create_workflow_spans

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:
        """Spans of starts, signals, queries and updates."""
        return _ClientOutbound(next, self)

    def intercept_activity(
        self, next: worker.ActivityInboundInterceptor
    ) -> worker.ActivityInboundInterceptor:
        """Spans of attempts."""
        return _ActivityInbound(next, self)

    def workflow_interceptor_class(
        self, input: worker.WorkflowInterceptorClassInput
    ) -> "type[TracingWorkflowInboundInterceptor]":
        """Spans of workflows; a class of its own, which knows this interceptor."""
        del input
        bound: type[TracingWorkflowInboundInterceptor] = type(
            "BoundTracing", (TracingWorkflowInboundInterceptor,), {"tracing": self}
        )
        return bound

    def carrier_of(self, headers: Headers) -> Carrier:
        """What the sender of these headers told of its span; empty: nothing."""
        payload = headers.get(self.header_key)
        if payload is None:
            return {}
        carrier: Carrier = self.payload_converter.from_payloads([payload])[0] or {}
        return carrier

    def with_carrier(self, headers: Headers, carrier: Carrier) -> Headers:
        """The headers, telling of a span."""
        if not carrier:
            return headers
        return {**headers, self.header_key: self.payload_converter.to_payloads([carrier])[0]}

    def context_of(self, carrier: Carrier) -> Context | None:
        """The context that a carrier tells of."""
        return self.text_map_propagator.extract(carrier) if carrier else None

    def told_of(self, current: Context) -> Carrier:
        """The carrier that tells of a context."""
        carrier: Carrier = {}
        inject: Any = self.text_map_propagator.inject  # Its types contradict each other.
        inject(carrier, current)
        return carrier

    @contextmanager
    def span(
        self,
        name: str,
        *,
        attributes: Attributes,
        kind: SpanKind,
        parent: Context | None = None,
        input: WithHeaders | None = None,
    ) -> Generator[None, None, None]:
        """A span around a block; the headers of `input` tell of it."""
        with self.tracer.start_as_current_span(
            name, context=parent, kind=kind, attributes=attributes, set_status_on_exception=False
        ) as span:
            token = context.attach(_with_baggage_of(parent))
            try:
                if input is not None:
                    carrier = self.told_of(context.get_current())
                    input.headers = self.with_carrier(input.headers, carrier)
                yield
            except Exception as error:
                if not _is_benign(error):
                    text = f"{type(error).__name__}: {error}"
                    span.set_status(Status(StatusCode.ERROR, description=text))
                raise
            finally:
                context.detach(token)


def _with_baggage_of(parent: Context | None) -> Context:
    """The current context, with the baggage that came along."""
    found = context.get_current()
    for name, value in baggage.get_all(parent).items() if parent is not None else ():
        found = baggage.set_baggage(name, value, found)
    return found


def _is_benign(error: Exception) -> bool:
    return isinstance(error, ApplicationError) and error.category is ApplicationErrorCategory.BENIGN


class _ClientOutbound(client.OutboundInterceptor):
    def __init__(self, next: client.OutboundInterceptor, tracing: TracingInterceptor) -> None:
        super().__init__(next)
        self._tracing = tracing

    async def start_workflow(
        self, input: client.StartWorkflowInput
    ) -> client.WorkflowHandle[Any, Any]:
        kind = "StartWorkflow" if input.start_signal is None else "SignalWithStartWorkflow"
        with self._tracing.span(
            f"{kind}:{input.workflow}",
            attributes={"temporalWorkflowID": input.id},
            kind=SpanKind.CLIENT,
            input=input,
        ):
            return await super().start_workflow(input)

    async def query_workflow(self, input: client.QueryWorkflowInput) -> Any:
        with self._tracing.span(
            f"QueryWorkflow:{input.query}",
            attributes={"temporalWorkflowID": input.id},
            kind=SpanKind.CLIENT,
            input=input,
        ):
            return await super().query_workflow(input)

    async def start_workflow_update(
        self, input: client.StartWorkflowUpdateInput
    ) -> client.WorkflowUpdateHandle[Any]:
        with self._tracing.span(
            f"StartWorkflowUpdate:{input.update}",
            attributes={"temporalWorkflowID": input.id},
            kind=SpanKind.CLIENT,
            input=input,
        ):
            return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self, input: client.StartWorkflowUpdateWithStartInput
    ) -> client.WorkflowUpdateHandle[Any]:
        start, update, tracing = (
            input.start_workflow_input,
            input.update_workflow_input,
            self._tracing,
        )
        attributes = {"temporalWorkflowID": start.id}
        if update.update_id is not None:
            attributes["temporalUpdateID"] = update.update_id
        with tracing.span(
            f"StartUpdateWithStartWorkflow:{start.workflow}",
            attributes=attributes,
            kind=SpanKind.CLIENT,
            input=start,
        ):
            update.headers = tracing.with_carrier(update.headers, tracing.carrier_of(start.headers))
            return await super().start_update_with_start_workflow(input)

    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:
        with self._tracing.span(
            f"SignalWorkflow:{input.signal}",
            attributes={"temporalWorkflowID": input.id},
            kind=SpanKind.CLIENT,
            input=input,
        ):
            await super().signal_workflow(input)


class _ActivityInbound(worker.ActivityInboundInterceptor):
    def __init__(
        self, next: worker.ActivityInboundInterceptor, tracing: TracingInterceptor
    ) -> None:
        super().__init__(next)
        self._tracing = tracing

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Any:
        info = activity.info()
        with self._tracing.span(
            f"RunActivity:{info.activity_type}",
            attributes={
                "temporalActivityID": info.activity_id,
                "temporalWorkflowID": info.workflow_id,
                "temporalRunID": info.workflow_run_id,
            },
            kind=SpanKind.SERVER,
            parent=self._tracing.context_of(self._tracing.carrier_of(input.headers)),
        ):
            return await super().execute_activity(input)


class TracingWorkflowInboundInterceptor(worker.WorkflowInboundInterceptor):
    """The link in workflows. tracing: The interceptor that it is of."""

    tracing: TracingInterceptor
    _asked: Carrier | None = None  # Of the query that is answered now; one never waits.

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        """See the base class."""
        super().init(_WorkflowOutbound(outbound, self))

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Any:
        """RunWorkflow when the code begins, CompleteWorkflow when it ends."""
        name = workflow.info().workflow_type
        with self._in_code():
            self.completed_span(f"RunWorkflow:{name}", kind=SpanKind.SERVER)
            try:
                result = await super().execute_workflow(input)
            except FailureError as error:
                self.completed_span(f"CompleteWorkflow:{name}", exception=error)
                raise
            self.completed_span(f"CompleteWorkflow:{name}")
            return result

    async def handle_signal(self, input: worker.HandleSignalInput) -> None:
        """HandleSignal, linked to the span of who sent it."""
        with self._in_code():
            self.completed_span(
                f"HandleSignal:{input.signal}",
                kind=SpanKind.SERVER,
                link=self.tracing.carrier_of(input.headers),
            )
            await super().handle_signal(input)

    async def handle_query(self, input: worker.HandleQueryInput) -> Any:
        """HandleQuery, below the span of who asked; none without one."""
        self._asked = self.tracing.carrier_of(input.headers)
        try:
            with self._in_code():
                if self._asked:
                    self.completed_span(
                        f"HandleQuery:{input.query}",
                        kind=SpanKind.SERVER,
                        link=self.tracing.carrier_of(workflow.info().headers),
                    )
                return await super().handle_query(input)
        finally:
            self._asked = None

    def handle_update_validator(self, input: worker.HandleUpdateInput) -> None:
        """ValidateUpdate, linked to the span of who sent it."""
        with self._in_code():
            self.completed_span(
                f"ValidateUpdate:{input.update}",
                kind=SpanKind.SERVER,
                link=self.tracing.carrier_of(input.headers),
            )
            super().handle_update_validator(input)

    async def handle_update_handler(self, input: worker.HandleUpdateInput) -> Any:
        """HandleUpdate, linked to the span of who sent it."""
        with self._in_code():
            self.completed_span(
                f"HandleUpdate:{input.update}",
                kind=SpanKind.SERVER,
                link=self.tracing.carrier_of(input.headers),
            )
            return await super().handle_update_handler(input)

    @contextmanager
    def _in_code(self) -> Generator[None, None, None]:
        token = CURRENT.set(self)
        try:
            yield
        finally:
            CURRENT.reset(token)

    def completed_span(
        self,
        name: str,
        *,
        attributes: Attributes = None,
        exception: Exception | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        link: Carrier | None = None,
    ) -> Carrier:
        """Make a span that begins and ends now; what tells of it. Nothing is made in replay.

        It belongs to the start of the workflow; while a query is answered, to the query.
        """
        tracing, info = self.tracing, workflow.info()
        carrier = tracing.carrier_of(info.headers) if self._asked is None else self._asked
        if workflow.unsafe.is_replaying() or not (carrier or tracing.always_create_workflow_spans):
            return {}
        parent = tracing.context_of(carrier) or Context()
        linked = trace.get_current_span(tracing.context_of(link) if link else Context())
        time_ns = workflow.time_ns()
        span = tracing.tracer.start_span(
            name,
            parent,
            kind=kind,
            attributes={
                "temporalWorkflowID": info.workflow_id,
                "temporalRunID": info.run_id,
                **(attributes or {}),
            },
            links=[Link(linked.get_span_context())] if link else None,
            start_time=time_ns,
        )
        if exception is not None:
            span.record_exception(exception)
        span.end(end_time=time_ns)
        return tracing.told_of(trace.set_span_in_context(span, parent))


class _WorkflowOutbound(worker.WorkflowOutboundInterceptor):
    def __init__(
        self, next: worker.WorkflowOutboundInterceptor, inbound: TracingWorkflowInboundInterceptor
    ) -> None:
        super().__init__(next)
        self._inbound = inbound

    def continue_as_new(self, input: worker.ContinueAsNewInput) -> NoReturn:
        tracing = self._inbound.tracing
        started = tracing.carrier_of(workflow.info().headers)
        input.headers = tracing.with_carrier(input.headers, started)
        super().continue_as_new(input)

    async def signal_child_workflow(self, input: worker.SignalChildWorkflowInput) -> None:
        self._tell(f"SignalChildWorkflow:{input.signal}", input, SpanKind.SERVER)
        await super().signal_child_workflow(input)

    async def signal_external_workflow(self, input: worker.SignalExternalWorkflowInput) -> None:
        self._tell(f"SignalExternalWorkflow:{input.signal}", input)
        await super().signal_external_workflow(input)

    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Any]:
        self._tell(f"StartActivity:{input.activity}", input)
        return super().start_activity(input)

    async def start_child_workflow(
        self, input: worker.StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        self._tell(f"StartChildWorkflow:{input.workflow}", input)
        return await super().start_child_workflow(input)

    def start_local_activity(
        self, input: worker.StartLocalActivityInput
    ) -> workflow.ActivityHandle[Any]:
        self._tell(f"StartActivity:{input.activity}", input)
        return super().start_local_activity(input)

    def _tell(self, name: str, input: WithHeaders, kind: SpanKind = SpanKind.CLIENT) -> None:
        """A span of its own, of which the headers tell."""
        carrier = self._inbound.completed_span(name, kind=kind)
        input.headers = self._inbound.tracing.with_carrier(input.headers, carrier)


CURRENT: Final[ContextVar[TracingWorkflowInboundInterceptor | None]] = ContextVar(
    "duralog_tracing", default=None
)
"""The link of the workflow whose code runs here."""
