"""`Client`: the line from a program to its Workflow Executions."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar, Unpack, overload

from duralog.client.async_activity import AsyncActivityHandle, reference_of
from duralog.client.config import ClientConfig, open_channel
from duralog.client.handle import WorkflowHandle
from duralog.client.interceptor import (
    CountWorkflowsInput,
    Interceptor,
    ListWorkflowsInput,
    OutboundInterceptor,
)
from duralog.client.listing import WorkflowExecutionAsyncIterator, WorkflowExecutionCount
from duralog.client.options import StartOptions, start_input
from duralog.client.plugin import ConnectConfig, Plugin, connect_through
from duralog.client.requests import client_chain
from duralog.client.tls import TLSConfig, tls_properties
from duralog.client.types import MethodAsyncNoParam, MethodAsyncSingleParam
from duralog.client.update_calls import UpdateCalls
from duralog.common import HeaderCodecBehavior, QueryRejectCondition
from duralog.common.hints import UNSET, argument_list
from duralog.connectors.channel import Channel
from duralog.connectors.kafka.settings import Value
from duralog.converter import DataConverter
from duralog.workflow.definition import WorkflowDefinition

if TYPE_CHECKING:
    from duralog.runtime import Runtime

SelfType = TypeVar("SelfType")
ParamType = TypeVar("ParamType")
ReturnType = TypeVar("ReturnType")
Params = ParamSpec("Params")


class Client(UpdateCalls):
    """Starts, finds and steers Workflow Executions. All tasks of an event loop may share it.

    `connect` makes one; the constructor makes another one of the same connection.
    """

    def __init__(
        self,
        service_client: Channel,
        *,
        namespace: str = "default",
        data_converter: DataConverter = DataConverter.default,
        interceptors: Sequence[Interceptor] = (),
        header_codec_behavior: HeaderCodecBehavior = HeaderCodecBehavior.NO_CODEC,
        default_workflow_query_reject_condition: QueryRejectCondition | None = None,
        plugins: Sequence[Plugin] = (),
    ) -> None:
        config = ClientConfig(
            service_client=service_client,
            namespace=namespace,
            data_converter=data_converter,
            interceptors=interceptors,
            header_codec_behavior=header_codec_behavior,
            default_workflow_query_reject_condition=default_workflow_query_reject_condition,
            plugins=plugins,
        )
        self._given = config.copy()
        for plugin in plugins:
            config = plugin.configure_client(config)
        self._config = config
        self._outbound = client_chain(config["interceptors"], self)

    @staticmethod
    async def connect(
        target_host: str,
        *,
        namespace: str = "default",
        kafka: Mapping[str, Value] | None = None,
        data_converter: DataConverter = DataConverter.default,
        interceptors: Sequence[Interceptor] = (),
        header_codec_behavior: HeaderCodecBehavior = HeaderCodecBehavior.NO_CODEC,
        identity: str | None = None,
        default_workflow_query_reject_condition: QueryRejectCondition | None = None,
        prefix: str = "duralog",
        plugins: Sequence[Plugin] = (),
        lazy: bool = False,
        tls: bool | TLSConfig | None = None,
        runtime: "Runtime | None" = None,
    ) -> "Client":
        """Connect to Kafka at `target_host` (`host:port`, several with commas).

        kafka: further properties of librdkafka, for instance `sasl.username`.
        interceptors: the first is the outermost; those for workers too serve this client's.
        header_codec_behavior: whether the codec is for headers too.
        default_workflow_query_reject_condition: of queries that say nothing else.
        prefix: of all topics; the engine's `--prefix`.
        plugins: change all this; the first is the outermost.
        lazy: connect with the first call.
        runtime: taken, so that it is made: its metrics are those of the whole process.
        tls: True, or certificates: the same by properties of `kafka`, which has the last word.
        Raises RPCError when the brokers cannot be reached or hold no topics of Duralog.
        """
        del runtime
        connect = connect_through(plugins, open_channel)
        channel = await connect(
            ConnectConfig(
                target_host=target_host,
                namespace=namespace,
                kafka={**tls_properties(tls, kafka or {}), **(kafka or {})},
                identity=identity or "",
                prefix=prefix,
                lazy=lazy,
            )
        )
        return Client(
            channel,
            namespace=namespace,
            data_converter=data_converter,
            interceptors=interceptors,
            header_codec_behavior=header_codec_behavior,
            default_workflow_query_reject_condition=default_workflow_query_reject_condition,
            plugins=plugins,
        )

    async def close(self) -> None:
        """Send what was handed over and end the connection; optional at the end of a program."""
        await asyncio.to_thread(self.channel.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def namespace(self) -> str:
        """The namespace of all calls."""
        return self._config["namespace"]

    @property
    def identity(self) -> str:
        """Who asks, for people."""
        return self.channel.identity

    @property
    def data_converter(self) -> DataConverter:
        """Values to Payloads and back."""
        return self._config["data_converter"]

    @property
    def encodes_headers(self) -> bool:
        """Whether this client's codec is for headers too."""
        return self._config["header_codec_behavior"] is HeaderCodecBehavior.CODEC

    @property
    def encodes_workflow_headers(self) -> bool:
        """Whether the codec of its workers is for the headers of Workflow code."""
        return self._config["header_codec_behavior"] is not HeaderCodecBehavior.NO_CODEC

    @property
    def interceptors(self) -> Sequence[Interceptor]:
        """Those it was connected with."""
        return self._config["interceptors"]

    @property
    def outbound(self) -> OutboundInterceptor:
        """The first link of the chain of interceptors, which makes the requests."""
        return self._outbound

    @property
    def channel(self) -> Channel:
        """The line to the engine."""
        return self._config["service_client"]

    @property
    def default_workflow_query_reject_condition(self) -> QueryRejectCondition | None:
        """Of queries that say nothing else."""
        return self._config["default_workflow_query_reject_condition"]

    def config(self, *, active_config: bool = False) -> ClientConfig:
        """What this client was made of; a copy, to be changed and given to `Client(**config)`.

        active_config: as its plugins have left it.
        """
        return (self._config if active_config else self._given).copy()

    @overload
    async def start_workflow(
        self,
        workflow: MethodAsyncNoParam[SelfType, ReturnType],
        **options: Unpack[StartOptions],
    ) -> WorkflowHandle[SelfType, ReturnType]: ...

    @overload
    async def start_workflow(
        self,
        workflow: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
        arg: ParamType,
        **options: Unpack[StartOptions],
    ) -> WorkflowHandle[SelfType, ReturnType]: ...

    @overload
    async def start_workflow(
        self,
        workflow: Callable[Concatenate[SelfType, Params], Awaitable[ReturnType]],
        *,
        args: Sequence[Any],
        **options: Unpack[StartOptions],
    ) -> WorkflowHandle[SelfType, ReturnType]: ...

    @overload
    async def start_workflow(
        self,
        workflow: str,
        arg: Any = ...,  # the user's type
        *,
        args: Sequence[Any] = ...,
        result_type: type | None = None,
        **options: Unpack[StartOptions],
    ) -> WorkflowHandle[Any, Any]: ...

    async def start_workflow(
        self,
        workflow: str | Callable[..., Awaitable[Any]],
        arg: Any = UNSET,
        *,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[StartOptions],
    ) -> WorkflowHandle[Any, Any]:
        """Start a workflow; returns when its first event is recorded.

        workflow: The `@workflow.run` method, or the Workflow Type's name.
        arg, args: Its argument, or its arguments.
        options: see `duralog.client.StartOptions`.
        Raises WorkflowAlreadyStartedError, or RPCError: DEADLINE_EXCEEDED says nothing about the
        effect.
        """
        name, known_type = WorkflowDefinition.name_and_result_type(workflow)
        input = start_input(name, argument_list(arg, args), options, result_type or known_type)
        return await self.outbound.start_workflow(input)

    @overload
    async def execute_workflow(
        self,
        workflow: MethodAsyncNoParam[SelfType, ReturnType],
        **options: Unpack[StartOptions],
    ) -> ReturnType: ...

    @overload
    async def execute_workflow(
        self,
        workflow: MethodAsyncSingleParam[SelfType, ParamType, ReturnType],
        arg: ParamType,
        **options: Unpack[StartOptions],
    ) -> ReturnType: ...

    @overload
    async def execute_workflow(
        self,
        workflow: Callable[Concatenate[SelfType, Params], Awaitable[ReturnType]],
        *,
        args: Sequence[Any],
        **options: Unpack[StartOptions],
    ) -> ReturnType: ...

    @overload
    async def execute_workflow(
        self,
        workflow: str,
        arg: Any = ...,  # the user's type
        *,
        args: Sequence[Any] = ...,
        result_type: type | None = None,
        **options: Unpack[StartOptions],
    ) -> Any: ...  # the user's type

    async def execute_workflow(
        self,
        workflow: Any,
        arg: Any = UNSET,
        *,
        args: Sequence[Any] = (),
        result_type: type | None = None,
        **options: Unpack[StartOptions],
    ) -> Any:
        """`start_workflow`, then `WorkflowHandle.result`."""
        handle: WorkflowHandle[Any, Any] = await self.start_workflow(
            workflow, arg, args=args, result_type=result_type, **options
        )
        return await handle.result()

    @overload
    def get_async_activity_handle(
        self, *, workflow_id: str, run_id: str | None, activity_id: str
    ) -> AsyncActivityHandle: ...

    @overload
    def get_async_activity_handle(self, *, task_token: bytes) -> AsyncActivityHandle: ...

    def get_async_activity_handle(
        self,
        *,
        workflow_id: str | None = None,
        run_id: str | None = None,
        activity_id: str | None = None,
        task_token: bytes | None = None,
    ) -> AsyncActivityHandle:
        """A handle that ends an Activity from outside of its worker: by ids, or by its token.

        Raises ValueError when both or neither are given.
        """
        reference = reference_of(workflow_id, run_id, activity_id, task_token)
        return AsyncActivityHandle(self, reference)

    def get_workflow_handle(
        self,
        workflow_id: str,
        *,
        run_id: str | None = None,
        first_execution_run_id: str | None = None,
        result_type: type | None = None,
    ) -> WorkflowHandle[Any, Any]:
        """A handle for an existing Workflow Execution; nothing is checked."""
        return WorkflowHandle(
            self,
            workflow_id,
            run_id=run_id,
            result_run_id=run_id,
            first_execution_run_id=first_execution_run_id,
            result_type=result_type,
        )

    def get_workflow_handle_for(
        self,
        workflow: Callable[Concatenate[SelfType, Params], Awaitable[ReturnType]],
        workflow_id: str,
        *,
        run_id: str | None = None,
        first_execution_run_id: str | None = None,
    ) -> WorkflowHandle[SelfType, ReturnType]:
        """As `get_workflow_handle`, with the types of a `@workflow.run` method."""
        return self.get_workflow_handle(
            workflow_id,
            run_id=run_id,
            first_execution_run_id=first_execution_run_id,
            result_type=WorkflowDefinition.name_and_result_type(workflow)[1],
        )

    def list_workflows(
        self,
        query: str | None = None,
        *,
        limit: int | None = None,
        page_size: int = 1000,
        next_page_token: bytes | None = None,
        rpc_timeout: timedelta | None = None,
    ) -> WorkflowExecutionAsyncIterator:
        """Runs that match `query` (None: all), open ones first, then the last closed.

        Answered from an index of `history` in the user's cache, which each page brings up to date.
        rpc_timeout: For each page; None: as long as it takes to read what is not indexed yet.
        The iterator raises RPCError; INVALID_ARGUMENT for a query that cannot be read.
        """
        return self.outbound.list_workflows(
            ListWorkflowsInput(query, page_size, next_page_token, rpc_timeout, limit)
        )

    async def count_workflows(
        self, query: str | None = None, *, rpc_timeout: timedelta | None = None
    ) -> WorkflowExecutionCount:
        """How many runs match `query`; by status when it ends with `GROUP BY ExecutionStatus`."""
        return await self.outbound.count_workflows(CountWorkflowsInput(query, rpc_timeout))
